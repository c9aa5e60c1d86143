// Pieces put together.

import { assertEquals } from "@std/assert";
import { joinedBytes, oneOrJoined } from "../../src/base/joined_bytes.ts";

Deno.test("joinedBytes() puts pieces in order, in bytes of their own", () => {
  const piece = new Uint8Array([1, 2]);
  const joined = joinedBytes([piece, new Uint8Array(), new Uint8Array([3])]);
  piece[0] = 9;
  assertEquals(joined, new Uint8Array([1, 2, 3]));
  assertEquals(joinedBytes([]), new Uint8Array());
});

Deno.test("oneOrJoined() copies nothing where there is one piece", () => {
  const piece = new Uint8Array([1, 2]);
  assertEquals(oneOrJoined([piece]) === piece, true);
  assertEquals(oneOrJoined([piece, new Uint8Array([3])]), new Uint8Array([1, 2, 3]));
  assertEquals(oneOrJoined([]), new Uint8Array());
});
