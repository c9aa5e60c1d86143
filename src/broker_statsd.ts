// The broker's reports to statsd: figures of topics and channels under upstream's names, counters as what was added since
// the report before. Where they go to is the port's business.

import type { BrokerFace } from "./broker_face.ts";
import { memoryFigures } from "./http/memory_figures.ts";
import {
  type ChannelStats,
  eachTopic,
  type LatencyStats,
  type StatsFilter,
  type TopicStats,
  topicStats,
} from "./http/stats.ts";
import { packed } from "./statsd/packets.ts";
import type { StatsdPort } from "./statsd/statsd_port.ts";
import { isEphemeralName } from "./wire/names.ts";

/** The last second of the interval stays free, as with upstream. */
const FREE_MS = 1000;

/** All topics and channels, as upstream's page has them. */
const EVERYTHING: StatsFilter = {
  topicName: "",
  channelName: "",
  isWithClients: false,
  isWithMemory: false,
  isWithMore: false,
};

/** A figure: a counter that only grows, or what is there now. */
type StatsdFigure = readonly [name: string, kind: "c" | "g", value: number];

/** Reports until it is stopped. */
export class BrokerStatsd {
  readonly #face: BrokerFace;
  readonly #port: StatsdPort;
  readonly #timer: ReturnType<typeof setInterval>;
  /** What counters said in the report before, by their names. */
  #counted = new Map<string, number>();

  /** Begins, when the options name a server. The first report leaves after one interval. */
  constructor(face: BrokerFace, port: StatsdPort) {
    this.#face = face;
    this.#port = port;
    this.#timer = setInterval(() => void this.#report(), face.options.statsdInterval);
    Deno.unrefTimer(this.#timer);
    if (face.options.statsdMemStats) void face.gc.tallies;
  }

  async #report(): Promise<void> {
    const { options } = this.#face;
    const lines = await this.#lines();
    this.#port.send({
      address: options.statsdAddress,
      packets: packed(lines, options.statsdUdpPacketSize),
      spreadMs: options.statsdInterval - FREE_MS,
    });
  }

  async #lines(): Promise<string[]> {
    const { statsdPrefix, statsdExcludeEphemeral, statsdMemStats } = this.#face.options;
    const counted = new Map<string, number>();
    const lines: string[] = [];
    const take = ([name, kind, value]: StatsdFigure) => {
      const before = this.#counted.get(name) ?? 0;
      if (kind === "c") counted.set(name, value);
      // One that was made anew counts from 0.
      const shown = kind === "g" ? value : value < before ? value : value - before;
      lines.push(`${statsdPrefix}${name}:${shown}|${kind}\n`);
    };
    const isLeftOut = (name: string) => statsdExcludeEphemeral && isEphemeralName(name);
    await eachTopic(this.#face, EVERYTHING, (each) => {
      if (isLeftOut(each.name)) return;
      const topic = topicStats(this.#face, each, EVERYTHING);
      for (const figure of topicFigures(topic)) take(figure);
      for (const channel of topic.channels) {
        if (isLeftOut(channel.channel_name)) continue;
        for (const figure of channelFigures(topic.topic_name, channel)) take(figure);
      }
    });
    if (statsdMemStats) { for (const figure of this.#memory()) take(figure); }
    this.#counted = counted;
    return lines;
  }

  #memory(): StatsdFigure[] {
    const { gc } = this.#face;
    void gc.tallies;
    const { gc_total_runs: runs, ...gauges } = memoryFigures(gc);
    return [
      ...Object.entries(gauges).map(([name, value]) => [`mem.${name}`, "g", value] as const),
      ["mem.gc_runs", "c", runs],
    ];
  }

  /** Ends it. */
  stop(): void {
    clearInterval(this.#timer);
    this.#port.close();
  }
}

function topicFigures(topic: TopicStats): StatsdFigure[] {
  const key = `topic.${topic.topic_name}`;
  return [
    [`${key}.message_count`, "c", topic.message_count],
    [`${key}.message_bytes`, "c", topic.message_bytes],
    [`${key}.depth`, "g", topic.depth],
    [`${key}.backend_depth`, "g", topic.backend_depth],
    ...latencyFigures(key, topic.e2e_processing_latency),
  ];
}

function channelFigures(topicName: string, channel: ChannelStats): StatsdFigure[] {
  const key = `topic.${topicName}.channel.${channel.channel_name}`;
  return [
    [`${key}.message_count`, "c", channel.message_count],
    [`${key}.depth`, "g", channel.depth],
    [`${key}.backend_depth`, "g", channel.backend_depth],
    [`${key}.in_flight_count`, "g", channel.in_flight_count],
    [`${key}.deferred_count`, "g", channel.deferred_count],
    [`${key}.requeue_count`, "c", channel.requeue_count],
    [`${key}.timeout_count`, "c", channel.timeout_count],
    [`${key}.clients`, "g", channel.client_count],
    ...latencyFigures(key, channel.e2e_processing_latency),
  ];
}

function latencyFigures(key: string, { percentiles }: LatencyStats): StatsdFigure[] {
  return (percentiles ?? []).map(({ quantile, value }) =>
    [`${key}.e2e_processing_latency_${percentText(quantile)}`, "g", value] as const
  );
}

/** Whole percents, as Go rounds them: a half goes to the even neighbour. */
function percentText(quantile: number): string {
  const percent = quantile * 100;
  const rounded = Math.round(percent);
  const isHalf = percent % 1 === 0.5;
  return String(isHalf && rounded % 2 === 1 ? rounded - 1 : rounded);
}
