// The tables of top: which columns each has, how a cell reads, and how rows are sorted by one. Pure.
// Invariant: a column that no row has anything for is not shown when it is optional.

import { durationText, grouped } from "../figure_text.ts";
import type { Row } from "./sample.ts";

/** A column. */
export interface Column {
  readonly heading: string;
  /** What sorting goes by: numbers from the largest, texts from the first letter. */
  readonly value: (row: Row) => number | string | undefined;
  readonly text: (row: Row) => string;
  /** Narrow terminals lose the columns of the highest number first; 0 always stays. */
  readonly rank: number;
  /** A name: to the left, and shortened where there is no room. */
  readonly isText?: true;
  /** Not shown where `value` is undefined in every row. */
  readonly isOptional?: true;
}

const topic = textColumn("TOPIC", ({ topic }) => topic);
const channel = textColumn("CHANNEL", ({ channel }) => channel || "-");
const node = textColumn("NSQD", ({ node }) => node);
const state = { ...textColumn("STATE", ({ state }) => state), rank: 4 };
const depth = count("DEPTH", 0, ({ depth }) => depth);
const inFlight = count("IN FLIGHT", 1, ({ inFlight }) => inFlight);
const deferred = count("DEFERRED", 3, ({ deferred }) => deferred);
const requeued = count("REQUEUED", 3, ({ requeued }) => requeued);
const timedOut = count("TIMED OUT", 5, ({ timedOut }) => timedOut);
const messages = count("MESSAGES", 6, ({ messages }) => messages);
const clients = count("CLIENTS", 2, ({ clients }) => clients);
const inRate = rate("IN/S", ({ inRate }) => inRate);
const outRate = rate("OUT/S", ({ outRate }) => outRate);
const oldest: Column = {
  heading: "OLDEST",
  value: ({ oldestAgeMs }) => oldestAgeMs,
  text: ({ oldestAgeMs = 0 }) => oldestAgeMs === 0 ? "-" : durationText(oldestAgeMs),
  rank: 2,
  isOptional: true,
};
const figures = [depth, inRate, outRate, inFlight, oldest, deferred, requeued, timedOut, clients];

/** The tables by name, with the key that shows each. */
export const VIEWS = {
  channels: { key: "c", columns: [topic, channel, ...figures, messages, state] },
  topics: { key: "t", columns: [topic, ...figures, messages, state] },
  nodes: { key: "n", columns: [node, ...figures, messages, state] },
  clients: {
    key: "enter",
    columns: [
      textColumn("CLIENT", ({ client }) => client?.name ?? ""),
      textColumn("ADDRESS", ({ client }) => client?.address ?? ""),
      count("READY", 0, ({ client }) => client?.readyCount ?? 0),
      inFlight,
      count("FINISHED", 1, ({ client }) => client?.finished ?? 0),
      requeued,
      messages,
      node,
      { ...textColumn("USER AGENT", ({ client }) => client?.userAgent ?? ""), rank: 4 },
    ],
  },
} as const satisfies Record<string, { key: string; columns: readonly Column[] }>;

/** The name of a table. */
export type ViewName = keyof typeof VIEWS;

/** The columns of a table that these rows have something for. */
export function columnsFor(view: ViewName, rows: readonly Row[]): readonly Column[] {
  const columns: readonly Column[] = VIEWS[view].columns;
  return columns.filter(({ isOptional, value }) =>
    !isOptional || rows.some((row) => value(row) !== undefined)
  );
}

/** The rows by a column, in its own direction or reversed; equal ones by name, so that nothing jumps. */
export function sorted(rows: readonly Row[], { value }: Column, isReversed: boolean): Row[] {
  const direction = isReversed ? -1 : 1;
  return rows.toSorted((one, other) =>
    direction * compare(value(one), value(other)) || compare(one.key, other.key)
  );
}

/** The rows in whose names the text occurs, in any case. */
export function filtered(rows: readonly Row[], text: string): Row[] {
  const wanted = text.toLowerCase();
  return rows.filter(({ topic, channel, node, client }) =>
    `${topic} ${channel} ${node} ${client?.name ?? ""} ${client?.address ?? ""}`.toLowerCase()
      .includes(wanted)
  );
}

type Value = number | string | undefined;

function compare(one: Value, other: Value): number {
  if (typeof one === "string" && typeof other === "string") {
    return one < other ? -1 : one > other ? 1 : 0;
  }
  return (typeof other === "number" ? other : -1) - (typeof one === "number" ? one : -1);
}

function textColumn(heading: string, text: (row: Row) => string): Column {
  return { heading, value: text, text, rank: 0, isText: true };
}

function count(heading: string, rank: number, value: (row: Row) => number): Column {
  return { heading, value, text: (row) => grouped(value(row)), rank };
}

function rate(heading: string, value: (row: Row) => number | undefined): Column {
  const text = (row: Row) => rateText(value(row));
  return { heading, value, text, rank: 1 };
}

/** `-` for an unknown rate, one decimal below ten. */
export function rateText(perSecond: number | undefined): string {
  if (perSecond === undefined) return "-";
  return perSecond > 0 && perSecond < 10 ? perSecond.toFixed(1) : grouped(Math.round(perSecond));
}
