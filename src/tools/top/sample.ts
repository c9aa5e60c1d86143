// What all nsqds said at two moments becomes rows: a line of a table each, added up over nsqds, with rates in between.
// Pure. Invariant: a rate counts only nsqds that answered both times and were not started anew meanwhile.

import type { ChannelStats, ClientFigures, NsqdStats, TopicStats } from "../cluster/nsqd_stats.ts";

/** What was said at a moment. */
export interface Sample {
  /** On a clock that only goes forward. */
  readonly atMs: number;
  /** By address. */
  readonly nsqds: ReadonlyMap<string, NsqdStats>;
}

const NOTHING = {
  depth: 0,
  inFlight: 0,
  deferred: 0,
  requeued: 0,
  timedOut: 0,
  messages: 0,
  clients: 0,
};

type Sums = Readonly<typeof NOTHING>;

/** A line of any of the tables; what a table has no use for is 0 or empty. */
export interface Row extends Sums {
  /** Tells rows of a table apart over time. */
  readonly key: string;
  readonly topic: string;
  readonly channel: string;
  readonly node: string;
  /** Messages a second that came; undefined before there is a second sample. */
  readonly inRate: number | undefined;
  /** Messages a second that were finished. */
  readonly outRate: number | undefined;
  /** Undefined where no nsqd says. */
  readonly oldestAgeMs: number | undefined;
  readonly state: string;
  readonly client?: ClientFigures;
}

/** A queue of one nsqd: a channel, or what a topic has not passed on. */
interface Part extends Sums {
  readonly node: string;
  readonly topic: string;
  /** Empty for a topic's own part. */
  readonly channel: string;
  readonly oldestAgeMs: number | undefined;
  readonly isPaused: boolean;
  readonly rates?: { readonly inRate: number; readonly outRate: number };
}

/** A row for each channel, and for each topic that has none or holds messages back. */
export function channelRows(before: Sample | undefined, now: Sample): Row[] {
  const parts = partsOf(before, now);
  const served = new Set(parts.filter(({ channel }) => channel !== "").map(({ topic }) => topic));
  const shown = parts.filter((part) =>
    part.channel !== "" || part.depth > 0 || !served.has(part.topic)
  );
  return grouped(shown, ({ topic, channel }) => `${topic} ${channel}`);
}

/** A row for each topic: what waits in it and in all its channels. */
export function topicRows(before: Sample | undefined, now: Sample): Row[] {
  return grouped(partsOf(before, now).map(countedOnce), ({ topic }) => topic);
}

/** A row for each nsqd. */
export function nodeRows(before: Sample | undefined, now: Sample): Row[] {
  const rows = grouped(partsOf(before, now).map(countedOnce), ({ node }) => node);
  return [...now.nsqds].map(([node, { version, health }]) => {
    const row = rows.find((each) => each.node === node) ?? emptyRow(node);
    return { ...row, state: `${version} ${health}`.trim() };
  });
}

/** A row for each consumer of a channel, of documents that show clients. */
export function clientRows(now: Sample, topic: string, channel: string): Row[] {
  const rows: Row[] = [];
  for (const [node, stats] of now.nsqds) {
    const found = stats.topics.find(({ name }) => name === topic)?.channels
      .find(({ name }) => name === channel);
    for (const client of found?.clients ?? []) {
      const { inFlight, requeued, messages, address } = client;
      const names = { key: `${node} ${address}`, topic, channel };
      rows.push({ ...emptyRow(node), ...names, inFlight, requeued, messages, client });
    }
  }
  return rows;
}

/** What the head of the page says of everything. */
export function totalsOf(before: Sample | undefined, now: Sample): Row {
  return grouped(partsOf(before, now).map(countedOnce), () => "")[0] ?? emptyRow("");
}

function emptyRow(node: string): Row {
  const unknown = { inRate: undefined, outRate: undefined, oldestAgeMs: undefined };
  return { key: node, topic: "", channel: "", node, ...NOTHING, ...unknown, state: "" };
}

