// Time for everybody: a monotonic clock for intervals and a wall clock that never differs much from it.
// Broker code takes a `Clock`; only this file reads the system's.

/** Two clocks. Tests and simulations put their own in its place. */
export interface Clock {
  /** Milliseconds on a clock that only goes forward; fractions are meaningful. */
  nowMs(): number;
  /** Milliseconds since the Unix epoch, with fractions, for timestamps people and clients see. */
  wallMs(): number;
}

/** A clock whose two times can be read together. */
export interface PairedClock extends Clock {
  /** The wall clock at the moment `nowMs`, which was read just now: asking the system twice costs 0.1 to 0.5 us more. */
  wallAt(nowMs: number): number;
}

/** Beyond this the wall clock has been set, and `wallMs` follows it. */
const DRIFT_MS_MAX = 20;

/** The machine's clocks. `wallMs` has microseconds, which `Date.now` lacks, and follows when the clock is set. */
export class SystemClock implements PairedClock {
  #offsetMs = Date.now() - performance.now();

  nowMs(): number {
    return performance.now();
  }

  wallMs(): number {
    return this.wallAt(performance.now());
  }

  wallAt(monotonicMs: number): number {
    const dateMs = Date.now();
    // Date.now() is cut to whole milliseconds: up to 1 ms behind is agreement.
    if (Math.abs(monotonicMs + this.#offsetMs - dateMs) > DRIFT_MS_MAX) {
      this.#offsetMs = dateMs - monotonicMs;
    }
    return monotonicMs + this.#offsetMs;
  }
}
