// Latencies in buckets: their bounds, what is sampled, and the quantiles of a step.

import { assert, assertEquals } from "@std/assert";
import { LATENCY_BOUNDS_MS, LatencyCounts } from "../../src/queue/latency_counts.ts";
import { batchOf, messages, test } from "./queue_parts.ts";

function single(wallMs = 0) {
  return batchOf(1, ["x"], wallMs);
}

test("LatencyCounts puts each duration below the bound it does not exceed", () => {
  const counts = new LatencyCounts();
  assertEquals(counts.totals, undefined);
  for (const boundMs of LATENCY_BOUNDS_MS) counts.finished(single(), 1, boundMs);
  counts.finished(single(), 1, 1e9);
  counts.finished(single(), 1, 1e12);
  counts.finished(single(1000), 1, 0);
  const { cumulative } = counts.totals!;
  const first = cumulative[0]!;
  assertEquals(first, 2);
  assertEquals(cumulative, [...LATENCY_BOUNDS_MS.map((_, index) => first + index), 20]);
  counts.endStep();
  assertEquals(counts.totals?.cumulative, cumulative);
});

test("LatencyCounts counts one message in sixteen of a large batch, for sixteen", () => {
  const counts = new LatencyCounts();
  const batch = batchOf(0, messages(64));
  for (let number = 0; number < 64; number++) counts.finished(batch, number, 10);
  assertEquals(counts.totals?.cumulative.at(-1), 64);
  assertEquals(counts.totals?.sumMs, 640);
});

test("LatencyCounts.endStep() gives the quantiles of that step alone", () => {
  const counts = new LatencyCounts();
  for (let count = 0; count < 98; count++) counts.finished(single(), 1, 4);
  for (let count = 0; count < 2; count++) counts.finished(single(), 1, 1000);
  counts.endStep();
  const { p50Ms, p99Ms } = counts.latest;
  assertEquals(p50Ms, 4);
  assert(p99Ms >= 1000 && p99Ms < 1200, `${p99Ms}`);
  counts.endStep();
  assertEquals(counts.latest.p99Ms, NaN);
});
