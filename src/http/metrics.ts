// GET /metrics: what a Prometheus server is told. The node as a whole always; topics and channels one by one as many as
// `--metrics-per-channel` allows, those made first. One table for each; names and help follow from it.

import process from "node:process";
import type { BucketCounts } from "../base/duration_counts.ts";
import { VERSION } from "../base/version.ts";
import type { Channel } from "../queue/channel.ts";
import { LATENCY_BOUNDS_MS, type LatencyTotals } from "../queue/latency_counts.ts";
import type { Topic } from "../queue/topic.ts";
import { daemonMetrics } from "../web/daemon_metrics.ts";
import {
  familyHead,
  type Labels,
  type MetricFamily,
  type Metrics,
  type MetricSample,
  metricsText,
  sampleLines,
  single,
} from "../web/metrics_text.ts";
import type { HttpHost } from "./host.ts";
import { type NodeSums, nodeSums } from "./node_sums.ts";
import { TimeSlices } from "./time_slices.ts";

const MS_PER_SECOND = 1000;

interface NodeReading {
  readonly host: HttpHost;
  readonly sums: NodeSums;
  /** Topics and channels that have no samples of their own. */
  readonly leftOut: number;
}

/** A family of which each topic, or each channel, has a sample; undefined where it has none. */
interface Each<Subject> extends MetricFamily {
  readonly value: (subject: Subject, host: HttpHost) => number | BucketCounts | undefined;
}

const nodeMetrics: Metrics<NodeReading> = {
  nsqd_info: {
    type: "gauge",
    help: "always 1; what runs",
    samples: () => [[{ version: VERSION, deno: Deno.version.deno }, 1]],
  },
  nsqd_start_time_seconds: {
    type: "gauge",
    help: "when it started, since the Unix epoch",
    samples: ({ host }) => single(Math.floor(host.startWallMs) / MS_PER_SECOND),
  },
  nsqd_healthy: {
    type: "gauge",
    help: "1 while /ping says OK",
    samples: ({ host }) => single(host.health === "OK" ? 1 : 0),
  },
  nsqd_topics: {
    type: "gauge",
    help: "topics there are",
    samples: ({ host }) => single(host.topics.all.size),
  },
  nsqd_channels: {
    type: "gauge",
    help: "channels there are",
    samples: ({ sums }) => single(sums.channels),
  },
  nsqd_messages_total: {
    type: "counter",
    help: "messages accepted",
    samples: ({ sums }) => single(sums.messages),
  },
  nsqd_message_bytes_total: {
    type: "counter",
    help: "bytes of the bodies of messages accepted",
    samples: ({ sums }) => single(sums.messageBytes),
  },
  nsqd_depth: {
    type: "gauge",
    help: "messages that wait, in topics and channels",
    samples: ({ sums }) => single(sums.depth),
  },
  nsqd_in_flight: {
    type: "gauge",
    help: "messages given to consumers and not answered for",
    samples: ({ sums }) => single(sums.inFlight),
  },
  nsqd_deferred: {
    type: "gauge",
    help: "messages that wait for their time",
    samples: ({ sums }) => single(sums.deferred),
  },
  nsqd_requeues_total: {
    type: "counter",
    help: "messages given back by consumers",
    samples: ({ sums }) => single(sums.requeues),
  },
  nsqd_timeouts_total: {
    type: "counter",
    help: "messages whose consumer did not answer in time",
    samples: ({ sums }) => single(sums.timeouts),
  },
  nsqd_oldest_message_age_seconds: {
    type: "gauge",
    help: "age of the oldest message that waits or is in flight and is not deferred",
    samples: ({ sums }) => single(sums.oldestAgeMs / MS_PER_SECOND),
  },
  nsqd_latency_seconds: {
    type: "histogram",
    help: "time from publishing to FIN, of one message in sixteen of large batches",
    samples: ({ sums }) => single(sums.latency),
  },
  nsqd_clients: {
    type: "gauge",
    help: "connected clients of the TCP protocol",
    samples: ({ host }) => single(host.clientCount),
  },
  nsqd_http_consumers: {
    type: "gauge",
    help: "consumers over HTTP; all who poll a channel alike are one",
    samples: ({ host }) => single(host.httpConsumers.count),
  },
  nsqd_log_bytes: {
    type: "gauge",
    help: "bytes of the logs of all topics on disk",
    samples: ({ sums }) => single(sums.logBytes),
  },
  nsqd_log_damage_total: {
    type: "counter",
    help: "damaged places found in logs",
    samples: ({ sums }) => single(sums.damage),
  },
  nsqd_log_sync_seconds: {
    type: "histogram",
    help: "how long it took to make a log safe from a power cut",
    samples: ({ host }) => single(host.syncs.totals),
  },
  nsqd_disk_free_bytes: {
    type: "gauge",
    help: "free bytes of the disk with the data path",
    samples: ({ host }) => single(host.disk().freeBytes ?? NaN),
  },
  nsqd_disk_full: {
    type: "gauge",
    help: "1 while messages are refused because the disk is short of space",
    samples: ({ host }) => single(host.disk().refusal === undefined ? 0 : 1),
  },
  nsqd_gc_runs_total: {
    type: "counter",
    help: "garbage collections since somebody first asked",
    samples: ({ host }) => gcSamples(host, ({ count }) => count),
  },
  nsqd_gc_seconds_total: {
    type: "counter",
    help: "time spent in them",
    samples: ({ host }) => gcSamples(host, ({ pausesMs }) => pausesMs / MS_PER_SECOND),
  },
  nsqd_heap_used_bytes: {
    type: "gauge",
    help: "heap of the process in use",
    samples: () => single(Deno.memoryUsage().heapUsed),
  },
  nsqd_external_memory_bytes: {
    type: "gauge",
    help: "buffers outside the heap, where messages are",
    samples: () => single(Deno.memoryUsage().external),
  },
  process_cpu_seconds_total: {
    type: "counter",
    help: "time of processors, all threads",
    samples: () => {
      const { user, system } = process.cpuUsage();
      return single((user + system) / 1e6);
    },
  },
  nsqd_history_series: {
    type: "gauge",
    help: "topics and channels of which the last hour is kept",
    samples: ({ host }) => single(host.history.seriesCount),
  },
  nsqd_metrics_left_out: {
    type: "gauge",
    help: "topics and channels beyond --metrics-per-channel, which have no samples of their own",
    samples: ({ leftOut }) => single(leftOut),
  },
};

