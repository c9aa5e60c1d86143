// One process of the storage simulation, from start to stop, kill or power cut: the real topics and storage over the
// simulated disk, and clients that watch what arrives.

import { assert } from "../../src/base/assert.ts";
import type { Disk } from "../../src/log/disk.ts";
import { recoverTopic } from "../../src/log/recovery.ts";
import { type RestoredTopic, Storage } from "../../src/log/storage.ts";
import type { StorageSettings } from "../../src/log/storage_surroundings.ts";
import { topicFolder } from "../../src/log/topic_folder.ts";
import type { Channel } from "../../src/queue/channel.ts";
import type { Publisher, Topic } from "../../src/queue/topic.ts";
import { Topics } from "../../src/queue/topics.ts";
import { type Arrival, FakeClient } from "./fake_client.ts";
import type { FoundTopic, TopicBooks } from "./storage_books.ts";

/** The time of a machine; it outlives processes. */
export interface MachineTime {
  nowMs: number;
  wallMs: number;
}

const MESSAGE_TIMEOUT_MS = 50;

/** What is known of a message for the whole seed. */
export interface KnownMessages {
  /** The body's mark by topic and number. */
  readonly marks: Map<string, number>;
  nextMark: number;
  nextSalt: number;
}

/** A running broker. */
export class StorageLife {
  readonly topics: Topics;
  readonly storage: Storage;
  clients: FakeClient[] = [];
  /** Messages in flight by topic and channel, with their deadlines. */
  readonly inFlight = new Map<Channel, Map<number, number>>();
  readonly troubles: string[] = [];
  /** What is counted may not be there: a channel finds that out when it comes to it. */
  mayHaveLost = false;
  readonly #disk: Disk;
  #pauses: { atMs: number; resolve: () => void }[] = [];

