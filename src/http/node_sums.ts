// Sums over all topics and channels, for those who look at the node as a whole. What was counted before something was
// deleted stays counted.

import type { BucketCounts } from "../base/duration_counts.ts";
import type { Channel } from "../queue/channel.ts";
import { LATENCY_BOUNDS_MS } from "../queue/latency_counts.ts";
import type { Topic } from "../queue/topic.ts";
import type { HttpHost } from "./host.ts";
import type { TimeSlices } from "./time_slices.ts";

/** Sums of a node. */
export interface NodeSums {
  channels: number;
  messages: number;
  messageBytes: number;
  depth: number;
  inFlight: number;
  deferred: number;
  requeues: number;
  timeouts: number;
  /** Of the oldest message anywhere that is not deferred; 0 when there is none. */
  oldestAgeMs: number;
  logBytes: number;
  /** Damaged places in logs. */
  damage: number;
  readonly latency: BucketCounts;
}

/** Adds up all there is, letting others have a turn in between. */
export async function nodeSums(host: HttpHost, slices: TimeSlices): Promise<NodeSums> {
  const { retired } = host.topics;
  const { messages, messageBytes, requeues, timeouts } = retired;
  const latency = {
    boundsMs: LATENCY_BOUNDS_MS,
    cumulative: [...LATENCY_BOUNDS_MS, 0].map((_, index) => retired.latencies[index] ?? 0),
    sumMs: retired.latencySumMs,
  };
  const nothing = { channels: 0, depth: 0, inFlight: 0, deferred: 0, oldestAgeMs: 0 };
  const counted = { messages, messageBytes, requeues, timeouts, logBytes: 0, damage: 0 };
  const sums = { ...nothing, ...counted, latency };
  for (const topic of host.topics.all.values()) {
    addTopic(host, sums, topic);
    for (const channel of topic.channels.values()) addChannel(host, sums, channel);
    await slices.pause();
  }
  return sums;
}

function addTopic({ history, clock }: HttpHost, sums: NodeSums, topic: Topic): void {
  const deferred = topic.deferred.length;
  sums.messages += topic.messageCount;
  sums.messageBytes += topic.messageBytes;
  sums.depth += topic.depth - deferred;
  sums.deferred += deferred;
  sums.logBytes += topic.log.byteSize;
  sums.damage += topic.log.damageCount;
  sums.oldestAgeMs = older(sums.oldestAgeMs, history.ages.ofTopic(topic, clock.wallMs()));
}

function addChannel(
  { history, clock }: HttpHost,
  sums: NodeSums & { latency: { cumulative: number[]; sumMs: number } },
  channel: Channel,
): void {
  const { counters } = channel;
  sums.channels++;
  sums.depth += channel.depth;
  sums.inFlight += channel.inFlightCount;
  sums.deferred += channel.deferredCount;
  sums.requeues += counters.requeueCount;
  sums.timeouts += counters.timeoutCount;
  sums.oldestAgeMs = older(sums.oldestAgeMs, history.ages.ofChannel(channel, clock.wallMs()));
  const { totals } = counters.latency;
  if (totals === undefined) return;
  totals.cumulative.forEach((count, index) => sums.latency.cumulative[index]! += count);
  sums.latency.sumMs += totals.sumMs;
}

function older(oneMs: number, otherMs: number): number {
  return Number.isNaN(otherMs) ? oneMs : Math.max(oneMs, otherMs);
}
