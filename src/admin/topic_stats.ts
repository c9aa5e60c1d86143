// The figures of topics, channels and clients as the API shows them, for one nsqd and summed over several. Field names
// and their order are the API's; what is left out when it is zero or empty is undefined.

import { booleanAt, type JsonObject, numberAt, objectsAt, textAt } from "./json_fields.ts";
import { addLatency, type LatencyAggregate, latencyOf, noLatency } from "./latency_aggregate.ts";
import { byText, nodeOf, type Producer } from "./producers.ts";

/** A client of a channel. */
export interface ClientStats {
  readonly node: string;
  readonly remote_address: string;
  readonly version: string;
  readonly client_id: string;
  readonly hostname: string;
  readonly user_agent: string;
  readonly connect_ts: number;
  /** Since when, ns, in whole seconds. */
  readonly connected: number;
  readonly in_flight_count: number;
  readonly ready_count: number;
  readonly finish_count: number;
  readonly requeue_count: number;
  readonly message_count: number;
  readonly sample_rate: number;
  readonly deflate: boolean;
  readonly snappy: boolean;
  readonly authed: boolean;
  readonly auth_identity: string;
  readonly auth_identity_url: string;
  readonly node_topology_region: string | undefined;
  readonly node_topology_zone: string | undefined;
  readonly topology_region: string | undefined;
  readonly topology_zone: string | undefined;
  readonly tls: boolean;
  readonly tls_cipher_suite: string;
  readonly tls_version: string;
  readonly tls_negotiated_protocol: string;
  readonly tls_negotiated_protocol_is_mutual: boolean;
}

/** A channel. */
export interface ChannelStats {
  /** The nsqd; `*` for a sum. */
  node: string;
  readonly hostname: string;
  readonly topic_name: string;
  readonly channel_name: string;
  depth: number;
  memory_depth: number;
  backend_depth: number;
  in_flight_count: number;
  deferred_count: number;
  requeue_count: number;
  timeout_count: number;
  message_count: number;
  delivery_msg_count: number | undefined;
  zone_local_msg_count: number | undefined;
  region_local_msg_count: number | undefined;
  global_msg_count: number | undefined;
  client_count: number;
  nodes: ChannelStats[] | null;
  clients: ClientStats[] | null;
  paused: boolean;
  e2e_processing_latency: LatencyAggregate | null;
}

/** A topic. */
export interface TopicStats {
  /** The nsqd; `*` for a sum. */
  node: string;
  readonly hostname: string;
  readonly topic_name: string;
  depth: number;
  memory_depth: number;
  backend_depth: number;
  message_count: number;
  delivery_msg_count: number;
  zone_local_msg_count: number | undefined;
  region_local_msg_count: number | undefined;
  global_msg_count: number | undefined;
  nodes: TopicStats[] | null;
  channels: ChannelStats[] | null;
  paused: boolean;
  e2e_processing_latency: LatencyAggregate | null;
}

const CHANNEL_SUMS = [
  "depth",
  "memory_depth",
  "backend_depth",
  "in_flight_count",
  "deferred_count",
  "requeue_count",
  "timeout_count",
  "message_count",
  "client_count",
] as const satisfies readonly (keyof ChannelStats)[];
const TOPIC_SUMS = [
  "depth",
  "memory_depth",
  "backend_depth",
  "message_count",
  "delivery_msg_count",
] as const satisfies readonly (keyof TopicStats)[];
const DELIVERY_SUMS = [
  "zone_local_msg_count",
  "region_local_msg_count",
  "global_msg_count",
] as const satisfies readonly (keyof ChannelStats & keyof TopicStats)[];

/** A topic without figures, for sums. */
export function noTopicStats(topic: string): TopicStats {
  return {
    node: "",
    hostname: "",
    topic_name: topic,
    depth: 0,
    memory_depth: 0,
    backend_depth: 0,
    message_count: 0,
    delivery_msg_count: 0,
    zone_local_msg_count: undefined,
    region_local_msg_count: undefined,
    global_msg_count: undefined,
    nodes: null,
    channels: null,
    paused: false,
    e2e_processing_latency: null,
  };
}

