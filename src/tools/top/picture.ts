// From samples to what one table shows, and to the same as JSON. Pure.

import type { Silence } from "../cluster/cluster_nodes.ts";
import { arranged, type Picture } from "./frame.ts";
import {
  channelRows,
  clientRows,
  nodeRows,
  type Row,
  type Sample,
  topicRows,
  totalsOf,
} from "./sample.ts";
import type { ViewState } from "./view_state.ts";

/** The picture for a state. In the view of clients `now` must hold documents that show them. */
export function pictureOf(
  state: ViewState,
  before: Sample | undefined,
  now: Sample,
  silent: readonly Silence[],
  date: Date,
): Picture {
  const topics = new Set(
    [...now.nsqds.values()].flatMap((each) => each.topics.map(({ name }) => name)),
  );
  return {
    rows: rowsFor(state, before, now),
    totals: totalsOf(before, now),
    nsqdCount: now.nsqds.size,
    topicCount: topics.size,
    silent,
    clockText: date.toTimeString().slice(0, 8),
  };
}

function rowsFor(
  { view, subject }: ViewState,
  before: Sample | undefined,
  now: Sample,
): readonly Row[] {
  if (view === "topics") return topicRows(before, now);
  if (view === "nodes") return nodeRows(before, now);
  if (view === "clients") return clientRows(now, subject?.topic ?? "", subject?.channel ?? "");
  return channelRows(before, now);
}

/** The rows as JSON, indented, with a line end. Unknown figures are null; a text is empty where it has no meaning. */
export function jsonText({ rows, totals, silent, nsqdCount }: Picture, state: ViewState): string {
  const { shown } = arranged(rows, state);
  return JSON.stringify(
    { nsqds: nsqdCount, totals: jsonFigures(totals), silent, [state.view]: shown.map(jsonRow) },
    null,
    2,
  ) + "\n";
}

function jsonRow(row: Row): Record<string, unknown> {
  const { topic, channel, node, state } = row;
  return { topic, channel, node, ...jsonFigures(row), state };
}

function jsonFigures(row: Row): Record<string, unknown> {
  const { key: _key, client: _client, topic: _topic, channel: _channel, ...rest } = row;
  const { node: _node, state: _state, ...figures } = rest;
  const { inRate = null, outRate = null, oldestAgeMs = null } = figures;
  return { ...figures, inRate, outRate, oldestAgeMs };
}
