// Buffers that are used again: what is given out, kept and dropped.

import { assert, assertEquals } from "@std/assert";
import { BufferPool } from "../../src/base/buffer_pool.ts";

Deno.test("BufferPool gives the buffer that was given back, and a larger one where that is too small", () => {
  const pool = new BufferPool();
  const buffer = pool.take(1000);
  assertEquals(buffer.length, 1024);
  pool.give(buffer);
  assert(pool.take(2000) !== buffer);
  assert(pool.take(513) === buffer);
  assert(pool.take(513) !== buffer, "it has one owner at a time");
});

Deno.test("BufferPool keeps no more than its bound, and nothing it could not give out again", () => {
  const pool = new BufferPool(2048);
  const [first, second, third] = [pool.take(1024), pool.take(1024), pool.take(1024)];
  for (const buffer of [first, second, third]) pool.give(buffer);
  assert(pool.take(1024) === second);
  assert(pool.take(1024) === first);
  assert(pool.take(1024) !== third);
  const odd = new Uint8Array(1000);
  const part = new Uint8Array(2048).subarray(0, 1024);
  pool.give(odd);
  pool.give(part);
  assert(pool.take(1000) !== odd);
  assert(pool.take(1024) !== part);
});
