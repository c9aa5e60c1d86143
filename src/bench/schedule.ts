/**
 * When to send, decided before anything is sent: send number n is due at a fixed time, however long
 * the sends before it took. So a server that stalls is charged for every message it held up, which a
 * loop of "send, wait, send" hides (coordinated omission).
 * Invariant: `dueMs(n + 1) - dueMs(n)` never depends on what happened.
 */

/** A fixed rate of sends from a starting time. */
export class Schedule {
  readonly #startMs: number;
  readonly #gapMs: number;

  /** `perSecond` is the number of sends a second, more than 0. */
  constructor(startMs: number, perSecond: number) {
    this.#startMs = startMs;
    this.#gapMs = 1000 / perSecond;
  }

  /** When send number `index`, counted from 0, is due, in the unit and origin of `startMs`. */
  dueMs(index: number): number {
    return this.#startMs + index * this.#gapMs;
  }
}

/** The time a schedule runs by; a test's stands still until it is told. */
export interface ScheduleClock {
  nowMs(): number;
  sleepUntil(ms: number): Promise<void>;
}

/**
 * Makes `count` sends by `schedule`, each given the time it was due: late ones go out at once, with
 * the due time they always had.
 */
export async function runSchedule(
  schedule: Schedule,
  count: number,
  clock: ScheduleClock,
  send: (dueMs: number) => Promise<void>,
): Promise<void> {
  for (let index = 0; index < count; index++) {
    const dueMs = schedule.dueMs(index);
    if (clock.nowMs() < dueMs) await clock.sleepUntil(dueMs);
    await send(dueMs);
  }
}