  constructor(
    readonly settings: StorageSettings,
    disk: Disk,
    readonly time: MachineTime,
    readonly books: (topic: string) => TopicBooks,
    readonly known: KnownMessages,
  ) {
    this.#disk = disk;
    const clock = { nowMs: () => time.nowMs, wallMs: () => time.wallMs };
    this.storage = new Storage(
      settings,
      disk,
      clock,
      { wrote() {}, failed: (text) => void this.troubles.push(text), noticed() {} },
      (delayMs) =>
        new Promise((resolve) => this.#pauses.push({ atMs: time.nowMs + delayMs, resolve })),
      () => Math.imul(++known.nextSalt, 0x9e3779b1) >>> 0,
    );
    const { memQueueSize } = settings;
    this.topics = new Topics({ memQueueSize, maxMsgTimeoutMs: 1000, latencyWindowMs: 0 }, {
      schedule() {},
      changed() {},
      percent: () => 0,
      openLog: (name, first) => this.storage.open(name, first),
      lost: (topic, channel, number) => {
        assert(this.mayHaveLost, `${number} of ${topic.name} ${channel.name} is there`);
        this.books(topic.name).lost(channel.name, number);
      },
    });
  }

  /** Brings back what is on disk; says what that is, by topic. */
  restore(): Map<string, FoundTopic> {
    const found = new Map<string, FoundTopic>();
    const restored: RestoredTopic[] = [...this.storage.restore(() => [])];
    for (const { name, stored, open } of restored) {
      const channels = stored.channels.map((each) => ({
        ...each,
        unfinished: [...each.unfinished],
      }));
      const topic = { ...stored, channels };
      found.set(name, { stored: topic, waiting: this.#waiting(name) });
      this.topics.restore(name, this.time.wallMs, topic, open);
    }
    return found;
  }

  #waiting(topic: string): number[] {
    const folder = topicFolder(this.settings.dataPath, topic);
    const { replay } = recoverTopic({ disk: this.#disk, folder, topic, channels: [] });
    const { distributed, next, holes } = replay.state;
    const waiting: number[] = [];
    for (
      let number = holes.gapFrom(distributed);
      number < next;
      number = holes.gapFrom(number + 1)
    ) {
      waiting.push(number);
    }
    return waiting;
  }

  /** Publishes messages of `bodyBytes` each; deferred if there is a delay. */
  publish(name: string, count: number, bodyBytes: number, delayMs: number): void {
    const topic = this.topics.topic(name, this.time.wallMs);
    const first = topic.nextNumber;
    const bytes = this.#bodies(name, first, count, bodyBytes);
    const { nowMs, wallMs } = this.time;
    if (delayMs > 0) topic.publishDeferred(bytes, 0, bytes.length, nowMs + delayMs, wallMs);
    else topic.publish(bytes, 0, bytes.length, count, wallMs);
    const dueWallMs = delayMs > 0 ? wallMs + delayMs : 0;
    topic.report(this.#publisher(this.books(name), first, count, dueWallMs), 0);
  }

  #bodies(name: string, first: number, count: number, bodyBytes: number): Uint8Array {
    const bytes = new Uint8Array(count * (4 + bodyBytes));
    const view = new DataView(bytes.buffer);
    for (let index = 0; index < count; index++) {
      const mark = this.known.nextMark++;
      const key = `${name} ${first + index}`;
      assert(!this.known.marks.has(key), `number ${key} is given once`);
      this.known.marks.set(key, mark);
      view.setInt32(index * (4 + bodyBytes), bodyBytes);
      view.setInt32(index * (4 + bodyBytes) + 4, mark);
    }
    return bytes;
  }

  #publisher(books: TopicBooks, first: number, count: number, dueWallMs: number): Publisher {
    return {
      published: (_, refusal, safe) => {
        if (refusal !== undefined) {
          for (let number = first; number < first + count; number++) books.refused.add(number);
          return;
        }
        books.published(first, count, dueWallMs);
        const snapshot = books.snapshot();
        books.killSafe = snapshot;
        if (this.settings.durability !== "fsync") return;
        const confirm = () => {
          if (books.powerSafe.next <= snapshot.next) books.powerSafe = snapshot;
        };
        if (safe === undefined) confirm();
        else void safe.then(confirm);
      },
    };
  }

  subscribe(topic: Topic, channel: Channel, name: string, roomMax: number): FakeClient {
    const settings = {
      name,
      roomMax,
      messageTimeoutMs: MESSAGE_TIMEOUT_MS,
      sampleRate: 0,
      locality: 2,
    } as const;
    const client: FakeClient = new FakeClient(
      settings,
      topic,
      channel,
      (receiver, arrival) => this.#arrive(receiver, arrival),
      (closed) => this.leave(closed),
    );
    channel.addConsumer(client.consumer);
    this.clients.push(client);
    return client;
  }

  leave(client: FakeClient): void {
    client.isGone = true;
    client.channel.removeConsumer(client.consumer);
    this.clients = this.clients.filter((other) => other !== client);
  }

  /** The messages of a channel in flight, with their deadlines. */
  inFlightOf(channel: Channel): Map<number, number> {
    let inFlight = this.inFlight.get(channel);
    if (inFlight === undefined) this.inFlight.set(channel, inFlight = new Map());
    return inFlight;
  }

  #arrive({ topic, channel }: FakeClient, { message, number }: Arrival): void {
    const books = this.books(topic.name);
    const booked = books.now.channels.get(channel.name)!;
    const mark = this.known.marks.get(`${topic.name} ${number}`);
    assert(mark === message, `${number} has the body ${mark}, not ${message}`);
    const inFlight = this.inFlightOf(channel);
    assert(!inFlight.has(number), `${number} is not in flight in ${channel.name} already`);
    const due = booked.unfinished.get(number);
    if (due === undefined) {
      assert(books.refused.has(number), `${channel.name} is done with ${number}`);
      booked.unfinished.set(number, 0);
    } else {assert(
        due <= this.time.wallMs + 0.01,
        `${number} is due at ${due}, not ${this.time.wallMs}`,
      );}
    inFlight.set(number, this.time.nowMs + MESSAGE_TIMEOUT_MS);
  }

  finish(client: FakeClient, number: number): void {
    const { topic, channel, consumer } = client;
    const refusal = channel.finish(consumer, number, this.time.nowMs, this.time.wallMs);
    assert(refusal === undefined, `${number} is in flight: ${refusal}`);
    this.inFlightOf(channel).delete(number);
    this.books(topic.name).now.channels.get(channel.name)!.unfinished.delete(number);
  }

  requeue(client: FakeClient, number: number, delayMs: number): void {
    const { topic, channel, consumer } = client;
    const refusal = channel.requeue(consumer, number, delayMs, this.time.nowMs);
    assert(refusal === undefined, `${number} is in flight: ${refusal}`);
    this.inFlightOf(channel).delete(number);
    const { unfinished } = this.books(topic.name).now.channels.get(channel.name)!;
    unfinished.set(number, delayMs > 0 ? this.time.wallMs + delayMs : 0);
  }

  /** Time passes. */
  advance(durationMs: number): void {
    this.time.nowMs += durationMs;
    this.time.wallMs += durationMs;
    const { nowMs } = this.time;
    for (const inFlight of this.inFlight.values()) {
      for (const [number, deadlineMs] of inFlight) if (deadlineMs <= nowMs) inFlight.delete(number);
    }
    if (this.topics.nextDeadlineMs <= nowMs) this.topics.tick(nowMs);
    this.storage.tick(nowMs);
    const due = this.#pauses.filter(({ atMs }) => atMs <= nowMs);
    this.#pauses = this.#pauses.filter(({ atMs }) => atMs > nowMs);
    for (const { resolve } of due) resolve();
  }

  /** Nothing waits any more: what did not come is lost. */
  giveUpLost(): void {
    for (const topic of this.topics.all.values()) {
      for (const channel of topic.channels.values()) {
        if (channel.depth + channel.inFlightCount + channel.deferredCount > 0) return;
      }
    }
    for (const topic of this.topics.all.values()) {
      const books = this.books(topic.name);
      for (const [name, { unfinished }] of books.now.channels) {
        for (const number of unfinished.keys()) books.lost(name, number);
      }
    }
  }

  /** Ends the turn. */
  settle(): void {
    this.topics.settle(this.time.nowMs);
    this.topics.tick(this.time.nowMs);
    this.topics.settle(this.time.nowMs);
  }

  /** What the broker counts is what the books say, and what is ready to go does not wait. */
  check(): void {
    if (this.mayHaveLost) return;
    for (const topic of this.topics.all.values()) {
      const books = this.books(topic.name);
      if (books.refused.size > 0) continue;
      same(`depth of ${topic.name}`, topic.depth, books.now.backlog.size);
      for (const channel of topic.channels.values()) {
        const { depth, inFlightCount, deferredCount, name } = channel;
        const { unfinished } = books.now.channels.get(name)!;
        same(`messages of ${name}`, depth + inFlightCount + deferredCount, unfinished.size);
        same(`in flight of ${name}`, inFlightCount, this.inFlightOf(channel).size);
      }
    }
  }
}

function same(what: string, actual: number, expected: number): void {
  assert(actual === expected, `${what} is ${expected}; the broker says ${actual}`);
}