const topicMetrics: Readonly<Record<string, Each<Topic>>> = {
  nsqd_topic_messages_total: {
    type: "counter",
    help: "messages accepted",
    value: ({ messageCount }) => messageCount,
  },
  nsqd_topic_message_bytes_total: {
    type: "counter",
    help: "bytes of the bodies of messages accepted",
    value: ({ messageBytes }) => messageBytes,
  },
  nsqd_topic_depth: {
    type: "gauge",
    help: "messages that no channel was given yet",
    value: ({ depth }) => depth,
  },
  nsqd_topic_backend_depth: {
    type: "gauge",
    help: "the part of the depth beyond the memory window",
    value: ({ backendDepth }) => backendDepth,
  },
  nsqd_topic_paused: {
    type: "gauge",
    help: "1 while messages are held back from the channels",
    value: ({ isPaused }) => Number(isPaused),
  },
  nsqd_topic_log_bytes: {
    type: "gauge",
    help: "bytes of the log on disk",
    value: ({ log }) => log.byteSize,
  },
  nsqd_topic_oldest_message_age_seconds: {
    type: "gauge",
    help: "age of the oldest message that no channel was given and that is not deferred",
    value: (topic, { history, clock }) => seconds(history.ages.ofTopic(topic, clock.wallMs())),
  },
};

