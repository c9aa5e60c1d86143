// The ring of samples: what is written, what is made up for steps in which nothing happened, and how far it goes back.

import { assertEquals } from "@std/assert";
import { type Sample, SampleRing, STEP_MS, STEPS_KEPT } from "../../src/queue/sample_ring.ts";
import { test } from "./queue_parts.ts";

function sample(figures: Partial<Sample>): Sample {
  return {
    depth: 0,
    in_flight: 0,
    deferred: 0,
    messages: 0,
    requeues: 0,
    timeouts: 0,
    oldest_age_ms: NaN,
    latency_p50_ms: NaN,
    latency_p99_ms: NaN,
    ...figures,
  };
}

test("SampleRing.rows() shows steps in which nothing was written as what they were", () => {
  const ring = new SampleRing(10, sample({ depth: 5, messages: 7, oldest_age_ms: 100 }));
  ring.write(13, sample({ depth: 6, messages: 1, oldest_age_ms: 300, latency_p99_ms: 2 }));
  const rows = ring.rows(14, Infinity);
  assertEquals(rows.map(({ depth }) => depth), [5, 5, 5, 6, 6]);
  assertEquals(rows.map(({ messages }) => messages), [7, 0, 0, 1, 0]);
  const ages = [100, 100 + STEP_MS, 100 + 2 * STEP_MS, 300, 300 + STEP_MS];
  assertEquals(rows.map((row) => row.oldest_age_ms), ages);
  assertEquals(rows.map((row) => row.latency_p99_ms), [NaN, NaN, NaN, 2, NaN]);
});

test("SampleRing keeps an hour and no more, across gaps of any length", () => {
  const ring = new SampleRing(0, sample({ depth: 1 }));
  for (let step = 1; step < 1000; step++) ring.write(step, sample({ depth: step }));
  const rows = ring.rows(999, Infinity);
  assertEquals([rows.length, rows[0]?.depth, rows.at(-1)?.depth], [STEPS_KEPT, 760, 999]);
  assertEquals(ring.rows(999, 2).map(({ depth }) => depth), [998, 999]);
  assertEquals(ring.rows(999, 0), []);
  ring.write(5000, sample({ depth: 7 }));
  const after = ring.rows(5000, Infinity).map(({ depth }) => depth);
  assertEquals(after, [...Array.from({ length: STEPS_KEPT - 1 }, () => 999), 7]);
});
