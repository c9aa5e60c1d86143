// Ranges and their text.

import { assertEquals } from "@std/assert";
import { type Bounds, describeBounds, isWithin } from "../../src/options/bounds.ts";

const CASES: readonly [Bounds, string, number[], number[]][] = [
  [{ from: 1, to: 9 }, "[1,9]", [1, 9], [0, 10, NaN]],
  [{ from: 0, below: 1024 }, "[0,1024)", [0, 1023], [-1, 1024]],
  [{ above: 0, to: 1 }, "(0,1]", [0.1, 1], [0, 1.1, NaN]],
  [{ from: 0 }, ">= 0", [0, 1e9], [-1]],
  [{ above: 0 }, "> 0", [0.1], [0, -1]],
  [{ to: 3 }, "<= 3", [3], [4]],
  [{ below: 3 }, "< 3", [2], [3]],
];

Deno.test("isWithin() keeps to the ends of a range", () => {
  for (const [bounds, , inside, outside] of CASES) {
    for (const value of inside) assertEquals(isWithin(bounds, value), true);
    for (const value of outside) assertEquals(isWithin(bounds, value), false);
  }
});

Deno.test("describeBounds() writes a range as NSQ does", () => {
  for (const [bounds, text] of CASES) assertEquals(describeBounds(bounds), text);
});
