// Durations counted in buckets whose bounds are given once. Invariant: counts only grow.

/** What was counted, for those who show it. */
export interface BucketCounts {
  /** Upper ends of the buckets, ms. */
  readonly boundsMs: readonly number[];
  /** For each bound how many were no longer, and as the last how many there were. */
  readonly cumulative: readonly number[];
  readonly sumMs: number;
}

/** Counts durations. */
export class DurationCounts {
  readonly #boundsMs: readonly number[];
  readonly #counts: Float64Array;
  #sumMs = 0;

  /** @param boundsMs upper ends of the buckets, rising */
  constructor(boundsMs: readonly number[]) {
    this.#boundsMs = boundsMs;
    this.#counts = new Float64Array(boundsMs.length + 1);
  }

  /** Counts one. */
  add(durationMs: number): void {
    const bucket = this.#boundsMs.findIndex((boundMs) => durationMs <= boundMs);
    this.#counts[bucket < 0 ? this.#boundsMs.length : bucket]!++;
    this.#sumMs += durationMs;
  }

  /** All so far. */
  get totals(): BucketCounts {
    let sum = 0;
    const cumulative = [...this.#counts].map((count) => sum += count);
    return { boundsMs: this.#boundsMs, cumulative, sumMs: this.#sumMs };
  }
}
