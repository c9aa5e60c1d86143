// The set of ranges, against a plain set of numbers.

import { assertEquals } from "@std/assert";
import { IntervalSet } from "../../src/base/interval_set.ts";
import { Random } from "./random.ts";

Deno.test("IntervalSet.add() joins ranges that touch or overlap", () => {
  const set = IntervalSet.from([10, 20, 30, 40, 50, 60]);
  set.add(20, 30);
  assertEquals([...set.ranges()], [[10, 40], [50, 60]]);
  set.add(5, 70);
  assertEquals([...set.ranges()], [[5, 70]]);
  assertEquals([set.size, set.rangeCount], [65, 1]);
});

Deno.test("IntervalSet ignores an empty range", () => {
  const set = IntervalSet.from([7, 7, 9, 8]);
  assertEquals([set.size, set.has(7), set.gapFrom(7), set.memberFrom(0)], [0, false, 7, Infinity]);
  set.removeBelow(100);
  assertEquals(set.countWithin(0, 100), 0);
});

Deno.test("IntervalSet keeps numbers up to 2^53 apart", () => {
  const end = Number.MAX_SAFE_INTEGER;
  const set = IntervalSet.from([end - 3, end - 2, end - 1, end]);
  assertEquals([set.has(end - 3), set.has(end - 2), set.has(end - 1)], [true, false, true]);
});

Deno.test("IntervalSet does what a set of numbers does, whatever the order of calls", () => {
  for (let seed = 0; seed < 6; seed++) compareWithModel(new Random(seed), 3000, 400, 12);
});

Deno.test("IntervalSet does what a set of numbers does across its blocks", () => {
  for (let seed = 0; seed < 3; seed++) compareWithModel(new Random(seed), 6000, 8000, 2);
  compareWithModel(new Random(9), 4000, 8000, 2, 1500);
});

function compareWithModel(
  random: Random,
  steps: number,
  bound: number,
  lengthMax: number,
  jumpLength = 0,
): void {
  const set = new IntervalSet();
  const model = new Uint8Array(bound + lengthMax + jumpLength);
  let low = 0;
  for (let step = 0; step < steps; step++) {
    const number = random.below(bound);
    if (step % 200 === 199) {
      low = Math.min(bound, low + random.below(bound >> 4));
      set.removeBelow(low);
      model.fill(0, 0, low);
    } else if (number >= low) {
      // Now and then a range that swallows whole blocks.
      const isJump = jumpLength > 0 && step % 1300 === 1299;
      const end = number + (isJump ? jumpLength : random.below(lengthMax));
      set.add(number, end);
      model.fill(1, number, end);
    }
    const probe = random.below(bound);
    const gap = model.indexOf(0, probe);
    const member = model.indexOf(1, probe);
    const end = probe + random.below(bound - probe);
    assertEquals(
      [
        set.has(probe),
        set.gapFrom(probe),
        set.memberFrom(probe),
        set.countWithin(probe, end),
      ],
      [
        model[probe] === 1,
        gap,
        member === -1 ? Infinity : member,
        model.subarray(probe, end).reduce((sum, bit) => sum + bit, 0),
      ],
    );
    if (step % 500 === 0) assertEquals([...set.ranges()], rangesOf(model));
  }
  assertEquals([...set.ranges()], rangesOf(model));
  assertEquals(set.size, model.reduce((sum, bit) => sum + bit, 0));
  assertEquals(set.rangeCount, rangesOf(model).length);
}

function rangesOf(model: Uint8Array): [number, number][] {
  const ranges: [number, number][] = [];
  for (let first = model.indexOf(1); first !== -1;) {
    const gap = model.indexOf(0, first);
    const end = gap === -1 ? model.length : gap;
    ranges.push([first, end]);
    first = model.indexOf(1, end);
  }
  return ranges;
}
