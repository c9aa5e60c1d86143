// Time for everybody: a monotonic clock for intervals and a wall clock that never differs much from it.
// Broker code takes a `Clock`; only this file reads the system's.

/** Two clocks. Tests and simulations put their own in its place. */
export interface Clock {
  /** Milliseconds on a clock that only goes forward; fractions are meaningful. */
  nowMs(): number;
  /** Milliseconds since the Unix epoch, with fractions, for timestamps people and clients see. */
  wallMs(): number;
}

/** Beyond this the wall clock has been set, and `wallMs` follows it. */
const DRIFT_MS_MAX = 20;

/** The machine's clocks. `wallMs` has microseconds, which `Date.now` lacks, and follows when the clock is set. */
export class SystemClock implements Clock {
  #offsetMs = Date.now() - performance.now();

  nowMs(): number {
    return performance.now();
  }

  wallMs(): number {
    const monotonicMs = performance.now();
    const dateMs = Date.now();
    // Date.now() is cut to whole milliseconds: up to 1 ms behind is agreement.
    if (Math.abs(monotonicMs + this.#offsetMs - dateMs) > DRIFT_MS_MAX) {
      this.#offsetMs = dateMs - monotonicMs;
    }
    return monotonicMs + this.#offsetMs;
  }
}
