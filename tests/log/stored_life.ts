// One process on a disk in memory, without network: the real topics and their storage, and consumers that note what comes.
// It ends by `stop`, or by being forgotten, which is what a kill is.

import type { Disk } from "../../src/log/disk.ts";
import { Storage } from "../../src/log/storage.ts";
import type { StorageSettings } from "../../src/log/storage_surroundings.ts";
import type { Batch } from "../../src/queue/batch.ts";
import type { Channel } from "../../src/queue/channel.ts";
import { Consumer } from "../../src/queue/consumer.ts";
import type { Topic } from "../../src/queue/topic.ts";
import { Topics } from "../../src/queue/topics.ts";
import { bodiesOf } from "./sample_records.ts";

/** The clocks of a machine; they outlive processes. The monotonic one begins anew with each. */
export interface MachineClock {
  nowMs: number;
  wallMs: number;
}

/** A message that came. */
export interface Came {
  readonly number: number;
  readonly attempts: number;
  readonly body: string;
  /** When, on the wall. */
  readonly wallMs: number;
}

/** What nsqd.dat would say: topics with their channels. */
export type KnownChannels = Readonly<Record<string, readonly string[]>>;

const DEFAULTS: StorageSettings = {
  dataPath: "/data",
  durability: "async",
  nodeId: 1,
  maxBytesPerFile: 1_000_000,
  memQueueSize: 10_000,
  syncEvery: 0,
  syncTimeoutMs: 1e9,
  minFreeSpace: 0,
};
/** Turns without a message after which none is expected any more. */
const QUIET_TURNS = 4;
const MICROTASKS = 25;
const MESSAGE_TIMEOUT_MS = 1e7;

/** A running broker. */
export class StoredLife {
  readonly topics: Topics;
  /** What it would have logged. */
  readonly lines: string[] = [];
  /** What would have made /ping NOK. */
  readonly failures: string[] = [];
  readonly clock: MachineClock;
  readonly #storage: Storage;

  /** Starts on what is there; what only nsqd.dat knows is made anew, as the broker does. */
  constructor(
    disk: Disk,
    clock: MachineClock,
    settings: Partial<StorageSettings> = {},
    known: KnownChannels = {},
  ) {
    this.clock = clock;
    const clocks = { nowMs: () => clock.nowMs, wallMs: () => clock.wallMs };
    const all = { ...DEFAULTS, ...settings };
    this.#storage = new Storage(all, disk, clocks, {
      wrote: () => {},
      failed: (text) => void this.failures.push(text),
      noticed: (text) => void this.lines.push(text),
    }, () => Promise.resolve());
    const { memQueueSize } = all;
    this.topics = new Topics({ memQueueSize, maxMsgTimeoutMs: 1e9, latencyWindowMs: 0 }, {
      schedule: () => {},
      changed: () => {},
      percent: () => 0,
      openLog: (name, first) => this.#storage.open(name, first),
      lost: ({ name }, channel, number) =>
        void this.lines.push(`TOPIC(${name}): ${number} of ${channel.name} is lost`),
    });
    for (const { name, stored, open } of this.#storage.restore((topic) => known[topic] ?? [])) {
      this.topics.restore(name, clock.wallMs, stored, open);
    }
    for (const [name, channels] of Object.entries(known)) {
      for (const channel of channels) this.channel(name, channel);
    }
    this.settle();
  }

  topic(name: string): Topic {
    return this.topics.topic(name, this.clock.wallMs);
  }

  channel(topic: string, name: string): Channel {
    return this.topics.channel(this.topic(topic), name);
  }

  /** Publishes messages with these bodies together, deferred (each by itself) when there is a delay, and ends the turn. */
  publish(topicName: string, bodies: readonly (string | Uint8Array)[], delayMs = 0): void {
    const topic = this.topic(topicName);
    const { nowMs, wallMs } = this.clock;
    const bytes = bodiesOf(...bodies);
    if (delayMs === 0) topic.publish(bytes, 0, bytes.length, bodies.length, wallMs);
    else topic.publishDeferred(bytes, 0, bytes.length, nowMs + delayMs, wallMs);
    this.settle();
  }

  /** Subscribes. */
  subscribe(topic: string, channel: string, readyCount: number): Subscription {
    return new Subscription(this, this.channel(topic, channel), readyCount);
  }

  /** Ends a turn. */
  settle(): void {
    this.topics.settle(this.clock.nowMs);
    this.topics.tick(this.clock.nowMs);
    this.topics.settle(this.clock.nowMs);
  }

  /** Time passes; the wall clock may be set meanwhile. */
  advance(durationMs: number, wallSetByMs = 0): void {
    this.clock.nowMs += durationMs;
    this.clock.wallMs += durationMs + wallSetByMs;
    this.#storage.tick(this.clock.nowMs);
    this.settle();
  }

  /** Turns, until nothing comes from the disk any more. */
  async rest(subscriptions: readonly Subscription[]): Promise<void> {
    let before = -1;
    for (let quiet = 0; quiet < QUIET_TURNS; quiet++) {
      this.settle();
      for (let count = 0; count < MICROTASKS; count++) await undefined;
      const came = subscriptions.reduce((sum, { came }) => sum + came.length, 0);
      if (came !== before) quiet = 0;
      before = came;
    }
  }

  /** Ends it as an operator would. */
  async stop(): Promise<void> {
    this.#storage.beginClose();
    for (const topic of this.topics.all.values()) topic.close();
    await this.#storage.close();
  }
}

