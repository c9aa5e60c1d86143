// Which address comes next, with time and chance given.

import { assertEquals } from "@std/assert";
import { AddressPool } from "../../src/tools/address_pool.ts";

function choices(pool: AddressPool, count: number, nowMs = 0): number[] {
  return Array.from({ length: count }, () => pool.next(nowMs));
}

Deno.test("AddressPool takes turns from the second on, as upstream, whatever fails", () => {
  const pool = new AddressPool(3, "round-robin", () => 0);
  pool.report(1, false, 1, 0);
  assertEquals(choices(pool, 5), [1, 2, 0, 1, 2]);
});

Deno.test("AddressPool in hostpool lets what failed rest, twice as long each time", () => {
  const pool = new AddressPool(2, "hostpool", () => 0);
  pool.report(0, false, 1, 0);
  pool.report(0, false, 1, 1);
  assertEquals(choices(pool, 2, 29_999), [1, 1]);
  assertEquals(choices(pool, 2, 30_000), [0, 1]);
  pool.report(0, false, 1, 30_000);
  assertEquals(choices(pool, 2, 89_999), [1, 1]);
  pool.report(1, false, 1, 89_999);
  assertEquals(choices(pool, 2, 89_999), [0, 1]);
});

Deno.test("AddressPool in epsilon-greedy prefers the fastest, and tries the others now and then", () => {
  let chance = 0.9;
  const pool = new AddressPool(3, "epsilon-greedy", () => chance);
  for (const index of choices(pool, 3)) pool.report(index, true, index === 1 ? 5 : 50, 0);
  assertEquals(choices(pool, 3), [1, 1, 1]);
  chance = 0;
  assertEquals(new Set(choices(pool, 3)), new Set([0, 1, 2]));
});
