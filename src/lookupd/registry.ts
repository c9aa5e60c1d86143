// Who has which topics and channels. It knows neither sockets nor clocks nor the log: times are arguments, and what was
// changed is returned.
// Invariants: who is registered for a channel is registered for its topic; `size` is the number of entries of all lists.

import { isEphemeralName } from "../wire/names.ts";
import type { Moment, Producer } from "./producer.ts";

/** Bounds and times of a registry; times in ms. */
export interface RegistrySettings {
  readonly inactiveProducerTimeoutMs: number;
  readonly tombstoneLifetimeMs: number;
  /** Topics, channels, and producers of each, in all. */
  readonly entriesMax: number;
}

/** A producer of a topic; `tombstone` is when it was last marked as going away there. */
export interface TopicProducer {
  readonly producer: Producer;
  tombstone: Moment | undefined;
}

interface Topic {
  readonly name: string;
  readonly producers: Map<Producer, TopicProducer>;
  readonly channels: Map<string, Set<Producer>>;
}

/** What /lookup answers. */
export interface Found {
  readonly channels: readonly string[];
  readonly producers: readonly Producer[];
}

/** What /nodes answers for one producer; the lists are parallel. */
export interface Node {
  readonly producer: Producer;
  readonly topics: readonly string[];
  readonly tombstones: readonly boolean[];
}

/** A list of producers under its name in /debug. */
export interface Entry {
  readonly key: string;
  readonly producers: readonly TopicProducer[];
}

/** Which lists changed: `topic` that of the topic, `channels` those of these channels. */
export interface Change {
  readonly topic: boolean;
  readonly channels: readonly string[];
}

/** There is no room for more. */
export class RegistryFull extends Error {
  override readonly name = "RegistryFull";
}

/** Topics, channels and the nsqd's that have them. */
export class Registry {
  readonly #settings: RegistrySettings;
  readonly #topics = new Map<string, Topic>();
  readonly #producers = new Map<Producer, Set<Topic>>();
  #size = 0;

  constructor(settings: RegistrySettings) {
    this.#settings = settings;
  }

  /** How many entries there are in all; bounded by `entriesMax`. */
  get size(): number {
    return this.#size;
  }

  /** How many nsqd's there are, silent ones included. */
  get producerCount(): number {
    return this.#producers.size;
  }

  /** An nsqd has introduced itself. */
  add(producer: Producer): void {
    this.#producers.set(producer, new Set());
  }

  /** Its connection has ended: it leaves all lists, which stay. */
  remove(producer: Producer): void {
    for (const topic of this.#producers.get(producer) ?? []) this.#leave(topic, producer);
    this.#producers.delete(producer);
  }

  /**
   * Registers a producer for a topic and, unless it is empty, a channel. Doing so twice changes nothing.
   * @throws {RegistryFull}
   */
  register(producer: Producer, topicName: string, channelName: string): Change {
    this.#makeRoom(() => this.#missing(producer, topicName, channelName));
    const topic = this.#topic(topicName);
    const isTopicNew = !topic.producers.has(producer);
    if (isTopicNew) {
      topic.producers.set(producer, { producer, tombstone: undefined });
      this.#producers.get(producer)?.add(topic);
      this.#size++;
    }
    const isChannelNew = channelName !== "" && this.#join(producer, topic, channelName);
    return { topic: isTopicNew, channels: isChannelNew ? [channelName] : [] };
  }

  #join(producer: Producer, topic: Topic, channelName: string): boolean {
    const channel = this.#channel(topic, channelName);
    if (channel.has(producer)) return false;
    channel.add(producer);
    this.#size++;
    return true;
  }