/** A channel without figures, for sums. */
export function noChannelStats(topic: string, channel: string, node: string): ChannelStats {
  return {
    node,
    hostname: "",
    topic_name: topic,
    channel_name: channel,
    depth: 0,
    memory_depth: 0,
    backend_depth: 0,
    in_flight_count: 0,
    deferred_count: 0,
    requeue_count: 0,
    timeout_count: 0,
    message_count: 0,
    delivery_msg_count: undefined,
    zone_local_msg_count: undefined,
    region_local_msg_count: undefined,
    global_msg_count: undefined,
    client_count: 0,
    nodes: null,
    clients: null,
    paused: false,
    e2e_processing_latency: null,
  };
}

/** Reads a topic out of an nsqd's /stats. `wallMs` is now. Throws JsonMismatch. */
export function topicStatsOf(object: JsonObject, producer: Producer, wallMs: number): TopicStats {
  const topic = textAt(object, "topic_name");
  const depth = numberAt(object, "depth");
  const backendDepth = numberAt(object, "backend_depth");
  const deliveries = deliveriesOf(object);
  return {
    ...noTopicStats(topic),
    node: nodeOf(producer),
    hostname: producer.hostname,
    depth,
    memory_depth: depth - backendDepth,
    backend_depth: backendDepth,
    message_count: numberAt(object, "message_count"),
    ...deliveries,
    delivery_msg_count: deliveries.delivery_msg_count ?? 0,
    channels: (object["channels"] ?? null) === null
      ? null
      : objectsAt(object, "channels").map((channel) =>
        channelStatsOf(channel, topic, producer, wallMs)
      ),
    paused: booleanAt(object, "paused"),
    e2e_processing_latency: latencyOf(object["e2e_processing_latency"]),
  };
}

function channelStatsOf(
  object: JsonObject,
  topic: string,
  producer: Producer,
  wallMs: number,
): ChannelStats {
  const depth = numberAt(object, "depth");
  const backendDepth = numberAt(object, "backend_depth");
  return {
    ...noChannelStats(topic, textAt(object, "channel_name"), nodeOf(producer)),
    hostname: producer.hostname,
    depth,
    memory_depth: depth - backendDepth,
    backend_depth: backendDepth,
    in_flight_count: numberAt(object, "in_flight_count"),
    deferred_count: numberAt(object, "deferred_count"),
    requeue_count: numberAt(object, "requeue_count"),
    timeout_count: numberAt(object, "timeout_count"),
    message_count: numberAt(object, "message_count"),
    ...deliveriesOf(object),
    client_count: numberAt(object, "client_count"),
    clients: (object["clients"] ?? null) === null
      ? null
      : objectsAt(object, "clients").map((client) => clientStatsOf(client, producer, wallMs)),
    paused: booleanAt(object, "paused"),
    e2e_processing_latency: latencyOf(object["e2e_processing_latency"]),
  };
}

function deliveriesOf(object: JsonObject) {
  const zone = numberAt(object, "zone_local_msg_count");
  const region = numberAt(object, "region_local_msg_count");
  const global = numberAt(object, "global_msg_count");
  return {
    delivery_msg_count: zone + region + global || undefined,
    zone_local_msg_count: zone || undefined,
    region_local_msg_count: region || undefined,
    global_msg_count: global || undefined,
  };
}

