/**
 * Counts latencies in buckets that are never wider than 1/128 of their value, as HDR histograms do:
 * any number of messages takes the same memory, and recording allocates nothing.
 * Invariant: a quantile is at most 0.8 % (and a microsecond) too high, and never above the highest.
 */
import { LATENCY_QUANTILES, type LatencyName } from "./client_task.ts";

const STEPS_BITS = 7;
const MICROSECONDS_MAX = 2 ** 31 - 1;
const BUCKETS = indexOf(MICROSECONDS_MAX) + 1;

/** The upper ends, in milliseconds, of the coarse buckets that people are shown. */
export const HISTOGRAM_LIMITS_MS: readonly number[] = [
  ...[0.05, 0.1, 0.2, 0.5],
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
];

/** Latencies of one run. */
export class LatencyHistogram {
  readonly #counts = new Float64Array(BUCKETS);
  #count = 0;
  #highestMs = 0;

  /** Takes one latency in; the clocks of two threads may differ, so what is negative counts as 0. */
  record(latencyMs: number): void {
    const index = indexOf(Math.min(Math.max(latencyMs, 0) * 1000, MICROSECONDS_MAX));
    this.#counts[index] = this.#counts[index]! + 1;
    this.#count++;
    if (latencyMs > this.#highestMs) this.#highestMs = latencyMs;
  }

  /** What the share `quantile` (0 to 1) of the latencies was at most, in milliseconds; NaN of none. */
  atQuantileMs(quantile: number): number {
    if (this.#count === 0) return NaN;
    const rank = Math.max(Math.ceil(quantile * this.#count), 1);
    let seen = 0;
    for (let index = 0; index < BUCKETS; index++) {
      seen += this.#counts[index]!;
      if (seen >= rank) return Math.min(endMs(index), this.#highestMs);
    }
    return this.#highestMs;
  }

  /** The percentiles that are reported. */
  percentiles(): Record<LatencyName, number> {
    const at = (name: LatencyName) => this.atQuantileMs(LATENCY_QUANTILES[name]);
    return {
      "p50": at("p50"),
      "p90": at("p90"),
      "p99": at("p99"),
      "p99.9": at("p99.9"),
      "max": at("max"),
    };
  }

  /** How many lie below each of `HISTOGRAM_LIMITS_MS`, and above the last. */
  coarse(): number[] {
    const counts = new Array<number>(HISTOGRAM_LIMITS_MS.length + 1).fill(0);
    let at = 0;
    for (let index = 0; index < BUCKETS; index++) {
      while (endMs(index) > (HISTOGRAM_LIMITS_MS[at] ?? Infinity)) at++;
      counts[at] = counts[at]! + this.#counts[index]!;
    }
    return counts;
  }
}

/** Below 256 µs a bucket for each microsecond; above, 128 for each doubling. */
function indexOf(microseconds: number): number {
  const whole = Math.floor(microseconds);
  const shift = Math.max(31 - Math.clz32(whole) - STEPS_BITS, 0);
  return (shift << STEPS_BITS) + (whole >>> shift);
}

function endMs(index: number): number {
  const shift = Math.max((index >> STEPS_BITS) - 1, 0);
  return (index - (shift << STEPS_BITS) + 1) * 2 ** shift / 1000;
}
