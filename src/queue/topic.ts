// A topic: one log of batches and the channels that read it.
//
//   publish ──► builder ──(end of turn)──► log ──► every channel
//                                           ▲
//                                           distribution cursor: while the topic has no channel or is paused it
//                                           stands still, and what lies beyond it is the depth of the topic
//
// The first channel therefore gets the backlog, later ones what follows; a paused topic gives everything to all the
// channels it has when the pause ends. Numbers grow by one a message and never go back.

import { isEphemeralName } from "../wire/names.ts";
import { Batch, BATCH_BYTES_MAX, BatchBuilder, sizeAt } from "./batch.ts";
import { Channel, type ChannelSettings, type Signals } from "./channel.ts";
import type { Log } from "./log.ts";

/** From here on a body is worth a batch of its own instead of being copied into the builder and out again. */
const OWN_BATCH_BYTES_MIN = 16 * 1024;

/** A message that waits for its time and for a channel. */
interface Undistributed {
  batch: Batch;
  dueMs: number;
}

/** What a topic asks of whoever runs it. */
export interface TopicSignals {
  /** Something was published or became deliverable: call `settle` before the turn ends. */
  settle(topic: Topic): void;
  /** See `Signals.watch`. */
  watch(channel: Channel, deadlineMs: number): void;
  /** See `Signals.percent`. */
  percent(): number;
}

/** A topic. */
export class Topic {
  readonly isEphemeral: boolean;
  /** Messages and bytes of bodies accepted since the process started. */
  messageCount = 0;
  messageBytes = 0;
  /** Whether it stands in the list of topics to settle; kept by whoever runs it. */
  isUnsettled = false;
  readonly #channels = new Map<string, Channel>();
  readonly #builder = new BatchBuilder();
  #deferred: Undistributed[] = [];
  #awake = new Set<Channel>();
  #isPaused = false;
  #isDeleted = false;
  /** Number of the next message. */
  #next: number;
  /** Number of the first message no channel was given. */
  #distributed: number;
  /** Messages in the log that no channel was given; numbers may have gaps, so this is counted. */
  #undistributedCount = 0;
  readonly #log: Log;
  readonly #settings: ChannelSettings;
  readonly #signals: TopicSignals;

  /** @param first number of its first message; above every number a topic of this name ever used */
  constructor(
    readonly name: string,
    log: Log,
    first: number,
    settings: ChannelSettings,
    signals: TopicSignals,
  ) {
    this.isEphemeral = isEphemeralName(name);
    this.#log = log;
    this.#next = first;
    this.#distributed = first;
    this.#settings = settings;
    this.#signals = signals;
  }

  /** Its channels by name. */
  get channels(): ReadonlyMap<string, Channel> {
    return this.#channels;
  }

  /** Messages no channel was given yet. */
  get depth(): number {
    return this.#undistributedCount + this.#deferred.length + this.#builder.count;
  }

  /** The part of the depth that does not fit the memory window. */
  get backendDepth(): number {
    return this.isEphemeral ? 0 : Math.max(0, this.depth - this.#settings.memQueueSize);
  }

  /** Whether messages are held back from the channels. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Whether it was deleted: publishing then fails, and a new topic may take its name. */
  get isDeleted(): boolean {
    return this.#isDeleted;
  }

  /** The number its next message gets. */
  get nextNumber(): number {
    return this.#next + this.#builder.count;
  }

  get #isDistributing(): boolean {
    return !this.#isPaused && this.#channels.size > 0;
  }

  /**
   * Accepts `count` messages, each with its int32 size before it, from `bytes`, which stay the caller's.
   * @param wallMs the time of acceptance, ms since the Unix epoch
   */
  publish(bytes: Uint8Array, start: number, end: number, count: number, wallMs: number): void {
    this.messageCount += count;
    this.messageBytes += end - start - 4 * count;
    this.#signals.settle(this);
    if (end - start > BATCH_BYTES_MAX) return this.#publishInParts(bytes, start, end, wallMs);
    this.#accept(bytes, start, end, count, wallMs);
  }

  #accept(bytes: Uint8Array, start: number, end: number, count: number, wallMs: number): void {
    const isOwnBatch = end - start >= OWN_BATCH_BYTES_MIN;
    if (isOwnBatch || !this.#builder.hasRoomFor(end - start)) this.#sealBuilder();
    if (!isOwnBatch) return this.#builder.append(bytes, start, end, count, wallMs);
    const batch = new Batch(this.#next, count, new Uint8Array(bytes.subarray(start, end)), wallMs);
    this.#append(batch);
  }

  /** Cuts between messages, so that no part is larger than a batch may be (a larger message is a batch of its own). */
  #publishInParts(bytes: Uint8Array, start: number, end: number, wallMs: number): void {
    let count = 0;
    let partStart = start;
    for (let at = start; at < end; count++) {
      const next = at + 4 + sizeAt(bytes, at);
      if (count > 0 && next - partStart > BATCH_BYTES_MAX) {
        this.#accept(bytes, partStart, at, count, wallMs);
        partStart = at;
        count = 0;
      }
      at = next;
    }
    this.#accept(bytes, partStart, end, count, wallMs);
  }