const channelMetrics: Readonly<Record<string, Each<Channel>>> = {
  nsqd_channel_messages_total: {
    type: "counter",
    help: "messages received from the topic",
    value: ({ counters }) => counters.messageCount,
  },
  nsqd_channel_depth: { type: "gauge", help: "messages that wait", value: ({ depth }) => depth },
  nsqd_channel_backend_depth: {
    type: "gauge",
    help: "the part of the depth beyond the memory window",
    value: ({ backendDepth }) => backendDepth,
  },
  nsqd_channel_in_flight: {
    type: "gauge",
    help: "messages given to consumers and not answered for",
    value: ({ inFlightCount }) => inFlightCount,
  },
  nsqd_channel_deferred: {
    type: "gauge",
    help: "messages that wait for their time",
    value: ({ deferredCount }) => deferredCount,
  },
  nsqd_channel_requeues_total: {
    type: "counter",
    help: "messages given back by consumers",
    value: ({ counters }) => counters.requeueCount,
  },
  nsqd_channel_timeouts_total: {
    type: "counter",
    help: "messages whose consumer did not answer in time",
    value: ({ counters }) => counters.timeoutCount,
  },
  nsqd_channel_clients: {
    type: "gauge",
    help: "connected consumers",
    value: ({ consumers }) => consumers.size,
  },
  nsqd_channel_ready: {
    type: "gauge",
    help: "messages that its consumers would take in flight together (RDY)",
    value: ({ consumers }) => {
      let ready = 0;
      for (const { readyCount } of consumers) ready += readyCount;
      return ready;
    },
  },
  nsqd_channel_paused: {
    type: "gauge",
    help: "1 while deliveries are stopped",
    value: ({ isPaused }) => Number(isPaused),
  },
  nsqd_channel_oldest_message_age_seconds: {
    type: "gauge",
    help: "age of the oldest message that waits or is in flight and is not deferred",
    value: (channel, { history, clock }) =>
      seconds(history.ages.ofChannel(channel, clock.wallMs())),
  },
  nsqd_channel_latency_seconds: {
    type: "histogram",
    help: "time from publishing to FIN, of one message in sixteen of large batches",
    value: ({ counters }) => latencyCounts(counters.latency.totals),
  },
};

/** There is no message whose age it could be: 0 is what one can draw and compare. */
function seconds(ageMs: number): number {
  return Number.isNaN(ageMs) ? 0 : ageMs / MS_PER_SECOND;
}

function latencyCounts(totals: LatencyTotals | undefined): BucketCounts | undefined {
  return totals && { boundsMs: LATENCY_BOUNDS_MS, ...totals };
}

function gcSamples(
  { gc }: HttpHost,
  value: (tally: { count: number; pausesMs: number }) => number,
): MetricSample[] {
  return [...gc.tallies].map(([kind, tally]) => [{ kind }, value(tally)]);
}

/** What has samples of its own. */
interface Chosen {
  readonly topics: readonly Topic[];
  readonly channels: readonly (readonly [topic: Topic, channel: Channel])[];
}

/** The first that were made: which they are does not change from one scrape to the next. */
function chosen({ topics, options }: HttpHost): Chosen {
  const count = options.metricsPerChannel;
  const channels: [Topic, Channel][] = [];
  const first = [...topics.all.values()].slice(0, count);
  for (const topic of first) {
    for (const channel of topic.channels.values()) {
      if (channels.length < count) channels.push([topic, channel]);
    }
  }
  return { topics: first, channels };
}

/** The page. */
export async function nsqdMetrics(host: HttpHost): Promise<string> {
  host.settle();
  const slices = new TimeSlices(host.clock);
  const sums = await nodeSums(host, slices);
  const { topics, channels } = chosen(host);
  const leftOut = host.topics.all.size + sums.channels - topics.length - channels.length;
  const page = [
    metricsText(nodeMetrics, { host, sums, leftOut }),
    metricsText(daemonMetrics("nsqd"), host),
  ];
  const topicSubjects = topics.map((topic) => [{ topic: topic.name }, topic] as const);
  for (const [name, family] of Object.entries(topicMetrics)) {
    page.push(await familyText(host, slices, name, family, topicSubjects));
  }
  const channelSubjects = channels.map(([topic, channel]) =>
    [{ topic: topic.name, channel: channel.name }, channel] as const
  );
  for (const [name, family] of Object.entries(channelMetrics)) {
    page.push(await familyText(host, slices, name, family, channelSubjects));
  }
  return page.join("");
}

/** Nothing when nobody has a sample. */
async function familyText<Subject>(
  host: HttpHost,
  slices: TimeSlices,
  name: string,
  family: Each<Subject>,
  subjects: readonly (readonly [Labels, Subject])[],
): Promise<string> {
  const lines: string[] = [];
  for (const [labels, subject] of subjects) {
    const value = family.value(subject, host);
    if (value !== undefined) lines.push(sampleLines(name, [labels, value]));
    await slices.pause();
  }
  return lines.length === 0 ? "" : familyHead(name, family) + lines.join("");
}
