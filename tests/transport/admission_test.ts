// How many connections are let in, in all and from one place.

import { assertEquals } from "@std/assert";
import { Admission, ownerOf } from "../../src/transport/admission.ts";

Deno.test("Admission.admit() lets in as many as there may be", () => {
  const admission = new Admission({ connectionsMax: 2, perAddressMax: 0 });
  assertEquals([1, 2, 3].map(() => admission.admit("10.0.0.1")), [
    undefined,
    undefined,
    "connections",
  ]);
  admission.leave("10.0.0.1");
  assertEquals(admission.admit("10.0.0.1"), undefined);
  assertEquals(admission.count, 2);
});

Deno.test("Admission.admit() counts each address by itself, unix sockets not at all", () => {
  const admission = new Admission({ connectionsMax: 0, perAddressMax: 1 });
  assertEquals(admission.admit("10.0.0.1"), undefined);
  assertEquals(admission.admit("10.0.0.1"), "per address");
  assertEquals(admission.admit("10.0.0.2"), undefined);
  assertEquals([admission.admit("@"), admission.admit("@")], [undefined, undefined]);
  admission.leave("@");
  admission.leave("10.0.0.1");
  assertEquals(admission.admit("10.0.0.1"), undefined);
  assertEquals(admission.count, 3);
});

Deno.test("Admission.admit() takes a /64 network of IPv6 for one address", () => {
  const admission = new Admission({ connectionsMax: 0, perAddressMax: 1 });
  assertEquals(admission.admit("2001:db8:0:1::5"), undefined);
  assertEquals(admission.admit("2001:db8:0:1:9:9:9:9"), "per address");
  assertEquals(admission.admit("2001:db8::5"), undefined);
  assertEquals(admission.admit("2001:db8:0:0:7::"), "per address");
  assertEquals(admission.admit("::1"), undefined);
});

Deno.test("ownerOf() is the network of an IPv6 address, however it is written", () => {
  assertEquals(ownerOf("10.0.0.1"), "10.0.0.1");
  assertEquals(ownerOf("@"), "@");
  assertEquals(ownerOf("2001:db8::1"), ownerOf("2001:db8:0:0:9:9:9:9"));
  assertEquals(ownerOf("2001:db8::1"), ownerOf("2001:db8::2"));
  assertEquals(ownerOf("2001:db8:0:1::1") === ownerOf("2001:db8::1"), false);
});

Deno.test("Admission without limits lets everybody in", () => {
  const admission = new Admission({ connectionsMax: 0, perAddressMax: 0 });
  for (let index = 0; index < 1000; index++) assertEquals(admission.admit("10.0.0.1"), undefined);
});
