// The machine's clocks: one that only goes forward, one that agrees with the date.

import { assert } from "@std/assert";
import { SystemClock } from "../../src/base/clock.ts";

const originalNow = Date.now;

/** Runs the action while the date is off by `offsetMs`. */
function withDateOff(offsetMs: number, action: () => void): void {
  Date.now = () => originalNow() + offsetMs;
  try {
    action();
  } finally {
    Date.now = originalNow;
  }
}

Deno.test("SystemClock.nowMs() never goes back", () => {
  const clock = new SystemClock();
  let before = clock.nowMs();
  for (let reading = 0; reading < 1000; reading++) {
    const now = clock.nowMs();
    assert(now >= before);
    before = now;
  }
});

Deno.test("SystemClock.wallMs() agrees with the date, also after that was set", () => {
  const clock = new SystemClock();

  assert(Math.abs(clock.wallMs() - Date.now()) <= 25);
  for (const offsetMs of [3_600_000, -3_600_000]) {
    withDateOff(offsetMs, () => assert(Math.abs(clock.wallMs() - Date.now()) <= 25));
  }
});
