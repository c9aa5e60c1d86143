// Pieces to build queue tests of: batches of text messages, a sink that keeps what it is sent, topics with a clock.

import { MemoryLog } from "../../src/queue/memory_log.ts";
import { byteString } from "../../src/base/byte_string.ts";
import { Batch, sizeAt } from "../../src/queue/batch.ts";
import type { Channel } from "../../src/queue/channel.ts";
import type { ChannelSettings } from "../../src/queue/channel_surroundings.ts";
import type { ClientStats } from "../../src/queue/client_stats.ts";
import { Consumer, localities, type Locality, type Sink } from "../../src/queue/consumer.ts";
import type { Topic } from "../../src/queue/topic.ts";
import { type TopicChange, Topics } from "../../src/queue/topics.ts";
import { sized, wireBytes } from "../wire/wire_bytes.ts";

/** Registers a test without any permission: the queue is pure. */
export function test(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

/** The messages as MPUB has them, each with its size. */
export function bytesOfMessages(messages: readonly string[]): Uint8Array<ArrayBuffer> {
  return wireBytes(...messages.map(sized));
}

/** A batch of these messages. */
export function batchOf(first: number, messages: readonly string[], wallMs = 0): Batch {
  return new Batch(first, messages.length, bytesOfMessages(messages), wallMs);
}

/** The bodies of a batch. */
export function bodiesOf(batch: Batch): string[] {
  return Array.from({ length: batch.count }, (_, index) => {
    const at = batch.offsetOf(index);
    return byteString(batch.bytes, at + 4, at + 4 + sizeAt(batch.bytes, at));
  });
}

/** A sink that keeps what it is sent. */
export class KeepingSink implements Sink {
  nextOffset = 0;
  room = Infinity;
  isClosed = false;
  readonly bodies: string[] = [];
  readonly attempts: number[] = [];
  readonly numbers: number[] = [];

  get hasRoom(): boolean {
    return this.room > 0;
  }

  send(batch: Batch, index: number, offset: number, count: number, attempts: number): number {
    let sent = 0;
    for (; sent < count && this.hasRoom; sent++, this.room--) {
      const size = sizeAt(batch.bytes, offset);
      this.bodies.push(byteString(batch.bytes, offset + 4, offset + 4 + size));
      this.attempts.push(attempts);
      this.numbers.push(batch.first + index + sent);
      offset += 4 + size;
    }
    this.nextOffset = offset;
    return sent;
  }

  close(): void {
    this.isClosed = true;
  }

  describe(): ClientStats {
    throw new Error("these tests ask for no statistics");
  }
}

/** A consumer and what it was sent. */
export class TestConsumer {
  readonly sink = new KeepingSink();
  readonly consumer: Consumer;

  constructor(
    readonly channel: Channel,
    settings: { messageTimeoutMs?: number; sampleRate?: number; locality?: Locality } = {},
  ) {
    const defaults = { messageTimeoutMs: 1000, sampleRate: 0, locality: localities.global };
    this.consumer = new Consumer(this.sink, { ...defaults, ...settings });
    channel.addConsumer(this.consumer);
  }

  /** The number of a message it was sent. */
  numberOf(body: string): number {
    return this.sink.numbers[this.sink.bodies.lastIndexOf(body)] ?? -1;
  }

  ready(count: number): void {
    this.channel.setReadyCount(this.consumer, count);
  }

  finish(body: string, nowMs = 0) {
    return this.channel.finish(this.consumer, this.numberOf(body), nowMs, 0);
  }

  requeue(body: string, delayMs = 0, nowMs = 0) {
    return this.channel.requeue(this.consumer, this.numberOf(body), delayMs, nowMs);
  }

  touch(body: string, nowMs: number) {
    return this.channel.touch(this.consumer, this.numberOf(body), nowMs);
  }
}

/** Topics under a clock of the test's. */
export class TestTopics {
  nowMs = 0;
  percent = 0;
  scheduled = 0;
  readonly changes: string[] = [];
  readonly topics: Topics;

  constructor(settings: Partial<ChannelSettings> = {}) {
    const defaults = { memQueueSize: 100, maxMsgTimeoutMs: 5000, latencyWindowMs: 0 };
    this.topics = new Topics({ ...defaults, ...settings }, {
      schedule: () => void this.scheduled++,
      changed: (change) => void this.changes.push(describeChange(change)),
      percent: () => this.percent,
      openLog: () => new MemoryLog(),
      lost() {},
    });
  }

  topic(name = "t"): Topic {
    return this.topics.topic(name, 1_800_000_000_000);
  }

  channel(name = "c", topic = this.topic()): Channel {
    return this.topics.channel(topic, name);
  }

  /** Publishes messages to a topic at once. */
  publish(messages: readonly string[], topic = this.topic()): void {
    const bytes = bytesOfMessages(messages);
    topic.publish(bytes, 0, bytes.length, messages.length, 0);
  }

  publishDeferred(body: string, delayMs: number, topic = this.topic()): void {
    const bytes = bytesOfMessages([body]);
    topic.publishDeferred(bytes, 0, bytes.length, this.nowMs + delayMs, 0);
  }

  settle(): void {
    this.topics.settle(this.nowMs);
  }

  /** Lets time pass, then ends the turn. */
  advance(durationMs: number): void {
    this.nowMs += durationMs;
    this.topics.tick(this.nowMs);
    this.settle();
  }
}

function describeChange({ what, topic, channel }: TopicChange): string {
  return [what, topic.name, ...(channel ? [channel.name] : [])].join(" ");
}

/** `count` bodies: m0, m1, ... */
export function messages(count: number, prefix = "m"): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}
