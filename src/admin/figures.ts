// Figures of topics and channels for the page: what /stats of an nsqd says, a little more of it than upstream's API
// shows, and sums over nodes. What an nsqd does not tell is absent, in sums too.

import { addLatency, type LatencyAggregate, latencyOf, noLatency } from "./latency_aggregate.ts";
import {
  booleanAt,
  type JsonObject,
  numberAt,
  numberIfAny,
  objectsAt,
  textAt,
} from "./json_fields.ts";

/** What topics and channels have. */
export interface Figures {
  depth: number;
  memory_depth: number;
  backend_depth: number;
  message_count: number;
  paused: boolean;
  /** The longest. */
  oldest_age_ms?: number;
  /** Absent where percentiles are not asked for. */
  e2e_processing_latency?: LatencyAggregate;
}

/** A topic, without its channels. */
export interface TopicFigures extends Figures {
  message_bytes?: number;
  log_bytes?: number;
}

/** A channel. */
export interface ChannelFigures extends Figures {
  in_flight_count: number;
  deferred_count: number;
  requeue_count: number;
  timeout_count: number;
  client_count: number;
  requeued_count?: number;
  latency_p50_ms?: number;
  latency_p99_ms?: number;
}

/** A topic of one nsqd. */
export interface TopicSample {
  readonly name: string;
  readonly figures: TopicFigures;
  readonly channels: ReadonlyMap<string, ChannelFigures>;
}

const OPTIONAL_SUMS = ["message_bytes", "log_bytes"] as const;
const CHANNEL_SUMS = [
  "in_flight_count",
  "deferred_count",
  "requeue_count",
  "timeout_count",
  "client_count",
] as const;
const CHANNEL_WORST = ["latency_p50_ms", "latency_p99_ms"] as const;

/** Reads the topics of a /stats. Throws JsonMismatch. */
export function topicSamplesOf(page: JsonObject): readonly TopicSample[] {
  return objectsAt(page, "topics").map((topic) => ({
    name: textAt(topic, "topic_name"),
    figures: {
      ...figuresOf(topic),
      ...present(topic, OPTIONAL_SUMS),
    },
    channels: new Map(
      objectsAt(topic, "channels").map((
        channel,
      ) => [textAt(channel, "channel_name"), channelOf(channel)]),
    ),
  }));
}

function figuresOf(object: JsonObject): Figures {
  const depth = numberAt(object, "depth");
  const backendDepth = numberAt(object, "backend_depth");
  return {
    depth,
    memory_depth: depth - backendDepth,
    backend_depth: backendDepth,
    message_count: numberAt(object, "message_count"),
    paused: booleanAt(object, "paused"),
    ...present(object, ["oldest_age_ms"]),
    ...percentilesOf(object),
  };
}

function percentilesOf(object: JsonObject): Pick<Figures, "e2e_processing_latency"> {
  const latency = latencyOf(object["e2e_processing_latency"]);
  return latency === null || latency.percentiles === null
    ? {}
    : { e2e_processing_latency: latency };
}

function channelOf(object: JsonObject): ChannelFigures {
  return {
    ...figuresOf(object),
    in_flight_count: numberAt(object, "in_flight_count"),
    deferred_count: numberAt(object, "deferred_count"),
    requeue_count: numberAt(object, "requeue_count"),
    timeout_count: numberAt(object, "timeout_count"),
    client_count: numberAt(object, "client_count"),
    ...present(object, ["requeued_count", ...CHANNEL_WORST]),
  };
}

function present<Key extends string>(
  object: JsonObject,
  keys: readonly Key[],
): Partial<Record<Key, number>> {
  const found: Partial<Record<Key, number>> = {};
  for (const key of keys) {
    const value = numberIfAny(object, key);
    if (value !== undefined) found[key] = value;
  }
  return found;
}

/** A topic without figures. */
export function noTopicFigures(): TopicFigures {
  return { depth: 0, memory_depth: 0, backend_depth: 0, message_count: 0, paused: false };
}

/** A channel without figures. */
export function noChannelFigures(): ChannelFigures {
  return {
    ...noTopicFigures(),
    in_flight_count: 0,
    deferred_count: 0,
    requeue_count: 0,
    timeout_count: 0,
    client_count: 0,
  };
}

/** Adds a topic of another node. */
export function addTopicFigures(sum: TopicFigures, one: TopicFigures): void {
  addFigures(sum, one);
  for (const key of OPTIONAL_SUMS) {
    const value = one[key];
    if (value !== undefined) sum[key] = (sum[key] ?? 0) + value;
  }
}

/** Adds a channel of another node. */
export function addChannelFigures(sum: ChannelFigures, one: ChannelFigures): void {
  addFigures(sum, one);
  for (const key of CHANNEL_SUMS) sum[key] += one[key];
  if (one.requeued_count !== undefined) {
    sum.requeued_count = (sum.requeued_count ?? 0) + one.requeued_count;
  }
  for (const key of CHANNEL_WORST) {
    const value = one[key];
    if (value !== undefined) sum[key] = Math.max(sum[key] ?? 0, value);
  }
}

function addFigures(sum: Figures, one: Figures): void {
  sum.depth += one.depth;
  sum.memory_depth += one.memory_depth;
  sum.backend_depth += one.backend_depth;
  sum.message_count += one.message_count;
  sum.paused ||= one.paused;
  if (one.oldest_age_ms !== undefined) {
    sum.oldest_age_ms = Math.max(sum.oldest_age_ms ?? 0, one.oldest_age_ms);
  }
  if (one.e2e_processing_latency !== undefined) {
    sum.e2e_processing_latency ??= noLatency("", "", "*");
    addLatency(sum.e2e_processing_latency, one.e2e_processing_latency);
  }
}
