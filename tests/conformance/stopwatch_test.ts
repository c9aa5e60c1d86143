/** A measurement says what is certain when the one who measures came late. */
import { assertEquals } from "@std/assert";
import { Stopwatch } from "./stopwatch.ts";

/** A stopwatch whose mark was set three seconds after the broker was told something. */
function markedLate() {
  const clock = { nowMs: 0 };
  const stopwatch = new Stopwatch(() => clock.nowMs);
  stopwatch.said();
  clock.nowMs = 3000;
  stopwatch.mark();
  return { stopwatch, clock };
}

Deno.test("Stopwatch counts the longest time from what was said last before the mark", () => {
  const { stopwatch, clock } = markedLate();
  clock.nowMs = 4000;
  assertEquals(stopwatch.elapsed, { shortestS: 1, longestS: 4 });
});

Deno.test("Stopwatch counts from the mark once something was said after it", () => {
  const { stopwatch, clock } = markedLate();
  clock.nowMs = 3500;
  stopwatch.said();
  clock.nowMs = 4000;
  assertEquals(stopwatch.elapsed, { shortestS: 1, longestS: 1 });
});
