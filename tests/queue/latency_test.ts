// Quantiles over a sliding window of two halves.

import { assert, assertEquals } from "@std/assert";
import { LatencyWindow, mergeSketches, quantilesOf } from "../../src/queue/latency.ts";

const MS = 1e6;

function medianMs(window: LatencyWindow, nowMs: number): number {
  return quantilesOf(window.merged(nowMs), [0.5])[0]!.value / MS;
}

Deno.test("quantilesOf() answers in the order asked, within a hundredth", () => {
  const window = new LatencyWindow(1000);
  for (let sample = 1; sample <= 1000; sample++) window.add(sample * MS, 0);

  const found = quantilesOf(window.merged(0), [0.99, 0.5]);

  assertEquals(found.map(({ quantile }) => quantile), [0.99, 0.5]);
  assert(Math.abs(found[0]!.value / (990 * MS) - 1) < 0.02);
  assert(Math.abs(found[1]!.value / (500 * MS) - 1) < 0.02);
});

Deno.test("quantilesOf() says 0 where nothing was counted", () => {
  assertEquals(quantilesOf(new LatencyWindow(1000).merged(0), [0.5]), [{
    quantile: 0.5,
    value: 0,
  }]);
});

Deno.test("LatencyWindow forgets what is older than the window", () => {
  const window = new LatencyWindow(1000);
  window.add(10 * MS, 0);
  window.add(20 * MS, 600);
  assertEquals(window.merged(600).count, 2);

  assertEquals(window.merged(1150).count, 1);
  assert(Math.abs(medianMs(window, 1150) / 20 - 1) < 0.02);
  assertEquals(window.merged(9000).count, 0);
});

Deno.test("LatencyWindow takes a clock that was set back for no time at all", () => {
  const window = new LatencyWindow(1000);

  window.add(-5 * MS, 0);

  assertEquals(medianMs(window, 0), 0);
});

Deno.test("mergeSketches() adds channels up and leaves them as they were", () => {
  const windows = [1, 2, 3].map((latencyMs) => {
    const window = new LatencyWindow(1000);
    window.add(latencyMs * MS, 0);
    return window;
  });

  const merged = mergeSketches(windows.map((window) => window.merged(0)));

  assertEquals([merged.count, windows[0]!.merged(0).count], [3, 1]);
});
