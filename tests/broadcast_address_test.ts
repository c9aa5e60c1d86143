// Which address is told to others.

import { assertEquals } from "@std/assert";
import { type InterfaceAddress, reachableAddress } from "../src/broadcast_address.ts";

const of = (name: string, address: string): InterfaceAddress => ({
  name,
  address,
  family: address.includes(":") ? "IPv6" : "IPv4",
});

Deno.test("reachableAddress() is the first that others can reach, IPv4 before IPv6", () => {
  const all = [of("lo", "127.0.0.1"), of("lo", "::1"), of("e0", "fe80::1"), of("e0", "fd00::2")];
  assertEquals(reachableAddress(all)?.address, "fd00::2");
  const more = [...all, of("e1", "169.254.3.4"), of("e2", "10.1.2.3"), of("e3", "10.1.2.4")];
  assertEquals(reachableAddress(more), of("e2", "10.1.2.3"));
  assertEquals(reachableAddress(all.slice(0, 3)), undefined);
});
