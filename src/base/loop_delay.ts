// How late the event loop is: a timer that is due every half second says how long it had to wait for its turn. Everything
// else in the process waits as long.

import { type BucketCounts, DurationCounts } from "./duration_counts.ts";

const INTERVAL_MS = 500;
/** A minute of them. */
const LATEST_MAX = 120;
const BOUNDS_MS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000];

/** Watches over the event loop from the first `start` to `stop`. */
export class LoopDelay {
  readonly #counts = new DurationCounts(BOUNDS_MS);
  readonly #latest: number[] = [];
  readonly #nowMs: () => number;
  #dueMs = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** @param nowMs a clock that only goes forward */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Begins. The timer alone does not keep a process alive. */
  start(): void {
    this.#dueMs = this.#nowMs() + INTERVAL_MS;
    const timer = setInterval(() => this.#tick(), INTERVAL_MS);
    Deno.unrefTimer(timer);
    this.#timer = timer;
  }

  #tick(): void {
    const nowMs = this.#nowMs();
    this.note(Math.max(0, nowMs - this.#dueMs));
    this.#dueMs = nowMs + INTERVAL_MS;
  }

  /** Counts one delay, ms. */
  note(delayMs: number): void {
    this.#counts.add(delayMs);
    this.#latest.push(delayMs);
    if (this.#latest.length > LATEST_MAX) this.#latest.shift();
  }

  /** The longest delay of the last minute, ms. */
  get worstMs(): number {
    return Math.max(0, ...this.#latest);
  }

  /** All since the start. */
  get totals(): BucketCounts {
    return this.#counts.totals;
  }

  /** Ends it. */
  stop(): void {
    clearInterval(this.#timer);
  }
}
