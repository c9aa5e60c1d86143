// One timer for many deadlines, under timers of the test.

import { assertEquals } from "@std/assert";
import { Alarm } from "../../src/base/alarm.ts";
import type { Timers } from "../../src/base/timers.ts";

/** Timers that keep what was asked of them. */
class AskedTimers implements Timers {
  readonly waits: number[] = [];
  #action: (() => void) | undefined;

  after(delayMs: number, action: () => void): () => void {
    this.waits.push(delayMs);
    this.#action = action;
    return () => {
      this.#action = undefined;
    };
  }

  /** Runs what waits, if anything does. */
  fire(): void {
    const action = this.#action;
    this.#action = undefined;
    action?.();
  }
}

function given() {
  const timers = new AskedTimers();
  const rings: number[] = [];
  const clock = { now: 0, nowMs: () => clock.now };
  const alarm = new Alarm(() => void rings.push(timers.waits.length), clock, timers);
  return { timers, rings, alarm, clock };
}

Deno.test("Alarm.set() waits until the deadline, rounded up to a millisecond", () => {
  const { timers, rings, alarm } = given();

  alarm.set(110.2, 100);
  timers.fire();

  assertEquals(timers.waits, [11]);
  assertEquals(rings, [1]);
});

Deno.test("Alarm.set() keeps an earlier deadline and replaces a later one", () => {
  const { timers, rings, alarm } = given();

  alarm.set(200, 100);
  alarm.set(300, 100);
  alarm.set(150, 100);
  timers.fire();
  timers.fire();

  assertEquals(timers.waits, [100, 50]);
  assertEquals(rings, [2]);
});

Deno.test("Alarm.set() can be set again once it has rung", () => {
  const { timers, rings, alarm } = given();

  alarm.set(150, 100);
  timers.fire();
  alarm.set(300, 150);
  timers.fire();

  assertEquals(timers.waits, [50, 150]);
  assertEquals(rings, [1, 2]);
});

Deno.test("Alarm.set() never waits longer than a day, nor less than nothing", () => {
  const { timers, alarm } = given();

  alarm.set(1e12, 0);
  alarm.set(5, 10);
  alarm.set(Infinity, 0);

  assertEquals(timers.waits, [86_400_000, 0]);
});

Deno.test("Alarm.cancel() rings no more until it is set again", () => {
  const { timers, rings, alarm } = given();

  alarm.set(150, 100);
  alarm.cancel();
  timers.fire();
  assertEquals(rings, []);

  alarm.set(200, 100);
  timers.fire();
  assertEquals(rings, [2]);
});

Deno.test("Alarm rings a little later after a stall, so that what came meanwhile is read first", () => {
  const { timers, rings, alarm, clock } = given();

  alarm.set(150, 100);
  clock.now = 250;
  timers.fire();
  assertEquals([timers.waits, rings], [[50], [1]]);

  alarm.set(300, 250);
  clock.now = 401;
  timers.fire();
  assertEquals([timers.waits, rings], [[50, 50, 10], [1]]);
  clock.now = 1000;
  timers.fire();
  assertEquals(rings, [1, 3]);
});

Deno.test("Alarm.cancel() holds after a stall, too", () => {
  const { timers, rings, alarm, clock } = given();

  alarm.set(150, 100);
  clock.now = 1000;
  timers.fire();
  alarm.cancel();
  timers.fire();
  assertEquals(rings, []);
});
