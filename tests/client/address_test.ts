// Addresses as people write them, and the gathering of bytes that leave in one write.

import { assertEquals, assertThrows } from "@std/assert";
import { parseAddress } from "../../src/client/address.ts";
import { NsqError } from "../../src/client/nsq_error.ts";
import { gathered } from "../../src/client/outlet.ts";

Deno.test("parseAddress() tells hosts, IPv6 and sockets apart", () => {
  const tcp = (hostname: string, port: number) => ({ transport: "tcp", hostname, port });
  assertEquals(parseAddress("nsqd.example:4150"), tcp("nsqd.example", 4150));
  assertEquals(parseAddress("[::1]:4150"), tcp("::1", 4150));
  assertEquals(parseAddress(":4150"), tcp("127.0.0.1", 4150));
  assertEquals(parseAddress("/run/nsqd"), { transport: "unix", path: "/run/nsqd" });
  assertEquals(parseAddress("nsqd.sock"), { transport: "unix", path: "nsqd.sock" });
});

Deno.test("parseAddress() refuses what can be no address", () => {
  for (const text of ["", "localhost", "a:b", "a:0", "a:65536", "::1:4150", "[::1]", "a:1:2"]) {
    assertThrows(() => parseAddress(text), NsqError);
  }
});

Deno.test("gathered() joins small chunks in order and leaves large ones alone", () => {
  const sizes = [3, 4, 100_000, 5, 6, 70_000, 1];
  const chunks = sizes.map((size, index) => new Uint8Array(size).fill(index));
  const together = [...gathered(chunks)];
  assertEquals(together.map(({ length }) => length), [7, 100_000, 11, 70_000, 1]);
  assertEquals(together.flatMap((chunk) => [...chunk]), chunks.flatMap((chunk) => [...chunk]));
});
