// How long the messages of a channel took from publishing to FIN, as counts in buckets: always on, so it must cost next to
// nothing. Of a large batch one message in sixteen is counted, for sixteen; of small ones each.
//
//   bucket 0: up to 0.125 ms   bucket i: up to 0.125 ms * 2^(i/4)   the last: everything beyond a day and a half
//
// Nothing is allocated for a channel in which nothing was finished.

import type { Batch } from "./batch.ts";

const SAMPLED = 16;
const FIRST_MS = 0.125;
const STEPS_PER_DOUBLING = 4;
const BUCKETS = 122;

/** Upper ends of the buckets that are told to others, ms; each is the end of a bucket here. Beyond the last is the rest. */
export const LATENCY_BOUNDS_MS: readonly number[] = [
  ...Array.from({ length: 11 }, (_, power) => 2 ** power),
  ...Array.from({ length: 6 }, (_, power) => 4 ** (power + 6)),
];

const BOUND_BUCKETS = LATENCY_BOUNDS_MS.map((boundMs) => bucketOf(boundMs));

function bucketOf(latencyMs: number): number {
  const index = Math.ceil(Math.log2(latencyMs / FIRST_MS) * STEPS_PER_DOUBLING);
  return Math.max(0, Math.min(BUCKETS - 1, index));
}

/** Latencies since the process started, in the buckets of `LATENCY_BOUNDS_MS`. */
export interface LatencyTotals {
  /** For each bound how many took no longer, so that they only grow; the last is all. */
  readonly cumulative: readonly number[];
  readonly sumMs: number;
}

/** Half and nearly all of the messages of a step took no longer, ms; NaN when none was finished. */
export interface StepLatency {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const NO_LATENCY: StepLatency = { p50Ms: NaN, p99Ms: NaN };

/** Counts latencies. */
export class LatencyCounts {
  /** Of the latest whole step. */
  latest: StepLatency = NO_LATENCY;
  #sumMs = 0;
  #stepCount = 0;
  #step: Uint32Array | undefined;
  /** Before this step; one more than there are bounds. */
  #totals: Float64Array | undefined;

  /** Message `number` of `batch` is finished at `wallMs`. */
  finished(batch: Batch, number: number, wallMs: number): void {
    const isLarge = batch.count >= SAMPLED;
    if (isLarge && (number & (SAMPLED - 1)) !== 0) return;
    this.#add(Math.max(0, wallMs - batch.wallMs), isLarge ? SAMPLED : 1);
  }

  #add(latencyMs: number, weight: number): void {
    this.#step ??= new Uint32Array(BUCKETS);
    this.#step[bucketOf(latencyMs)]! += weight;
    this.#stepCount += weight;
    this.#sumMs += latencyMs * weight;
  }

  /** Ends a step; what it was is in `latest`. */
  endStep(): void {
    if (this.#stepCount === 0) {
      this.latest = NO_LATENCY;
      return;
    }
    this.latest = { p50Ms: this.#quantile(0.5), p99Ms: this.#quantile(0.99) };
    this.#totals = this.#sums();
    this.#step!.fill(0);
    this.#stepCount = 0;
  }

  /** The upper end of the bucket in which the quantile lies. */
  #quantile(quantile: number): number {
    let left = Math.ceil(this.#stepCount * quantile);
    const bucket = this.#step!.findIndex((count) => (left -= count) <= 0);
    return FIRST_MS * 2 ** (bucket / STEPS_PER_DOUBLING);
  }

  #sums(): Float64Array {
    const sums = this.#totals?.slice() ?? new Float64Array(BOUND_BUCKETS.length + 1);
    let bound = 0;
    this.#step?.forEach((count, bucket) => {
      while (bound < BOUND_BUCKETS.length && bucket > BOUND_BUCKETS[bound]!) bound++;
      sums[bound]! += count;
    });
    return sums;
  }

  /** All since the start; undefined when nothing was ever finished. */
  get totals(): LatencyTotals | undefined {
    if (this.#step === undefined) return undefined;
    let sum = 0;
    return { cumulative: [...this.#sums()].map((count) => sum += count), sumMs: this.#sumMs };
  }
}
