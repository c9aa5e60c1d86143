/**
 * From the ring buffers of the nsqds to the lines of charts. Pure.
 * Invariant: every line has as many points as there are times; what nobody measured stays null.
 */
import type { HistoryColumns, HistoryReply } from "./api_shapes.ts";
import { coarseDurationText, durationText, rateText, shortCountText } from "./figure_text.ts";

/** One line of a chart. */
export interface ChartLine {
  readonly label: string;
  /** A name of a colour in the stylesheet: `--chart-<colour>`. */
  readonly colour: "a" | "b" | "c";
  readonly values: readonly (number | null)[];
}

/** All that one chart shows. */
export interface ChartData {
  readonly title: string;
  readonly lines: readonly ChartLine[];
  readonly text: (value: number | null | undefined) => string;
  /** The same for the axis, where there is little room. */
  readonly axisText: (value: number) => string;
}

/** Charts that share one axis of time, in unix seconds. */
export interface ChartSet {
  readonly times: readonly number[];
  readonly charts: readonly ChartData[];
}

/** The moments of the points, unix seconds. */
function timesOf(reply: HistoryReply, count: number): number[] {
  return Array.from(
    { length: count },
    (_, index) => (reply.end_ms - (count - 1 - index) * reply.step_ms) / 1000,
  );
}

/** What one line is made of. */
type LineRow = readonly [label: string, colour: ChartLine["colour"], column: string];

/** Every chart, in the order they stand on the page. */
const chartRows: readonly {
  readonly title: string;
  readonly text: ChartData["text"];
  readonly axisText?: ChartData["axisText"];
  readonly lines: readonly LineRow[];
}[] = [
  {
    title: "Waiting",
    text: shortCountText,
    lines: [["depth", "a", "depth"], ["in flight", "b", "in_flight"], [
      "deferred",
      "c",
      "deferred",
    ]],
  },
  {
    title: "Messages per second",
    text: rateText,
    lines: [["in", "a", "message_rate"], ["finished", "b", "finish_rate"]],
  },
  {
    title: "Oldest message",
    text: durationText,
    axisText: coarseDurationText,
    lines: [["age", "a", "oldest_age_ms"]],
  },
  {
    title: "Time until finished",
    text: durationText,
    axisText: coarseDurationText,
    lines: [["median", "a", "latency_p50_ms"], ["p99", "c", "latency_p99_ms"]],
  },
  {
    title: "Trouble per second",
    text: rateText,
    lines: [["requeued", "b", "requeue_rate"], ["timed out", "c", "timeout_rate"]],
  },
];

/** The charts of one series; without times when no nsqd remembers anything. */
export function chartSet(reply: HistoryReply): ChartSet {
  const columns: HistoryColumns = reply.series[0]?.columns ?? {};
  const count = Math.max(0, ...Object.values(columns).map((values) => values.length));
  const charts = chartRows.map(({ title, text, axisText, lines }): ChartData => ({
    title,
    text,
    axisText: axisText ?? text,
    lines: lines.filter(([, , column]) => columns[column] !== undefined)
      .map(([label, colour, column]) => ({ label, colour, values: columns[column] ?? [] })),
  })).filter((chart) => chart.lines.length > 0)
    .map((chart) => padded(chart, count));
  return { times: timesOf(reply, count), charts };
}

/** The same chart with each line as long as the axis: a series nobody sent is unknown everywhere. */
function padded(chart: ChartData, count: number): ChartData {
  const lines = chart.lines.map((line) => ({
    ...line,
    values: Array.from({ length: count }, (_, index) => line.values[index] ?? null),
  }));
  return { ...chart, lines };
}

/** The last value of a series that is known, for a tile. */
export function latestOf(reply: HistoryReply | undefined, name: string): number | null {
  const values = reply?.series[0]?.columns[name] ?? [];
  return values.at(-1) ?? null;
}