  /** Accepts one message, with its size before it, that is to be delivered at `dueMs` (monotonic) at the earliest. */
  publishDeferred(
    bytes: Uint8Array,
    start: number,
    end: number,
    dueMs: number,
    wallMs: number,
  ): void {
    this.messageCount++;
    this.messageBytes += end - start - 4;
    this.#sealBuilder();
    const batch = new Batch(
      this.#next,
      1,
      bytes.slice(start, end) as Uint8Array<ArrayBuffer>,
      wallMs,
    );
    this.#next = batch.end;
    if (this.#isDistributing) this.#distributeDeferred(batch, dueMs);
    else if (!this.isEphemeral || this.depth < this.#settings.memQueueSize) {
      this.#deferred.push({ batch, dueMs });
    }
    this.#signals.settle(this);
  }

  /** The channel of this name, created where there is none. The first one is given what waits. */
  channel(name: string): Channel {
    return this.#channels.get(name) ?? this.#createChannel(name);
  }

  #createChannel(name: string): Channel {
    this.#sealBuilder();
    const isBounded = this.isEphemeral || isEphemeralName(name);
    const signals: Signals = {
      wake: (channel) => this.#wake(channel),
      watch: this.#signals.watch,
      percent: this.#signals.percent,
    };
    const start = this.#distributed;
    const channel = new Channel(name, this.#log, start, isBounded, this.#settings, signals);
    this.#channels.set(name, channel);
    this.#distribute();
    return channel;
  }

  #wake(channel: Channel): void {
    this.#awake.add(channel);
    this.#signals.settle(this);
  }

  /** Deletes a channel with all it holds; false when there is none of this name. */
  deleteChannel(name: string): boolean {
    const channel = this.#channels.get(name);
    if (channel === undefined) return false;
    this.#sealBuilder();
    this.#channels.delete(name);
    channel.delete();
    this.#trim();
    return true;
  }

  /** Deletes the topic and its channels. */
  delete(): void {
    this.#isDeleted = true;
    for (const name of [...this.#channels.keys()]) this.deleteChannel(name);
    this.empty();
  }

  /** Holds messages back from the channels. */
  pause(): void {
    this.#sealBuilder();
    this.#isPaused = true;
  }

  /** Gives the channels what was held back. */
  unpause(): void {
    this.#isPaused = false;
    this.#distribute();
  }

  /** Drops what no channel was given; channels keep theirs. */
  empty(): void {
    this.#sealBuilder();
    this.#log.discardFrom(this.#distributed);
    this.#distributed = this.#next;
    this.#undistributedCount = 0;
    this.#deferred = [];
  }

  /** Drops what a channel holds. */
  emptyChannel(channel: Channel): void {
    this.#sealBuilder();
    channel.empty(this.#distributed);
    this.#trim();
  }

  /** Ends a turn for this topic: what was published reaches the channels, what can be delivered is. */
  settle(nowMs: number): void {
    this.#sealBuilder();
    if (this.#awake.size === 0) return;
    const awake = this.#awake;
    this.#awake = new Set();
    let isPassed = false;
    for (const channel of awake) isPassed = channel.dispatch(nowMs) || isPassed;
    if (isPassed) this.#trim();
  }

  #sealBuilder(): void {
    if (this.#builder.count > 0) this.#append(this.#builder.seal(this.#next));
  }

  #append(batch: Batch): void {
    this.#next = batch.end;
    if (this.#isDistributing) {
      this.#log.append(batch);
      this.#distributed = batch.end;
      for (const channel of this.#channels.values()) channel.receive(batch);
      return;
    }
    // Nothing is behind the memory window of an ephemeral topic: it keeps its oldest messages.
    const room = this.isEphemeral
      ? this.#settings.memQueueSize - this.#undistributedCount - this.#deferred.length
      : Infinity;
    if (room <= 0) return;
    const kept = batch.count > room ? batch.take(room) : batch;
    this.#log.append(kept);
    this.#undistributedCount += kept.count;
  }

  #distribute(): void {
    if (!this.#isDistributing) return;
    while (true) {
      const batch = this.#log.at(this.#distributed);
      if (batch === undefined) break;
      this.#distributed = batch.end;
      for (const channel of this.#channels.values()) channel.receive(batch);
    }
    this.#distributed = this.#next;
    this.#undistributedCount = 0;
    const deferred = this.#deferred;
    this.#deferred = [];
    for (const { batch, dueMs } of deferred) this.#distributeDeferred(batch, dueMs);
  }

  #distributeDeferred(batch: Batch, dueMs: number): void {
    for (const channel of this.#channels.values()) channel.receiveDeferred(batch, dueMs);
  }

  /** Lets go of the batches every channel has passed. */
  #trim(): void {
    let oldest = this.#distributed;
    for (const channel of this.#channels.values()) {
      oldest = Math.min(oldest, channel.oldestNeeded);
    }
    this.#log.discardBefore(oldest);
  }
}
