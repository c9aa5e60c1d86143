// Deadlines that can be moved: against a plain list.

import { assertEquals } from "@std/assert";
import { type DeadlineEntry, DeadlineHeap } from "../../src/base/deadline_heap.ts";
import { Random } from "./random.ts";

function entry(): DeadlineEntry {
  return { heapIndex: -1, deadlineMs: Infinity };
}

Deno.test("DeadlineHeap.takeDue() gives what is due, the earliest first, and nothing else", () => {
  const [early, late] = [entry(), entry()];
  const heap = new DeadlineHeap();
  heap.set(late, 20);
  heap.set(early, 10);

  assertEquals(heap.firstMs, 10);
  assertEquals(heap.takeDue(9), undefined);
  assertEquals(heap.takeDue(30), early);
  assertEquals(heap.takeDue(20), late);
  assertEquals([heap.takeDue(99), heap.firstMs, heap.size], [undefined, Infinity, 0]);
});

Deno.test("DeadlineHeap.set() moves a deadline, and Infinity takes it out", () => {
  const [one, other] = [entry(), entry()];
  const heap = new DeadlineHeap();
  heap.set(one, 10);
  heap.set(other, 20);

  heap.set(one, 30);
  assertEquals([heap.firstMs, heap.size], [20, 2]);
  heap.set(other, Infinity);
  assertEquals([heap.firstMs, heap.size, other.heapIndex], [30, 1, -1]);
});

Deno.test("DeadlineHeap.remove() is harmless for what is not in", () => {
  const heap = new DeadlineHeap();
  const one = entry();
  heap.set(one, 1);

  heap.remove(entry());
  heap.remove(one);
  heap.remove(one);

  assertEquals(heap.size, 0);
});

Deno.test("DeadlineHeap finds the earliest through any mix of changes", () => {
  const random = new Random(11);
  const entries = Array.from({ length: 40 }, entry);
  const heap = new DeadlineHeap();
  const model = new Map<DeadlineEntry, number>();
  for (let step = 0; step < 20_000; step++) {
    const chosen = random.pick(entries)!;
    if (random.chance(60)) {
      const deadlineMs = random.below(100);
      heap.set(chosen, deadlineMs);
      model.set(chosen, deadlineMs);
    } else if (random.chance(50)) {
      heap.remove(chosen);
      model.delete(chosen);
    } else {
      const due = heap.takeDue(random.below(100));
      if (due !== undefined) {
        assertEquals(model.get(due), Math.min(...model.values()));
        model.delete(due);
      }
    }
    assertEquals([heap.firstMs, heap.size], [Math.min(...model.values()), model.size]);
  }
});