  /** How many entries a registration adds. */
  #missing(producer: Producer | undefined, topicName: string, channelName: string): number {
    const topic = this.#topics.get(topicName);
    const channel = topic?.channels.get(channelName);
    const isMissing = (members: { has(producer: Producer): boolean } | undefined) =>
      (members === undefined ? 1 : 0) +
      (producer === undefined || members?.has(producer) ? 0 : 1);
    return isMissing(topic?.producers) + (channelName === "" ? 0 : isMissing(channel));
  }

  /** Takes a producer out of a channel, or of a topic and all its channels where the channel is empty. */
  unregister(producer: Producer, topicName: string, channelName: string): Change {
    const topic = this.#topics.get(topicName);
    if (topic === undefined) return { topic: false, channels: [] };
    if (channelName !== "") return this.#unregisterChannel(producer, topic, channelName);
    const left = this.#leave(topic, producer);
    this.#producers.get(producer)?.delete(topic);
    if (topic.producers.size === 0 && isEphemeralName(topicName)) this.#drop(topic);
    return left;
  }

  #unregisterChannel(producer: Producer, topic: Topic, name: string): Change {
    const channel = topic.channels.get(name);
    const hasLeft = channel?.delete(producer) ?? false;
    if (hasLeft) this.#size--;
    if (channel?.size === 0 && isEphemeralName(name)) this.#dropChannel(topic, name);
    return { topic: false, channels: hasLeft ? [name] : [] };
  }

  /** Takes a producer out of the lists of a topic. */
  #leave(topic: Topic, producer: Producer): Change {
    const left: string[] = [];
    for (const [name, channel] of topic.channels) if (channel.delete(producer)) left.push(name);
    const wasIn = topic.producers.delete(producer);
    this.#size -= left.length + (wasIn ? 1 : 0);
    return { topic: wasIn, channels: left };
  }

  /** Makes a topic known, without producers. @throws {RegistryFull} */
  createTopic(name: string): void {
    this.#makeRoom(() => this.#missing(undefined, name, ""));
    this.#topic(name);
  }

  /** Makes a channel and its topic known. @throws {RegistryFull} */
  createChannel(topicName: string, name: string): void {
    this.#makeRoom(() => this.#missing(undefined, topicName, name));
    this.#channel(this.#topic(topicName), name);
  }

  /** Forgets a topic with its channels and producers; says which channels it had. */
  deleteTopic(name: string): readonly string[] {
    const topic = this.#topics.get(name);
    if (topic === undefined) return [];
    const channels = [...topic.channels.keys()];
    for (const producer of topic.producers.keys()) this.#producers.get(producer)?.delete(topic);
    this.#drop(topic);
    return channels;
  }

  /** Forgets a channel; false when there is none. */
  deleteChannel(topicName: string, name: string): boolean {
    const topic = this.#topics.get(topicName);
    if (topic === undefined || !topic.channels.has(name)) return false;
    this.#dropChannel(topic, name);
    return true;
  }

  /** Leaves a producer out of a topic for a while. `node` is its broadcast address and HTTP port. */
  tombstone(topicName: string, node: string, now: Moment): void {
    for (const entry of this.#topics.get(topicName)?.producers.values() ?? []) {
      if (entry.producer.node === node) entry.tombstone = now;
    }
  }

  /** The names of all topics, whether somebody has them or not. */
  get topics(): string[] {
    return [...this.#topics.keys()];
  }

  /** The names of a topic's channels. */
  channels(topicName: string): string[] {
    return [...this.#topics.get(topicName)?.channels.keys() ?? []];
  }

  /** Who has a topic and is neither silent nor marked as going away; undefined for an unknown one. */
  lookup(topicName: string, nowMs: number): Found | undefined {
    const topic = this.#topics.get(topicName);
    if (topic === undefined) return undefined;
    const producers = [...topic.producers.values()]
      .filter((entry) => this.#isActive(entry.producer, nowMs) && !this.#isGoing(entry, nowMs))
      .map(({ producer }) => producer);
    return { channels: [...topic.channels.keys()], producers };
  }

  /** Every producer that is not silent, with its topics. */
  *nodes(nowMs: number): Iterable<Node> {
    for (const [producer, topics] of this.#producers) {
      if (!this.#isActive(producer, nowMs)) continue;
      const entries = [...topics].map(({ producers }) => producers.get(producer)!);
      yield {
        producer,
        topics: [...topics].map(({ name }) => name),
        tombstones: entries.map((entry) => this.#isGoing(entry, nowMs)),
      };
    }
  }

  /** Every list that is not empty, by key. */
  entries(): Entry[] {
    const plain = (producers: Iterable<Producer>) =>
      [...producers].map((producer) => ({ producer, tombstone: undefined }));
    const entries: Entry[] = [{ key: "client::", producers: plain(this.#producers.keys()) }];
    for (const { name, producers, channels } of this.#topics.values()) {
      entries.push({ key: `topic:${name}:`, producers: [...producers.values()] });
      for (const [channel, members] of channels) {
        entries.push({ key: `channel:${name}:${channel}`, producers: plain(members) });
      }
    }
    return entries.filter(({ producers }) => producers.length > 0)
      .sort((one, other) => one.key < other.key ? -1 : 1);
  }

  #isActive({ heard }: Producer, nowMs: number): boolean {
    return nowMs - heard.nowMs <= this.#settings.inactiveProducerTimeoutMs;
  }

  #isGoing({ tombstone }: TopicProducer, nowMs: number): boolean {
    return tombstone !== undefined &&
      nowMs - tombstone.nowMs < this.#settings.tombstoneLifetimeMs;
  }

  #topic(name: string): Topic {
    const known = this.#topics.get(name);
    if (known !== undefined) return known;
    this.#size++;
    const topic: Topic = { name, producers: new Map(), channels: new Map() };
    this.#topics.set(name, topic);
    return topic;
  }

  #channel(topic: Topic, name: string): Set<Producer> {
    const known = topic.channels.get(name);
    if (known !== undefined) return known;
    this.#size++;
    const channel = new Set<Producer>();
    topic.channels.set(name, channel);
    return channel;
  }

  #drop(topic: Topic): void {
    for (const name of [...topic.channels.keys()]) this.#dropChannel(topic, name);
    this.#size -= 1 + topic.producers.size;
    this.#topics.delete(topic.name);
  }

  #dropChannel(topic: Topic, name: string): void {
    this.#size -= 1 + (topic.channels.get(name)?.size ?? 0);
    topic.channels.delete(name);
  }

  /** Ephemeral names that nobody has are forgotten when their room is needed; that may make `missing` more. */
  #makeRoom(missing: () => number): void {
    const { entriesMax } = this.#settings;
    const isFull = () => {
      const count = missing();
      return count > 0 && this.#size + count > entriesMax;
    };
    if (!isFull()) return;
    this.#forgetUnused();
    if (isFull()) throw new RegistryFull(`there are ${this.#size} registrations already`);
  }

  #forgetUnused(): void {
    for (const topic of [...this.#topics.values()]) {
      for (const [name, { size }] of [...topic.channels]) {
        if (size === 0 && isEphemeralName(name)) this.#dropChannel(topic, name);
      }
      if (topic.producers.size === 0 && isEphemeralName(topic.name)) this.#drop(topic);
    }
  }
}
