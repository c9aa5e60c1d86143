// A fixed schedule of sends: a stall is charged to whoever stalled.

import { assertEquals } from "@std/assert";
import { runSchedule, Schedule } from "../../src/bench/schedule.ts";

/** A clock that moves only when something sleeps or takes time. */
function fakeClock() {
  let nowMs = 0;
  return {
    nowMs: () => nowMs,
    sleepUntil(ms: number) {
      nowMs = ms;
      return Promise.resolve();
    },
    pass(ms: number) {
      nowMs += ms;
    },
  };
}

Deno.test("Schedule.dueMs() is a fixed grid from the start", () => {
  const schedule = new Schedule(100, 500);
  assertEquals([0, 1, 2, 500].map((index) => schedule.dueMs(index)), [100, 102, 104, 1100]);
});

Deno.test("runSchedule() sends on time while sends are quick", async () => {
  const clock = fakeClock();
  const sentMs: number[] = [];
  await runSchedule(new Schedule(10, 100), 4, clock, () => {
    sentMs.push(clock.nowMs());
    clock.pass(3);
    return Promise.resolve();
  });
  assertEquals(sentMs, [10, 20, 30, 40]);
});

Deno.test("runSchedule() keeps the due times of sends that a stall held up", async () => {
  const clock = fakeClock();
  const sends: { dueMs: number; lateMs: number }[] = [];
  await runSchedule(new Schedule(0, 100), 6, clock, (dueMs) => {
    sends.push({ dueMs, lateMs: clock.nowMs() - dueMs });
    // The second send stalls for 35 ms: three that were due meanwhile go out late, at once.
    clock.pass(dueMs === 10 ? 35 : 0);
    return Promise.resolve();
  });
  assertEquals(sends, [
    { dueMs: 0, lateMs: 0 },
    { dueMs: 10, lateMs: 0 },
    { dueMs: 20, lateMs: 25 },
    { dueMs: 30, lateMs: 15 },
    { dueMs: 40, lateMs: 5 },
    { dueMs: 50, lateMs: 0 },
  ]);
});
