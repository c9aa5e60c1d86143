// The last hour of topics, channels or nodes, put together from what several nsqd's remember: their samples are laid on
// common steps and summed. Invariant: all columns of a reply have the same length, and their last point is the same moment.

import { type JsonObject, listAt, numberAt, objectsAt } from "./json_fields.ts";

/** Counts within a step, which become rates per second. */
const COUNTS = {
  messages: "message_rate",
  requeues: "requeue_rate",
  timeouts: "timeout_rate",
} as const;
const LEVELS = ["depth", "in_flight", "deferred"] as const;
/** Of several nodes the largest counts. */
const WORST = ["oldest_age_ms", "latency_p50_ms", "latency_p99_ms"] as const;
const COLUMNS = [...LEVELS, ...Object.keys(COUNTS), ...WORST];
const POINTS_MAX = 1_000;
const SERIES_MAX = 2_000;

type Column = (number | null)[];

/** A topic, a channel or whole nodes over time. */
export interface HistorySeries {
  readonly topic: string | null;
  readonly channel: string | null;
  readonly columns: Readonly<Record<string, Column>>;
}

/** What is known of the last hour. */
export interface History {
  readonly step_ms: number;
  /** When the last point was taken, unix time. */
  readonly end_ms: number;
  readonly series: readonly HistorySeries[];
}

/** One series as an nsqd tells it. */
interface Part {
  readonly topic: string | null;
  readonly channel: string | null;
  readonly endMs: number;
  readonly columns: Readonly<Record<string, readonly unknown[]>>;
  readonly length: number;
}

/** What one nsqd remembers. */
export interface HistoryPage {
  readonly stepMs: number;
  readonly parts: readonly Part[];
}

/** Reads an nsqd's answer to /history. Throws JsonMismatch. */
export function historyPage(page: JsonObject): HistoryPage {
  return { stepMs: numberAt(page, "step_ms"), parts: objectsAt(page, "series").map(partOf) };
}

/** Puts together what several nsqd's remember. */
export function historyOf(pages: readonly HistoryPage[]): History {
  const stepMs = Math.max(1, ...pages.map((page) => page.stepMs));
  const parts = pages.flatMap((page) => page.parts);
  const endMs = Math.max(0, ...parts.map((part) => part.endMs));
  const pointCount = Math.min(POINTS_MAX, Math.max(0, ...parts.map(({ length }) => length)));
  const groups = Map.groupBy(parts, ({ topic, channel }) => `${topic ?? ""}/${channel ?? ""}`);
  const series = [...groups.values()].slice(0, SERIES_MAX)
    .map((group) => seriesOf(group, { stepMs, endMs, pointCount }));
  return { step_ms: stepMs, end_ms: endMs, series };
}

function partOf(object: JsonObject): Part {
  const { topic, channel } = object;
  return {
    topic: typeof topic === "string" ? topic : null,
    channel: typeof channel === "string" ? channel : null,
    endMs: numberAt(object, "end_ms"),
    columns: Object.fromEntries(COLUMNS.map((key) => [key, listAt(object, key)])),
    length: listAt(object, "depth").length,
  };
}

interface Grid {
  readonly stepMs: number;
  readonly endMs: number;
  readonly pointCount: number;
}

function seriesOf(parts: readonly Part[], grid: Grid): HistorySeries {
  const columnOf = (key: string, merge: (one: number, other: number) => number) =>
    mergedColumn(parts, key, grid, merge);
  const columns: Record<string, Column> = {};
  for (const key of LEVELS) columns[key] = columnOf(key, plus);
  for (const [key, name] of Object.entries(COUNTS)) {
    columns[name] = columnOf(key, plus).map((count) => perSecond(count, grid.stepMs));
  }
  for (const key of WORST) columns[key] = columnOf(key, Math.max);
  const [{ topic, channel }] = parts as [Part];
  return {
    topic,
    channel,
    columns: { ...columns, finish_rate: finishRates(columns, grid.stepMs) },
  };
}

function mergedColumn(
  parts: readonly Part[],
  key: string,
  { stepMs, endMs, pointCount }: Grid,
  merge: (one: number, other: number) => number,
): Column {
  const column: Column = new Array(pointCount).fill(null);
  for (const part of parts) {
    const values = part.columns[key]!;
    // Nodes sample at moments of their own: each of theirs counts for the nearest of ours.
    const behind = Math.round((endMs - part.endMs) / stepMs);
    for (const [index, value] of values.entries()) {
      const at = pointCount - behind - (values.length - index);
      if (typeof value !== "number" || at < 0 || at >= pointCount) continue;
      const other = column[at];
      column[at] = other === null || other === undefined ? value : merge(other, value);
    }
  }
  return column;
}

/** What was finished: what came, less what is held more than before. */
function finishRates(columns: Readonly<Record<string, Column>>, stepMs: number): Column {
  const held = (columns["depth"] ?? []).map((depth, index) => {
    const inFlight = columns["in_flight"]?.[index] ?? null;
    const deferred = columns["deferred"]?.[index] ?? null;
    return depth === null || inFlight === null || deferred === null
      ? null
      : depth + inFlight + deferred;
  });
  return held.map((now, index) => {
    const before = held[index - 1] ?? null;
    const rate = columns["message_rate"]?.[index] ?? null;
    if (now === null || before === null || rate === null) return null;
    return Math.max(0, rate - (now - before) * 1000 / stepMs);
  });
}

function perSecond(count: number | null, stepMs: number): number | null {
  return count === null ? null : count * 1000 / stepMs;
}

function plus(one: number, other: number): number {
  return one + other;
}
