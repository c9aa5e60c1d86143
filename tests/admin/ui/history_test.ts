/** From ring buffers to charts: equal lengths, moments, and what nobody measured. */
import { assertEquals } from "@std/assert";
import type { HistoryReply } from "../../../src/admin/ui/api_shapes.ts";
import { chartSet, latestOf } from "../../../src/admin/ui/history.ts";

const reply: HistoryReply = {
  step_ms: 15_000,
  end_ms: 1_000_000,
  series: [{
    topic: "t",
    channel: null,
    columns: { depth: [null, 5, 7], in_flight: [0, 1], message_rate: [1, 2, 3] },
  }],
  nodes: [],
};

Deno.test("chartSet gives each line a value for each moment", () => {
  const set = chartSet(reply);
  assertEquals(set.times, [970, 985, 1000]);
  assertEquals(set.charts.map(({ title }) => title), ["Waiting", "Messages per second"]);
  assertEquals(set.charts[0]?.lines.map(({ label, values }) => [label, values]), [
    ["depth", [null, 5, 7]],
    ["in flight", [0, 1, null]],
  ]);
});

Deno.test("chartSet of nodes without history is empty", () => {
  assertEquals(chartSet({ ...reply, series: [] }), { times: [], charts: [] });
});

Deno.test("latestOf is the last value, or null", () => {
  assertEquals(latestOf(reply, "depth"), 7);
  assertEquals(latestOf(reply, "deferred"), null);
  assertEquals(latestOf(undefined, "depth"), null);
});
