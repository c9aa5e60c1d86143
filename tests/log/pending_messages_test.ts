// The table of pending messages, against a map.

import { assertEquals } from "@std/assert";
import { PendingMessages } from "../../src/log/pending_messages.ts";
import { Random } from "../base/random.ts";

const PLACE = { segment: 2 ** 52, offset: 2 ** 40 };

Deno.test("PendingMessages.set() keeps the place when none is given", () => {
  const pending = new PendingMessages();
  pending.set(5, 0, 100, PLACE);
  pending.set(5, 1, 200);
  pending.set(6, 2, 0);
  assertEquals(pending.get(5), { number: 5, attempts: 1, dueWallMs: 200, place: PLACE });
  assertEquals(pending.get(6), { number: 6, attempts: 2, dueWallMs: 0, place: undefined });
  assertEquals(pending.get(7), undefined);
});

Deno.test("PendingMessages forgets the place of a message that was taken out", () => {
  const pending = new PendingMessages();
  pending.set(5, 0, 100, PLACE);
  assertEquals([pending.delete(5), pending.delete(5)], [true, false]);
  pending.set(5, 1, 0);
  assertEquals(pending.get(5)?.place, undefined);
});

Deno.test("PendingMessages does what a map does, growing and shrinking", () => {
  for (let seed = 0; seed < 4; seed++) compareWithMap(new Random(seed), seed % 2 === 0 ? 1 : 4096);
});

function compareWithMap(random: Random, stride: number): void {
  const pending = new PendingMessages();
  const model = new Map<number, number>();
  const base = 2 ** 40;
  for (let step = 0; step < 20_000; step++) {
    const number = base + stride * random.below(4000);
    if (random.chance(step % 10_000 < 5000 ? 80 : 20)) {
      pending.set(number, step % 65_536, step);
      model.set(number, step);
    } else assertEquals(pending.delete(number), model.delete(number));
    if (step % 3333 === 0) {
      const end = base + stride * random.below(2000);
      pending.deleteWithin(base, end);
      for (const number of [...model.keys()]) if (number < end) model.delete(number);
    }
    const probe = base + stride * random.below(4000);
    assertEquals(pending.get(probe)?.dueWallMs, model.get(probe));
    assertEquals(pending.size, model.size);
  }
  const numbers = [...model.keys()].sort((one, other) => one - other);
  assertEquals([...pending.sortedNumbers()], numbers);
  assertEquals([...pending].map(({ number }) => number).sort((one, other) => one - other), numbers);
  pending.clear();
  assertEquals([pending.size, [...pending]], [0, []]);
}
