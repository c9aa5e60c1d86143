/** A measurement says what is certain when the one who measures came late. */
import { assertEquals } from "@std/assert";
import { Stopwatch } from "./stopwatch.ts";

Deno.test("Stopwatch counts the longest time from what was said last before the mark", () => {
  let nowMs = 0;
  const stopwatch = new Stopwatch(() => nowMs);
  stopwatch.said();
  nowMs = 3000;
  stopwatch.mark();
  nowMs = 4000;
  assertEquals(stopwatch.elapsed, { shortestS: 1, longestS: 4 });
});

Deno.test("Stopwatch counts from the mark once something was said after it", () => {
  let nowMs = 0;
  const stopwatch = new Stopwatch(() => nowMs);
  stopwatch.said();
  nowMs = 3000;
  stopwatch.mark();
  nowMs = 3500;
  stopwatch.said();
  nowMs = 4000;
  assertEquals(stopwatch.elapsed, { shortestS: 1, longestS: 1 });
});
