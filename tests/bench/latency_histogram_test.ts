// Quantiles out of buckets: as exact as they promise, over the whole range.

import { assert, assertEquals } from "@std/assert";
import { HISTOGRAM_LIMITS_MS, LatencyHistogram } from "../../src/bench/latency_histogram.ts";

function histogramOf(latenciesMs: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const latencyMs of latenciesMs) histogram.record(latencyMs);
  return histogram;
}

Deno.test("LatencyHistogram.percentiles() are those of the sorted values, 0.8 % and 1 µs higher at most", () => {
  const latenciesMs = Array.from({ length: 1000 }, (_, index) => 1.013 ** index / 50);
  const percentiles = histogramOf(latenciesMs.toReversed()).percentiles();
  const exact = { "p50": 499, "p90": 899, "p99": 989, "p99.9": 998, "max": 999 } as const;
  for (const [name, index] of Object.entries(exact)) {
    const [got, value] = [percentiles[name as keyof typeof exact], latenciesMs[index]!];
    assert(got >= value - 1e-9 && got <= value * 1.008 + 0.001, `${name}: ${got}, not ${value}`);
  }
});

Deno.test("LatencyHistogram never says more than the highest", () => {
  assertEquals(histogramOf([3.2]).atQuantileMs(0.5), 3.2);
  assertEquals(histogramOf([-0.004, 0]).percentiles().max, 0);
  assertEquals(histogramOf([]).atQuantileMs(0.5), NaN);
});

Deno.test("LatencyHistogram.coarse() counts each value once", () => {
  const counts = histogramOf([0.01, 0.07, 0.08, 3, 1e9]).coarse();
  const limits = counts.map((count, index) => [HISTOGRAM_LIMITS_MS[index], count]);
  assertEquals(limits.filter(([, count]) => count !== 0), [[0.05, 1], [0.1, 2], [5, 1], [
    undefined,
    1,
  ]]);
});