function clientStatsOf(object: JsonObject, producer: Producer, wallMs: number): ClientStats {
  const connectTs = numberAt(object, "connect_ts");
  return {
    node: nodeOf(producer),
    remote_address: textAt(object, "remote_address"),
    version: textAt(object, "version"),
    client_id: textAt(object, "client_id"),
    hostname: textAt(object, "hostname"),
    user_agent: textAt(object, "user_agent"),
    connect_ts: connectTs,
    connected: (Math.floor(wallMs / 1000) - connectTs) * 1e9,
    in_flight_count: numberAt(object, "in_flight_count"),
    ready_count: numberAt(object, "ready_count"),
    finish_count: numberAt(object, "finish_count"),
    requeue_count: numberAt(object, "requeue_count"),
    message_count: numberAt(object, "message_count"),
    sample_rate: numberAt(object, "sample_rate"),
    deflate: booleanAt(object, "deflate"),
    snappy: booleanAt(object, "snappy"),
    authed: booleanAt(object, "authed"),
    auth_identity: textAt(object, "auth_identity"),
    auth_identity_url: textAt(object, "auth_identity_url"),
    node_topology_region: producer.topology_region,
    node_topology_zone: producer.topology_zone,
    topology_region: textAt(object, "topology_region") || undefined,
    topology_zone: textAt(object, "topology_zone") || undefined,
    tls: booleanAt(object, "tls"),
    tls_cipher_suite: textAt(object, "tls_cipher_suite"),
    tls_version: textAt(object, "tls_version"),
    tls_negotiated_protocol: textAt(object, "tls_negotiated_protocol"),
    tls_negotiated_protocol_is_mutual: booleanAt(object, "tls_negotiated_protocol_is_mutual"),
  };
}

/**
 * Adds a node's topic to a sum. As in upstream the sum's channels are the very objects of the first node that has them,
 * which therefore show the sum there, too: clients of the API may have got used to it.
 */
export function addTopic(sum: TopicStats, one: TopicStats): void {
  sum.node = "*";
  for (const key of TOPIC_SUMS) sum[key] += one[key];
  for (const key of DELIVERY_SUMS) sum[key] = plus(sum[key], one[key]);
  sum.paused ||= one.paused;
  for (const channel of one.channels ?? []) {
    const same = sum.channels?.find(({ channel_name }) => channel_name === channel.channel_name);
    if (same !== undefined) addChannel(same, channel);
    else (sum.channels ??= []).push(channel);
  }
  (sum.nodes ??= []).push(one);
  sum.nodes.sort(byHostname);
  addLatency(
    sum.e2e_processing_latency ??= noLatency(sum.topic_name, "", sum.node),
    one.e2e_processing_latency,
  );
}

/** Adds a node's channel to a sum. */
export function addChannel(sum: ChannelStats, one: ChannelStats): void {
  sum.node = "*";
  for (const key of CHANNEL_SUMS) sum[key] += one[key];
  for (const key of DELIVERY_SUMS) sum[key] = plus(sum[key], one[key]);
  sum.delivery_msg_count = plus(sum.delivery_msg_count, one.delivery_msg_count);
  sum.paused ||= one.paused;
  (sum.nodes ??= []).push(one);
  sum.nodes.sort(byHostname);
  sum.e2e_processing_latency ??= noLatency(sum.topic_name, sum.channel_name, sum.node);
  addLatency(sum.e2e_processing_latency, one.e2e_processing_latency);
  if (one.clients !== null && one.clients.length > 0) {
    sum.clients = [...sum.clients ?? [], ...one.clients].sort(byHostname);
  }
}

function plus(one: number | undefined, other: number | undefined): number | undefined {
  return (one ?? 0) + (other ?? 0) || undefined;
}

/** The order of nodes and clients. */
export function byHostname(one: { hostname: string }, other: { hostname: string }): number {
  return byText(one.hostname, other.hostname);
}

/** The order of clients in the API: by node, and there the nearest first. */
export function byNearness(one: ClientStats, other: ClientStats): number {
  if (one.node !== other.node) return byText(one.node, other.node);
  const difference = distance(one) - distance(other);
  if (difference !== 0) return difference;
  return byText(one.topology_region ?? "", other.topology_region ?? "") ||
    byText(one.topology_zone ?? "", other.topology_zone ?? "");
}

/** 0 in the zone of the node, 1 in its region, 2 elsewhere. */
function distance(client: ClientStats): number {
  if (client.topology_region !== client.node_topology_region) return 2;
  return client.topology_zone === client.node_topology_zone ? 0 : 1;
}