function partsOf(before: Sample | undefined, now: Sample): Part[] {
  const past = new Map(partsAt(before).map((part) => [placeOf(part), part]));
  return partsAt(now).map((part) => {
    const rates = ratesOf(part, past.get(placeOf(part)), before, now);
    return rates === undefined ? part : { ...part, rates };
  });
}

function partsAt(sample: Sample | undefined): Part[] {
  const parts: Part[] = [];
  for (const [node, { topics }] of sample?.nsqds ?? []) {
    for (const topic of topics) {
      parts.push(topicPart(node, topic));
      for (const channel of topic.channels) parts.push(channelPart(node, topic.name, channel));
    }
  }
  return parts;
}

function topicPart(
  node: string,
  { name, depth, messages, oldestAgeMs, isPaused }: TopicStats,
): Part {
  return { node, topic: name, channel: "", ...NOTHING, depth, messages, oldestAgeMs, isPaused };
}

function channelPart(node: string, topic: string, channel: ChannelStats): Part {
  const { name, clientCount: clients, clients: _, backendDepth: __, ...figures } = channel;
  return { node, topic, channel: name, ...figures, clients };
}

function placeOf({ node, topic, channel }: Part): string {
  return `${node} ${topic} ${channel}`;
}

function ratesOf(
  part: Part,
  /** A queue that was not there began at nothing. */
  old: Sums = NOTHING,
  before: Sample | undefined,
  now: Sample,
): Part["rates"] {
  const earlier = before?.nsqds.get(part.node);
  const seconds = (now.atMs - (before?.atMs ?? now.atMs)) / 1000;
  const isSameRun = earlier?.startTimeS === now.nsqds.get(part.node)?.startTimeS;
  if (earlier === undefined || !isSameRun || seconds <= 0) return undefined;
  const inRate = Math.max(0, part.messages - old.messages) / seconds;
  const outRate = Math.max(0, leftOf(part) - leftOf(old)) / seconds;
  return { inRate, outRate };
}

/** How many messages have left the queue for good. */
function leftOf({ messages, depth, inFlight, deferred }: Sums): number {
  return messages - depth - inFlight - deferred;
}

/** What comes into a topic comes into each channel again, and what leaves a topic is not finished: neither counts. */
function countedOnce(part: Part): Part {
  const { rates } = part;
  if (part.channel === "") return rates ? { ...part, rates: { ...rates, outRate: 0 } } : part;
  const counted = { ...part, messages: 0 };
  return rates ? { ...counted, rates: { ...rates, inRate: 0 } } : counted;
}

function grouped(parts: readonly Part[], keyOf: (part: Part) => string): Row[] {
  return [...Map.groupBy(parts, keyOf)].map(([key, members]) => rowOf(key, members));
}

function rowOf(key: string, parts: readonly Part[]): Row {
  const shared = (name: "topic" | "channel" | "node") =>
    parts.every((part) => part[name] === parts[0]![name]) ? parts[0]![name] : "";
  const total = { ...NOTHING };
  for (const name of Object.keys(total) as (keyof Sums)[]) {
    for (const part of parts) total[name] += part[name];
  }
  const rates = parts.flatMap((part) => part.rates ?? []);
  const rate = (name: "inRate" | "outRate") =>
    rates.length === 0 ? undefined : rates.reduce((sum, each) => sum + each[name], 0);
  const ages = parts.flatMap(({ oldestAgeMs }) => oldestAgeMs ?? []);
  const pausedCount = parts.filter(({ isPaused }) => isPaused).length;
  return {
    key,
    topic: shared("topic"),
    channel: shared("channel"),
    node: shared("node"),
    ...total,
    inRate: rate("inRate"),
    outRate: rate("outRate"),
    oldestAgeMs: ages.length === 0 ? undefined : Math.max(...ages),
    state: pausedCount === 0 ? "" : pausedCount === parts.length ? "paused" : "part paused",
  };
}
