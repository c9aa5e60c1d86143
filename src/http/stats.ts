// What /stats shows, as plain objects whose keys stand in upstream's order. A broker may have ten thousand topics: they
// are visited one after the other, and the event loop gets its turn in between.

import type { DDSketch } from "@datadog/sketches-js";
import type { Channel } from "../queue/channel.ts";
import type { ClientStats } from "../queue/client_stats.ts";
import { mergeSketches, type Quantile, quantilesOf } from "../queue/latency.ts";
import type { Topic } from "../queue/topic.ts";
import type { HttpHost } from "./host.ts";
import { TimeSlices } from "./time_slices.ts";

/** What of /stats is wanted. */
export interface StatsFilter {
  /** Only this topic; empty is all. */
  topicName: string;
  /** Only channels of this name, and topics that have one; empty is all. */
  channelName: string;
  isWithClients: boolean;
  isWithMemory: boolean;
  /** What upstream's page does not have. */
  isWithMore: boolean;
}

/** The end-to-end latency of a topic or channel. */
export interface LatencyStats {
  count: number;
  /** null when no percentiles were asked for, and for a topic without channels. */
  percentiles: Quantile[] | null;
}

/** A channel as /stats shows it. */
export interface ChannelStats {
  channel_name: string;
  depth: number;
  backend_depth: number;
  in_flight_count: number;
  deferred_count: number;
  message_count: number;
  zone_local_msg_count?: number;
  region_local_msg_count?: number;
  global_msg_count?: number;
  requeue_count: number;
  timeout_count: number;
  client_count: number;
  clients: ClientStats[] | null;
  paused: boolean;
  e2e_processing_latency: LatencyStats;
  /** Ours, where they are asked for: messages of the depth that were delivered before. */
  requeued_count?: number;
  /** Of the oldest message that waits or is in flight; null when there is none. */
  oldest_age_ms?: number | null;
  /** Of the latest whole step of the history; null when nothing was finished in it. */
  latency_p50_ms?: number | null;
  latency_p99_ms?: number | null;
}

/** A topic as /stats shows it. */
export interface TopicStats {
  topic_name: string;
  channels: ChannelStats[];
  depth: number;
  backend_depth: number;
  message_count: number;
  message_bytes: number;
  paused: boolean;
  e2e_processing_latency: LatencyStats;
  /** Ours: damaged places found in its log since the start; not there while there are none. */
  damage_count?: number;
  /** Ours, where they are asked for: of the oldest message no channel was given, null when there is none. */
  oldest_age_ms?: number | null;
  /** Bytes of its log on disk. */
  log_bytes?: number;
}

const NO_LATENCY: LatencyStats = { count: 0, percentiles: null };

/** Whether the filter names a topic that does not exist: then there are no producers either. */
export function isTopicUnknown({ topics }: HttpHost, { topicName }: StatsFilter): boolean {
  return topicName !== "" && topics.get(topicName) === undefined;
}

/** Shows the topics that pass the filter, sorted by name, to `visit`. */
export async function eachTopic(
  host: HttpHost,
  filter: StatsFilter,
  visit: (topic: Topic) => void,
): Promise<void> {
  const slices = new TimeSlices(host.clock);
  host.settle();
  for (const topic of chosenTopics(host, filter)) {
    if (slices.isOver) {
      await slices.rest();
      host.settle();
    }
    if (!topic.isDeleted) visit(topic);
  }
}

function chosenTopics({ topics }: HttpHost, { topicName, channelName }: StatsFilter): Topic[] {
  const named = topicName === "" ? [...topics.all.values()] : [topics.get(topicName)];
  const existing = named.filter((topic) => topic !== undefined);
  const chosen = channelName === ""
    ? existing
    : existing.filter((topic) => topic.channels.has(channelName));
  return chosen.sort(byName);
}

/** Names are ASCII, so this is the order of their bytes. */
function byName(one: { name: string }, other: { name: string }): number {
  return one.name < other.name ? -1 : one.name > other.name ? 1 : 0;
}

/** The channels that pass the filter, sorted by name. */
export function shownChannels(topic: Topic, { channelName }: StatsFilter): Channel[] {
  const channels = [...topic.channels.values()];
  const shown = channelName === "" ? channels : channels.filter(({ name }) => name === channelName);
  return shown.sort(byName);
}

