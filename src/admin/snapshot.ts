// The whole cluster at one moment: its nsqlookupds, its nodes, its topics with sums over nodes and channels.
// Plain data; nothing here asks anybody.

import {
  addChannelFigures,
  addTopicFigures,
  type ChannelFigures,
  noChannelFigures,
  noTopicFigures,
  type TopicFigures,
  type TopicSample,
} from "./figures.ts";
import type { JsonObject } from "./json_fields.ts";
import type { Producer } from "./producers.ts";

/** An nsqlookupd. */
export interface LookupdSample {
  readonly address: string;
  /** Why it did not answer; undefined when it did. */
  readonly error: string | undefined;
}

/** An nsqd. */
export interface NodeSample {
  /** `host:port` of its HTTP API. */
  readonly node: string;
  /** What is known of it; undefined where an nsqd of the options did not answer. */
  readonly producer: Producer | undefined;
  /** Why it did not answer; undefined when it did. */
  readonly error: string | undefined;
  /** What nsqlookupds say about reaching it; usually nothing. */
  readonly unreachable: string | undefined;
  /** The top level of its /stats, without topics. */
  readonly page: JsonObject;
  readonly topics: readonly TopicSample[];
  /** How long its /stats was. */
  readonly byteCount: number;
}

/** A topic over all nodes. */
export interface TopicSum {
  readonly name: string;
  readonly figures: TopicFigures;
  readonly channels: ReadonlyMap<string, ChannelFigures>;
  /** All its channels together. */
  readonly channelSum: ChannelFigures;
  /** What waits in the topic and in its channels. */
  readonly totalDepth: number;
  readonly nodeCount: number;
}

/** The cluster at one moment. */
export interface Snapshot {
  /** When it was taken: on the clock that only goes forward, and as unix time, ms. */
  readonly atMs: number;
  readonly wallMs: number;
  /** How long that took. */
  readonly tookMs: number;
  readonly lookupds: readonly LookupdSample[];
  readonly nodes: readonly NodeSample[];
  readonly topics: ReadonlyMap<string, TopicSum>;
}

/** Sums what nodes have; topics that only nsqlookupds know (`names`) are there without figures. */
export function topicSumsOf(
  nodes: readonly NodeSample[],
  names: readonly string[],
): ReadonlyMap<string, TopicSum> {
  const samples = new Map<string, TopicSample[]>(names.map((name) => [name, []]));
  for (const topic of nodes.flatMap(({ topics }) => topics)) {
    const list = samples.get(topic.name);
    if (list === undefined) samples.set(topic.name, [topic]);
    else list.push(topic);
  }
  return new Map([...samples].map(([name, list]) => [name, topicSumOf(name, list)]));
}

/** The same moment with nothing but what one node has. */
export function snapshotOfNode(snapshot: Snapshot, node: string): Snapshot {
  const nodes = snapshot.nodes.filter((one) => one.node === node);
  return { ...snapshot, nodes, topics: topicSumsOf(nodes, []) };
}

/** Sums one topic over nodes. */
export function topicSumOf(name: string, samples: readonly TopicSample[]): TopicSum {
  const figures = noTopicFigures();
  const channels = new Map<string, ChannelFigures>();
  const channelSum = noChannelFigures();
  for (const sample of samples) {
    addTopicFigures(figures, sample.figures);
    for (const [channel, one] of sample.channels) {
      let sum = channels.get(channel);
      if (sum === undefined) channels.set(channel, sum = noChannelFigures());
      addChannelFigures(sum, one);
      addChannelFigures(channelSum, one);
    }
  }
  const totalDepth = figures.depth + channelSum.depth;
  return { name, figures, channels, channelSum, totalDepth, nodeCount: samples.length };
}
