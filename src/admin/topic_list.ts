// The list of topics as the page shows it: what is searched for, in the order that is wanted, a part at a time.

import type { TopicFigures } from "./figures.ts";
import { byText } from "./producers.ts";
import type { TopicSum } from "./snapshot.ts";
import { secondsBetween, type View } from "./survey.ts";

/** A row of the list. */
export interface TopicRow extends TopicFigures {
  readonly topic_name: string;
  readonly in_flight_count: number;
  readonly deferred_count: number;
  readonly requeue_count: number;
  readonly timeout_count: number;
  readonly client_count: number;
  readonly total_depth: number;
  readonly channel_count: number;
  readonly node_count: number;
  readonly message_rate: number | undefined;
  readonly byte_rate: number | undefined;
  readonly depth_rate: number | undefined;
  readonly warnings: readonly string[];
}

/** By what the list can be ordered. */
const topicOrders = {
  name: () => 0,
  depth: (row) => row.total_depth,
  in_flight_count: (row) => row.in_flight_count,
  deferred_count: (row) => row.deferred_count,
  message_count: (row) => row.message_count,
  message_rate: (row) => row.message_rate ?? -1,
  depth_rate: (row) => row.depth_rate ?? 0,
  channel_count: (row) => row.channel_count,
  client_count: (row) => row.client_count,
  warnings: (row) => row.warnings.length,
} as const satisfies Record<string, (row: TopicRow) => number>;

/** Which topics are left out. */
const topicFilters = {
  warnings: (row) => row.warnings.length > 0,
  paused: (row) => row.paused,
  depth: (row) => row.total_depth > 0,
} as const satisfies Record<string, (row: TopicRow) => boolean>;

/** What part of the list is wanted. */
export interface TopicListQuery {
  readonly search: string;
  readonly sort: string;
  readonly isDescending: boolean;
  readonly only: string;
  readonly offset: number;
  readonly limit: number;
}

/** A part of the list. */
export interface TopicList {
  /** How many topics there are, and how many are meant. */
  readonly all: number;
  readonly total: number;
  readonly offset: number;
  readonly topics: readonly TopicRow[];
}

/** Makes the list; `kindsOf` names the warnings of a topic. */
export function topicListOf(
  view: View,
  query: TopicListQuery,
  kindsOf: (topic: TopicSum) => readonly string[],
): TopicList {
  const { now } = view;
  const words = query.search.toLowerCase().split(/\s+/).filter((word) => word !== "");
  const found = [...now.topics.values()].filter(({ name }) => {
    const lower = name.toLowerCase();
    return words.every((word) => lower.includes(word));
  });
  const isWanted = own(topicFilters, query.only) ?? (() => true);
  const rows = found.map((topic) => rowOf(topic, view, kindsOf(topic))).filter(isWanted);
  const order = own(topicOrders, query.sort) ?? topicOrders.name;
  const sign = query.isDescending ? -1 : 1;
  const isByName = order === topicOrders.name;
  rows.sort((a, b) =>
    sign * (order(a) - order(b)) || (isByName ? sign : 1) * byText(a.topic_name, b.topic_name)
  );
  const { offset, limit } = query;
  const topics = rows.slice(offset, offset + limit);
  return { all: now.topics.size, total: rows.length, offset, topics };
}

function own<Value>(table: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

function rowOf(topic: TopicSum, view: View, warnings: readonly string[]): TopicRow {
  const { channelSum } = topic;
  const earlier = view.before?.topics.get(topic.name);
  const seconds = secondsBetween(view);
  const { message_bytes: bytes } = topic.figures;
  return {
    topic_name: topic.name,
    ...topic.figures,
    in_flight_count: channelSum.in_flight_count,
    deferred_count: channelSum.deferred_count,
    requeue_count: channelSum.requeue_count,
    timeout_count: channelSum.timeout_count,
    client_count: channelSum.client_count,
    total_depth: topic.totalDepth,
    channel_count: topic.channels.size,
    node_count: topic.nodeCount,
    message_rate: rateOf(topic.figures.message_count, earlier?.figures.message_count, seconds),
    byte_rate: bytes === undefined
      ? undefined
      : rateOf(bytes, earlier?.figures.message_bytes, seconds),
    depth_rate: earlier === undefined
      ? undefined
      : (topic.totalDepth - earlier.totalDepth) / seconds,
    warnings,
  };
}

/** How fast a counter grew, per second; undefined where it fell, as it does when an nsqd starts anew. */
export function rateOf(
  value: number,
  earlier: number | undefined,
  seconds: number,
): number | undefined {
  if (earlier === undefined || value < earlier || seconds <= 0) return undefined;
  return (value - earlier) / seconds;
}
