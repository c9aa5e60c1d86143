// What an operator should know about now, found in a look at the cluster: nodes that do not answer or are not well, and
// channels in which messages pile up or nobody takes them.

import type { ChannelFigures } from "./figures.ts";
import type { GrowthWatch } from "./growth_watch.ts";
import { type JsonObject, objectIfAny } from "./json_fields.ts";
import type { NodeSample, Snapshot, TopicSum } from "./snapshot.ts";

/** The kinds of warnings, most severe first. */
const warningKinds = {
  node_unreachable: { level: "critical", help: "an nsqd does not answer, here or to nsqlookupd" },
  lookupd_unreachable: { level: "critical", help: "an nsqlookupd does not answer" },
  node_unhealthy: { level: "critical", help: "an nsqd says that it is not well" },
  disk: { level: "critical", help: "an nsqd has little room left for messages" },
  rdy_zero: { level: "warning", help: "messages wait and clients are there, but none is ready" },
  growing_backlog: { level: "warning", help: "what waits has kept growing for a minute" },
  no_consumer: { level: "warning", help: "messages wait and no client is there" },
  paused_with_depth: { level: "warning", help: "paused while messages wait" },
  out_of_date: { level: "warning", help: "an nsqd has a lower version than others" },
} as const satisfies Record<string, { level: "critical" | "warning"; help: string }>;

/** A kind of warning. */
export type WarningKind = keyof typeof warningKinds;

/** A warning. */
export interface Warning {
  readonly kind: WarningKind;
  readonly level: "critical" | "warning";
  readonly text: string;
  readonly topic?: string;
  readonly channel?: string;
  readonly node?: string;
}

type Place = Pick<Warning, "topic" | "channel" | "node">;

const ORDER = Object.keys(warningKinds) as WarningKind[];
/** Below so many times what is kept free there is little room. */
const FREE_FACTOR = 2;

/** Whether a client is ready, by `topic/channel`; channels of which that is not known are absent. */
export type ReadyBook = ReadonlyMap<string, boolean>;

/** All warnings of a look, most severe first. */
export function warningsOf(now: Snapshot, growth: GrowthWatch, ready: ReadyBook): Warning[] {
  const found = [
    ...now.lookupds.flatMap(({ address, error }) =>
      error === undefined ? [] : [warning("lookupd_unreachable", `${address}: ${error}`, {})]
    ),
    ...now.nodes.flatMap(nodeWarnings),
    ...[...now.topics.values()].flatMap((topic) => topicWarnings(topic, growth, ready)),
  ];
  return found.sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}

function warning(kind: WarningKind, text: string, place: Place): Warning {
  return { kind, level: warningKinds[kind].level, text, ...place };
}

function nodeWarnings({ node, error, unreachable, page, producer }: NodeSample): Warning[] {
  const found: Warning[] = [];
  if (error !== undefined) found.push(warning("node_unreachable", `${node}: ${error}`, { node }));
  else if (unreachable !== undefined) {
    const text = `${node}: nsqlookupd cannot reach it - ${unreachable}`;
    found.push(warning("node_unreachable", text, { node }));
  }
  const health = page["health"];
  if (typeof health === "string" && health !== "OK") {
    found.push(warning("node_unhealthy", `${node}: ${health}`, { node }));
  }
  const room = roomText(objectIfAny(page, "node"));
  if (room !== undefined) found.push(warning("disk", `${node}: ${room}`, { node }));
  if (producer?.out_of_date) {
    found.push(warning("out_of_date", `${node} has version ${producer.version}`, { node }));
  }
  return found;
}

function roomText(facts: JsonObject): string | undefined {
  if (facts["is_full"] === true) return "the disk is full: messages are refused";
  const { free_bytes: free, min_free_bytes: least } = facts;
  if (typeof free !== "number" || typeof least !== "number" || least === 0) return undefined;
  if (free >= FREE_FACTOR * least) return undefined;
  return `${Math.round(free / 1e6)} MB are free, below ${
    Math.round(least / 1e6)
  } MB messages are refused`;
}

/** The warnings of one topic. */
export function topicWarnings(
  { name: topic, figures, channels }: TopicSum,
  growth: GrowthWatch,
  ready: ReadyBook,
): Warning[] {
  const found: Warning[] = [];
  if (figures.paused && figures.depth > 0) {
    const text = `${topic} is paused and ${messages(figures.depth)} in it`;
    found.push(warning("paused_with_depth", text, { topic }));
  }
  for (const [channel, one] of channels) {
    if (one.depth === 0) continue;
    const growing = growth.growthOf(topic, channel);
    const place = { topic, channel };
    const where = `${topic}/${channel}`;
    const kind = channelWarning(one, ready.get(where));
    if (kind !== undefined) {
      found.push(warning(kind, `${where}: ${CHANNEL_TEXTS[kind](one)}`, place));
    }
    if (growing !== undefined) {
      const minutes = Math.round(growing.forMs / 60_000);
      const text =
        `${where}: from ${growing.fromDepth} to ${growing.depth} messages in ${minutes} min`;
      found.push(warning("growing_backlog", text, place));
    }
  }
  return found;
}

type ChannelKind = "paused_with_depth" | "no_consumer" | "rdy_zero";

const CHANNEL_TEXTS: Readonly<Record<ChannelKind, (channel: ChannelFigures) => string>> = {
  paused_with_depth: ({ depth }) => `paused, and ${messages(depth)}`,
  no_consumer: ({ depth }) => `${messages(depth)} and nobody reads`,
  rdy_zero: ({ depth, client_count }) =>
    `${messages(depth)}, and none of ${client_count} clients is ready`,
};

function channelWarning(
  { paused, client_count }: ChannelFigures,
  isReady: boolean | undefined,
): ChannelKind | undefined {
  if (paused) return "paused_with_depth";
  if (client_count === 0) return "no_consumer";
  return isReady === false ? "rdy_zero" : undefined;
}

function messages(count: number): string {
  return count === 1 ? "1 message waits" : `${count} messages wait`;
}
