// A steady rate: says how long to wait before so many things may go. Time is an argument.
// Invariant: over any stretch of time no more go than rate times its length, plus one reservation.

/** Holds things to a number per second. */
export class TokenBucket {
  readonly #msPerThing: number;
  #freeAtMs = -Infinity;

  /** `ratePerSecond` is above 0. */
  constructor(ratePerSecond: number) {
    this.#msPerThing = 1000 / ratePerSecond;
  }

  /** Takes room for `count` things and returns after how many milliseconds they may go. Unused time is not saved up. */
  reserve(count: number, nowMs: number): number {
    const startMs = Math.max(this.#freeAtMs, nowMs);
    this.#freeAtMs = startMs + count * this.#msPerThing;
    return startMs - nowMs;
  }
}
