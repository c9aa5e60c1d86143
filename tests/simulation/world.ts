// The simulated world: the real topics, the model of them, clients, a clock. What is done to one is done to the other,
// and after every turn both must agree.

import { MemoryLog } from "../../src/queue/memory_log.ts";
import { assert } from "../../src/base/assert.ts";
import type { Channel } from "../../src/queue/channel.ts";
import type { Topic } from "../../src/queue/topic.ts";
import { Topics } from "../../src/queue/topics.ts";
import { isEphemeralName } from "../../src/wire/names.ts";
import type { Random } from "../base/random.ts";
import { type Arrival, type ClientSettings, FakeClient } from "./fake_client.ts";
import type { ModelChannel, ModelSettings } from "./model_channel.ts";
import { ModelTopic } from "./model_topic.ts";

/** The one channel with sampling clients; `percent` is asked for nobody else. */
const SAMPLED = { topic: "a", channel: "sampled" } as const;
const WALL_MS_START = 1_800_000_000_000;
const EXCLUDED = 99;

/** Real topics and their model. */
export class World {
  nowMs = 1000;
  readonly topics: Topics;
  readonly models = new Map<string, ModelTopic>();
  clients: FakeClient[] = [];
  readonly #settings: ModelSettings;
  /** The broker's number of each delivered message, and the message of each number, by topic name. */
  readonly #numbers = new Map<string, number>();
  readonly #messages = new Map<string, number>();
  #nextMessage = 1;

  constructor(settings: ModelSettings, random: Random) {
    this.#settings = settings;
    this.topics = new Topics({ ...settings, latencyWindowMs: 0 }, {
      schedule() {},
      changed() {},
      openLog: () => new MemoryLog(),
      lost() {},
      percent: () => this.#percent(random),
    });
  }

  #percent(random: Random): number {
    if (random.chance(50)) return 0;
    this.models.get(SAMPLED.topic)!.channels.get(SAMPLED.channel)!.leftOut++;
    return EXCLUDED;
  }

  /** Whether clients of this channel may sample. */
  isSampled(topicName: string, channelName: string): boolean {
    return topicName === SAMPLED.topic && channelName === SAMPLED.channel;
  }

  topic(name: string): Topic {
    if (!this.models.has(name)) this.models.set(name, new ModelTopic(name, this.#settings));
    return this.topics.topic(name, WALL_MS_START + this.nowMs);
  }

  /** The model of a topic that exists. */
  model(topic: Topic): ModelTopic {
    return this.models.get(topic.name)!;
  }

  /** The model of a channel that exists. */
  modelChannel(topic: Topic, channel: Channel): ModelChannel {
    return this.model(topic).channels.get(channel.name)!;
  }

  channel(topic: Topic, name: string): Channel {
    this.model(topic).channel(name, this.isSampled(topic.name, name));
    return this.topics.channel(topic, name);
  }

  /** Publishes messages of `bodyBytes` each at once. */
  publish(topic: Topic, count: number, bodyBytes: number): void {
    const first = this.#nextMessage;
    const bytes = this.#bodies(count, bodyBytes);
    for (let message = first; message < first + count; message++) {
      this.model(topic).publish(message);
    }
    topic.publish(bytes, 0, bytes.length, count, WALL_MS_START + this.nowMs);
  }

  publishDeferred(topic: Topic, delayMs: number): void {
    const dueMs = this.nowMs + delayMs;
    this.model(topic).publishDeferred(this.#nextMessage, dueMs);
    const bytes = this.#bodies(1, 4);
    topic.publishDeferred(bytes, 0, bytes.length, dueMs, WALL_MS_START + this.nowMs);
  }

  #bodies(count: number, bodyBytes: number): Uint8Array {
    const bytes = new Uint8Array(count * (4 + bodyBytes));
    const view = new DataView(bytes.buffer);
    for (let index = 0; index < count; index++) {
      view.setInt32(index * (4 + bodyBytes), bodyBytes);
      view.setInt32(index * (4 + bodyBytes) + 4, this.#nextMessage++);
    }
    return bytes;
  }

  subscribe(topic: Topic, channel: Channel, settings: ClientSettings): FakeClient {
    const client = new FakeClient(
      settings,
      topic,
      channel,
      (receiver, arrival) => this.#arrive(receiver, arrival),
      (closed) => this.#disconnect(closed),
    );
    channel.addConsumer(client.consumer);
    this.clients.push(client);
    return client;
  }

  #arrive(client: FakeClient, { message, number, attempts }: Arrival): void {
    const { topic, channel } = client;
    assert(!channel.isDeleted, `${channel.name} exists`);
    this.modelChannel(topic, channel).deliver(client, message, attempts, this.nowMs);
    this.#same(this.#numbers, `${topic.name} ${message}`, number);
    this.#same(this.#messages, `${topic.name} ${number}`, message);
  }

  /** A message has one number and a number one message, in a topic name's whole life. */
  #same(map: Map<string, number>, key: string, value: number): void {
    const before = map.get(key);
    assert(before === undefined || before === value, `${key} is ${before}, not ${value}`);
    map.set(key, value);
  }

  /** The broker's number of a message; -1 while nobody has seen it. */
  numberOf(topic: Topic, message: number): number {
    return this.#numbers.get(`${topic.name} ${message}`) ?? -1;
  }

  #disconnect(client: FakeClient): void {
    client.isGone = true;
    client.channel.removeConsumer(client.consumer);
    this.clients = this.clients.filter((other) => other !== client);
  }

  /** A client hangs up; an ephemeral channel goes with its last one. */
  leave(client: FakeClient): void {
    const { topic, channel } = client;
    this.#disconnect(client);
    if (channel.isEphemeral && channel.consumers.size === 0) this.deleteChannel(topic, channel);
  }

  deleteChannel(topic: Topic, channel: Channel): void {
    const model = this.model(topic);
    model.channels.delete(channel.name);
    if (isEphemeralName(topic.name) && model.channels.size === 0) this.models.delete(topic.name);
    this.topics.deleteChannel(topic, channel);
  }

  deleteTopic(topic: Topic): void {
    this.models.delete(topic.name);
    this.topics.delete(topic);
  }

  /** Time passes; the broker is woken only if it asked to be. */
  advance(durationMs: number): void {
    this.nowMs += durationMs;
    if (this.topics.nextDeadlineMs <= this.nowMs) this.topics.tick(this.nowMs);
    for (const { channels } of this.models.values()) {
      for (const channel of channels.values()) channel.expire(this.nowMs);
    }
  }

  /** Ends the turn. */
  settle(): void {
    this.advance(0);
    // A deferred message is in its channels only after the turn's commit, and may be due by then.
    this.topics.settle(this.nowMs);
    this.topics.tick(this.nowMs);
    this.topics.settle(this.nowMs);
    for (const { channels } of this.models.values()) {
      for (const channel of channels.values()) channel.settle();
    }
  }
}
