// Deferred messages taken out of the middle, beside a plain list.

import { assertEquals } from "@std/assert";
import { DeferredMessages } from "../../src/queue/deferred.ts";
import { Random } from "../base/random.ts";
import { test } from "./queue_parts.ts";

test("DeferredMessages.take() and earliest() agree with a sorted list, whatever was done before", () => {
  const random = new Random(7);
  const heap = new DeferredMessages();
  let list: { number: number; dueMs: number }[] = [];
  for (let number = 0; number < 3000; number++) {
    const dueMs = random.below(500) + number / 10_000;
    heap.add(dueMs, number, 1, undefined);
    list.push({ number, dueMs });
    if (random.below(3) > 0) {
      const { number: wanted, dueMs: expected } = list[random.below(list.length)]!;
      assertEquals(heap.find(wanted)?.dueMs, expected);
      assertEquals(heap.take(wanted)?.dueMs, expected);
      assertEquals(heap.take(wanted), undefined);
      list = list.filter((each) => each.number !== wanted);
    }
    assertEquals(heap.size, list.length);
  }
  list.sort((one, other) => one.dueMs - other.dueMs);
  const numbers = (items: readonly { number: number }[]) => items.map((each) => each.number);
  assertEquals(numbers(heap.earliest(50)), numbers(list.slice(0, 50)));
  assertEquals(numbers(heap.earliest(Infinity)), numbers(list));
  const taken = [];
  for (let due = heap.takeDue(1e9); due; due = heap.takeDue(1e9)) taken.push(due.number);
  assertEquals(taken, numbers(list));
});