/** A consumer with room for everything, and what it was given. */
export class Subscription {
  readonly came: Came[] = [];
  readonly channel: Channel;
  readonly #life: StoredLife;
  readonly #consumer: Consumer;

  constructor(life: StoredLife, channel: Channel, readyCount: number) {
    this.#life = life;
    this.channel = channel;
    const sink = {
      nextOffset: 0,
      hasRoom: true,
      send: (batch: Batch, index: number, offset: number, count: number, attempts: number) => {
        for (let sent = 0; sent < count; sent++) {
          const length = new DataView(batch.bytes.buffer, batch.bytes.byteOffset).getInt32(offset);
          const body = new TextDecoder().decode(batch.bytes.subarray(offset + 4).slice(0, length));
          const { wallMs } = life.clock;
          this.came.push({ number: batch.first + index + sent, attempts, body, wallMs });
          offset += 4 + length;
        }
        sink.nextOffset = offset;
        return count;
      },
      close: () => {},
      describe: () => {
        throw new Error("nobody asks for statistics");
      },
    };
    const settings = { messageTimeoutMs: MESSAGE_TIMEOUT_MS, sampleRate: 0, locality: 2 } as const;
    this.#consumer = new Consumer(sink, settings);
    channel.addConsumer(this.#consumer);
    channel.setReadyCount(this.#consumer, readyCount);
    life.settle();
  }

  get bodies(): string[] {
    return this.came.map(({ body }) => body);
  }

  /** FIN for what came with these bodies, all without an argument. */
  finish(bodies?: readonly string[]): void {
    const { nowMs, wallMs } = this.#life.clock;
    for (const number of this.#numbersOf(bodies ?? this.bodies)) {
      this.channel.finish(this.#consumer, number, nowMs, wallMs);
    }
    this.#life.settle();
  }

  /** FIN for every second message that came. */
  finishEverySecond(): void {
    const { nowMs, wallMs } = this.#life.clock;
    for (const [index, { number }] of this.came.entries()) {
      if (index % 2 === 0) this.channel.finish(this.#consumer, number, nowMs, wallMs);
    }
    this.#life.settle();
  }

  /** REQ. */
  requeue(bodies: readonly string[], delayMs: number): void {
    for (const number of this.#numbersOf(bodies)) {
      this.channel.requeue(this.#consumer, number, delayMs, this.#life.clock.nowMs);
    }
    this.#life.settle();
  }

  #numbersOf(bodies: readonly string[]): number[] {
    return this.came.filter(({ body }) => bodies.includes(body)).map(({ number }) => number);
  }
}
