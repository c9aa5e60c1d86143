// The heap, against sorting.

import { assertEquals } from "@std/assert";
import { Heap } from "../../src/base/heap.ts";
import { Random } from "./random.ts";

Deno.test("Heap.shift() gives the smallest key first", () => {
  const heap = new Heap<string>();
  heap.push(2, "b");
  heap.push(3, "c");
  heap.push(1, "a");

  assertEquals([heap.firstKey, heap.size], [1, 3]);
  assertEquals([heap.shift(), heap.shift(), heap.shift(), heap.shift()], [
    "a",
    "b",
    "c",
    undefined,
  ]);
  assertEquals(heap.firstKey, Infinity);
});

Deno.test("Heap.clear() empties it, and values() shows everything", () => {
  const heap = new Heap<number>();
  for (let key = 9; key >= 0; key--) heap.push(key, key);

  assertEquals([...heap.values()].sort(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  heap.clear();
  assertEquals([heap.size, heap.shift()], [0, undefined]);
});

Deno.test("Heap keeps the order of keys through any mix of pushes and shifts", () => {
  const random = new Random(5);
  const heap = new Heap<number>();
  let model: number[] = [];
  for (let step = 0; step < 5_000; step++) {
    if (random.chance(55)) {
      const key = random.below(50);
      heap.push(key, key);
      model.push(key);
    } else {
      model = model.sort((a, b) => a - b);
      assertEquals(heap.shift(), model.shift());
    }
    assertEquals(heap.size, model.length);
  }
});