/** A topic with its channels. */
export function topicStats(host: HttpHost, topic: Topic, filter: StatsFilter): TopicStats {
  const shown = shownChannels(topic, filter);
  return {
    topic_name: topic.name,
    channels: shown.map((channel) => channelStats(host, channel, filter)),
    depth: topic.depth,
    backend_depth: topic.backendDepth,
    message_count: topic.messageCount,
    message_bytes: topic.messageBytes,
    paused: topic.isPaused,
    e2e_processing_latency: latencyStats(host, [...topic.channels.values()]),
    ...unlessZero("damage_count", topic.log.damageCount),
    ...filter.isWithMore && moreOfTopic(host, topic),
  };
}

function channelStats(host: HttpHost, channel: Channel, filter: StatsFilter): ChannelStats {
  const { counters, consumers } = channel;
  return {
    channel_name: channel.name,
    depth: channel.depth,
    backend_depth: channel.backendDepth,
    in_flight_count: channel.inFlightCount,
    deferred_count: channel.deferredCount,
    message_count: counters.messageCount,
    ...unlessZero("zone_local_msg_count", counters.zoneLocalCount),
    ...unlessZero("region_local_msg_count", counters.regionLocalCount),
    ...unlessZero("global_msg_count", counters.globalCount),
    requeue_count: counters.requeueCount,
    timeout_count: counters.timeoutCount,
    client_count: consumers.size,
    clients: filter.isWithClients ? clientsOf(channel, filter) : null,
    paused: channel.isPaused,
    e2e_processing_latency: latencyStats(host, [channel]),
    ...filter.isWithMore && moreOfChannel(host, channel),
  };
}

function moreOfTopic({ history, clock }: HttpHost, topic: Topic) {
  return {
    oldest_age_ms: orNull(history.ages.ofTopic(topic, clock.wallMs())),
    log_bytes: topic.log.byteSize,
  };
}

function moreOfChannel({ history, clock }: HttpHost, channel: Channel) {
  const { p50Ms, p99Ms } = channel.counters.latency.latest;
  return {
    requeued_count: channel.view.requeuedCount,
    oldest_age_ms: orNull(history.ages.ofChannel(channel, clock.wallMs())),
    latency_p50_ms: orNull(p50Ms),
    latency_p99_ms: orNull(p99Ms),
  };
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : Math.round(value * 1000) / 1000;
}

function unlessZero<Name extends string>(name: Name, count: number): { [name in Name]?: number } {
  return count === 0 ? {} : { [name]: count } as { [name in Name]: number };
}

/** The consumers of a channel. */
export function clientsOf(channel: Channel, filter: StatsFilter): ClientStats[] {
  return [...channel.consumers].map((consumer) => shown(consumer.sink.describe(), filter));
}

/** The clients that have published, or null when there are none or none are wanted. */
export function producersOf(host: HttpHost, filter: StatsFilter): ClientStats[] | null {
  if (!filter.isWithClients || isTopicUnknown(host, filter)) return null;
  const producers = [...host.producers()].map((client) => shown(client, filter));
  return producers.length === 0 ? null : producers;
}

/** Upstream shows at most one of the topics a client published to: the one asked for, else any [quirk]. */
function shown(client: ClientStats, { topicName }: StatsFilter): ClientStats {
  if (client.pub_counts === undefined) return client;
  const wanted = client.pub_counts.filter(({ topic }) => topicName === "" || topic === topicName);
  const [first] = wanted;
  if (first !== undefined) return { ...client, pub_counts: [first] };
  const { pub_counts: _, ...rest } = client;
  return rest;
}

/** The latency of channels together. */
export function latencyStats(
  { options, clock }: HttpHost,
  channels: readonly Channel[],
): LatencyStats {
  const quantiles = options.e2eProcessingLatencyPercentile;
  if (quantiles.length === 0) return NO_LATENCY;
  const nowMs = clock.nowMs();
  const sketches: DDSketch[] = [];
  for (const { latency } of channels) if (latency) sketches.push(latency.merged(nowMs));
  const [first] = sketches;
  if (first === undefined) return NO_LATENCY;
  const all = sketches.length === 1 ? first : mergeSketches(sketches);
  return { count: all.count, percentiles: quantilesOf(all, quantiles) };
}
