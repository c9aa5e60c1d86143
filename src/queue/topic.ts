// A topic: one log of batches and the channels that read it.
//
//   publish ──► builder ──► staged ──(end of turn: commit)──► log ──► every channel
//                                                              ▲
//                              distribution cursor: while the topic has no channel or is paused it stands still, and
//                              what lies beyond it is the depth of the topic
//
// The first channel therefore gets the backlog, later ones what follows; a paused topic gives everything to all the
// channels it has when the pause ends. Numbers grow by one a message and never go back. What could not be committed
// was never published: whoever published it is told so before it has been told "OK".

import { isEphemeralName } from "../wire/names.ts";
import { Batch, BATCH_BYTES_MAX, BatchBuilder, sizeAt, withHeadroom } from "./batch.ts";
import { Channel, type Signals } from "./channel.ts";
import type { Stretch } from "./channel_cursor.ts";
import type { ChannelSettings } from "./channel_surroundings.ts";
import type { Log, LogListener } from "./log.ts";
import type { StoredChannel, StoredTopic } from "./stored.ts";

/** From here on a body is worth a batch of its own instead of being copied into the builder and out again. */
const OWN_BATCH_BYTES_MIN = 16 * 1024;

/** What a topic asks of whoever runs it. */
export interface TopicSignals {
  /** Something was published or became deliverable: call `settle` before the turn ends. */
  settle(topic: Topic): void;
  /** See `Signals.watch`. */
  watch(channel: Channel, deadlineMs: number): void;
  /** See `Signals.percent`. */
  percent(): number;
  /** See `Signals.lost`. */
  lost(topic: Topic, channel: Channel, number: number): void;
}

/** Who published something and waits to hear what became of it. */
export interface Publisher {
  /**
   * The end of the turn for what it published from `mark` on: refused for the reason given, or accepted, and then safe
   * as soon as `safe` resolves, at once where that is undefined.
   */
  published(mark: number, refusal: string | undefined, safe: Promise<void> | undefined): void;

  /** True for who published nothing and waits for a change of state: when messages are refused it is not meant. */
  readonly isBystander?: boolean;
}

/** Published in this turn, not committed yet. */
interface Staged {
  batch: Batch;
  /** When it is due if it was deferred, ms; undefined if it was not. */
  dueMs: number | undefined;
}

/** A deferred message that no channel was given. */
export interface UndistributedMessage {
  readonly number: number;
  readonly dueMs: number;
  /** Undefined where the log can fetch it. */
  readonly batch: Batch | undefined;
}

/** A topic. */
export class Topic implements LogListener {
  readonly isEphemeral: boolean;
  /** Messages and bytes of bodies accepted since the process started. */
  messageCount = 0;
  messageBytes = 0;
  /** Whether it stands in the list of topics to settle; kept by whoever runs it. */
  isUnsettled = false;
  /** Resolves when it has the channels it is to begin with; undefined when that is so. See `Topics.expectChannels`. */
  expectation: Promise<void> | undefined;
  readonly log: Log;
  readonly #channels = new Map<string, Channel>();
  readonly #builder = new BatchBuilder();
  #staged: Staged[] = [];
  #publishers: { publisher: Publisher; mark: number }[] = [];
  #deferred: UndistributedMessage[] = [];
  #loadWaiters: (() => void)[] = [];
  #awake = new Set<Channel>();
  #isPaused = false;
  #isDeleted = false;
  /** Number of the next message. */
  #next: number;
  /** Number of the first message no channel was given. */
  #distributed: number;
  /** Messages in the log that no channel was given; numbers may have gaps, so this is counted. */
  #undistributedCount = 0;
  /** How many of them an earlier run left. */
  #restoredCount = 0;
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
    this.log = log;
    log.listener = this;
    this.#next = first;
    this.#distributed = first;
    this.#settings = settings;
    this.#signals = signals;
  }

  /** Takes over what an earlier run left; once, before anything else. */
  restore(stored: StoredTopic): void {
    this.#isPaused = stored.isPaused;
    this.#distributed = stored.distributed;
    this.#undistributedCount = this.#restoredCount = stored.undistributedCount;
    this.#deferred = stored.deferred.map(({ number, dueMs }) => ({
      number,
      dueMs,
      batch: undefined,
    }));
    for (const channel of stored.channels) this.#addChannel(channel.name, channel);
  }

  /** Its channels by name. */
  get channels(): ReadonlyMap<string, Channel> {
    return this.#channels;
  }

  /** Messages no channel was given yet. */
  get depth(): number {
    return this.#undistributedCount + this.#deferred.length;
  }

  /** The part of the depth that was there at the start or does not fit the memory window. */
  get backendDepth(): number {
    if (this.isEphemeral) return 0;
    return Math.max(this.depth - this.#settings.memQueueSize, this.#restoredCount);
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
    this.#signals.settle(this);
    if (end - start > BATCH_BYTES_MAX) return this.#publishInParts(bytes, start, end, wallMs);
    this.#accept(bytes, start, end, count, wallMs);
  }

  #accept(bytes: Uint8Array, start: number, end: number, count: number, wallMs: number): void {
    const isOwnBatch = end - start >= OWN_BATCH_BYTES_MIN;
    if (isOwnBatch || !this.#builder.hasRoomFor(end - start)) this.#sealBuilder();
    if (!isOwnBatch) return this.#builder.append(bytes, start, end, count, wallMs);
    this.#stage(new Batch(this.#next, count, withHeadroom(bytes, start, end), wallMs));
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
    this.#signals.settle(this);
    this.#sealBuilder();
    this.#stage(new Batch(this.#next, 1, withHeadroom(bytes, start, end), wallMs), dueMs);
  }

  /** Has `publisher` told at the end of the turn what became of what it published from `mark` on. */
  report(publisher: Publisher, mark: number): void {
    if (this.#publishers.at(-1)?.publisher === publisher) return;
    this.#publishers.push({ publisher, mark });
    this.#signals.settle(this);
  }

  #sealBuilder(): void {
    if (this.#builder.count > 0) this.#stage(this.#builder.seal(this.#next));
  }

  #stage(batch: Batch, dueMs?: number): void {
    this.#next = batch.end;
    this.#staged.push({ batch, dueMs });
    if (dueMs === undefined) this.log.append(batch);
    else this.log.appendDeferred(batch, dueMs);
  }

  /** The channel of this name, created where there is none. The first one is given what waits. */
  channel(name: string): Channel {
    const existing = this.#channels.get(name);
    if (existing !== undefined) return existing;
    this.commit();
    const channel = this.#addChannel(name);
    this.#distribute();
    return channel;
  }

  /**
   * The channels of these names, those that are not there yet created in one step: each of them is given what waits. The
   * log gets it as one record, so that a kill cannot leave some of them without the others, or the topic held back.
   */
  channelsTogether(names: readonly string[]): readonly Channel[] {
    this.commit();
    const missing = names.filter((name) => !this.#channels.has(name));
    // The log gives what waits to the first channel it reads of, unless the topic is held back meanwhile.
    const isHeld = missing.length > 1 && !this.#isPaused;
    if (isHeld) this.log.paused(true);
    const created = missing.map((name) => this.#addChannel(name));
    if (isHeld) this.log.paused(false);
    this.#distribute();
    return created;
  }

  #addChannel(name: string, stored?: StoredChannel): Channel {
    const isBounded = this.isEphemeral || isEphemeralName(name);
    const signals: Signals = {
      wake: (channel) => this.#wake(channel),
      watch: this.#signals.watch,
      percent: this.#signals.percent,
      lost: (channel, number) => this.#signals.lost(this, channel, number),
    };
    const source = { log: this.log, start: this.#distributed, isBounded, stored };
    const channel = new Channel(name, source, this.#settings, signals);
    this.#channels.set(name, channel);
    return channel;
  }

  #wake(channel: Channel): void {
    this.#awake.add(channel);
    this.#signals.settle(this);
  }

  logChanged(): void {
    this.#signals.settle(this);
  }

  logLoaded(): void {
    for (const channel of this.#channels.values()) if (channel.depth > 0) this.#wake(channel);
    const waiters = this.#loadWaiters;
    this.#loadWaiters = [];
    for (const resolve of waiters) resolve();
  }

  /** Resolves when the log has read something that `look` found "loading"; a topic that goes away may not. */
  loaded(): Promise<void> {
    return new Promise((resolve) => this.#loadWaiters.push(resolve));
  }

  /**
   * Messages from number `from` on that wait for their first delivery by `channel`, or, without one, for a channel; see
   * `ChannelCursor.look`. Nothing is taken.
   */
  look(from: number, channel?: Channel): Stretch | "loading" | undefined {
    if (channel !== undefined) return channel.view.ready(from, this.#distributed);
    const number = Math.max(from, this.#distributed);
    const batch = number < this.#next ? this.log.at(number) : undefined;
    if (batch === undefined || batch === "loading") return batch;
    const index = Math.max(0, number - batch.first);
    return { batch, index, count: batch.count - index };
  }

  /** Deferred messages that no channel was given. */
  get deferred(): readonly UndistributedMessage[] {
    return this.#deferred;
  }

  /** Number of the oldest message that no channel was given and that is not deferred; undefined when there is none. */
  get oldestNumber(): number | undefined {
    return this.#undistributedCount > 0 ? this.#distributed : undefined;
  }

  /** Deletes a channel with all it holds; false when there is none of this name. */
  deleteChannel(name: string): boolean {
    const channel = this.#channels.get(name);
    if (channel === undefined) return false;
    this.commit();
    this.#channels.delete(name);
    channel.delete();
    this.#trim();
    return true;
  }

  /** Deletes the topic and its channels. */
  delete(): void {
    this.commit();
    this.#isDeleted = true;
    for (const channel of this.#channels.values()) channel.delete();
    this.#channels.clear();
    this.#forgetUndistributed();
    this.log.delete();
  }

  /** Holds messages back from the channels. */
  pause(): void {
    this.commit();
    this.#isPaused = true;
    this.log.paused(true);
  }

  /** Gives the channels what was held back. */
  unpause(): void {
    this.commit();
    this.#isPaused = false;
    this.log.paused(false);
    this.#distribute();
  }

  /** Drops what no channel was given; channels keep theirs. */
  empty(): void {
    this.commit();
    this.log.discardFrom(this.#distributed, this.#next);
    this.#forgetUndistributed();
  }

  #forgetUndistributed(): void {
    this.#distributed = this.#next;
    this.#undistributedCount = this.#restoredCount = 0;
    this.#deferred = [];
  }

  /** Drops what a channel holds. */
  emptyChannel(channel: Channel): void {
    this.commit();
    channel.empty(this.#distributed);
    this.#trim();
  }

  /** Ends a turn for this topic: what was published reaches the channels, what can be delivered is. */
  settle(nowMs: number): void {
    this.commit();
    if (this.#awake.size === 0) return;
    const awake = this.#awake;
    this.#awake = new Set();
    let isPassed = false;
    for (const channel of awake) isPassed = channel.dispatch(nowMs) || isPassed;
    if (isPassed) this.#trim();
  }

  /** Makes what was published and noted in this turn count, or refuses it. */
  commit(): void {
    this.#sealBuilder();
    const staged = this.#staged;
    const publishers = this.#publishers;
    // Before anything can go wrong: what was not written must never be acknowledged by the next one.
    if (staged.length > 0) this.#staged = [];
    if (publishers.length > 0) this.#publishers = [];
    const refusal = this.log.commit();
    if (refusal === undefined) { for (const each of staged) this.#take(each); }
    if (publishers.length === 0) return;
    const isWaitedFor = refusal === undefined ||
      publishers.some((each) => each.publisher.isBystander);
    const safe = isWaitedFor ? this.log.safe() : undefined;
    for (const { publisher, mark } of publishers) {
      const reason = publisher.isBystander ? undefined : refusal;
      publisher.published(mark, reason, reason === undefined ? safe : undefined);
    }
  }

  #take({ batch, dueMs }: Staged): void {
    this.messageCount += batch.count;
    this.messageBytes += batch.bodyBytes;
    if (dueMs !== undefined) return this.#takeDeferred(batch, dueMs);
    if (this.#isDistributing) {
      this.#distributed = batch.end;
      for (const channel of this.#channels.values()) channel.receive(batch);
      return;
    }
    // Nothing is behind the memory window of an ephemeral topic: it keeps its oldest messages.
    const room = this.#room;
    if (batch.count > room) this.log.discardFrom(batch.first + room, batch.end);
    this.#undistributedCount += Math.min(batch.count, room);
  }

  get #room(): number {
    return this.isEphemeral ? Math.max(0, this.#settings.memQueueSize - this.depth) : Infinity;
  }

  #takeDeferred(batch: Batch, dueMs: number): void {
    const number = batch.first;
    if (this.#isDistributing) {
      this.#distributed = batch.end;
      this.#distributeDeferred({ number, dueMs, batch });
    } else if (this.#room > 0) {
      this.#deferred.push({ number, dueMs, batch: this.log.canFetch ? undefined : batch });
    }
  }

  #distribute(): void {
    if (!this.#isDistributing) return;
    const count = this.#undistributedCount;
    for (const channel of this.#channels.values()) this.#give(channel, count);
    this.#distributed = this.#next;
    this.#undistributedCount = this.#restoredCount = 0;
    const deferred = this.#deferred;
    this.#deferred = [];
    for (const each of deferred) this.#distributeDeferred(each);
  }

  /** A channel with a log of its own needs the batches themselves: an ephemeral backlog is all in memory. */
  #give(channel: Channel, count: number): void {
    if (count === 0) return;
    if (channel.cursorNumber !== Infinity) return channel.receiveStored(count);
    for (let number = this.#distributed; number < this.#next;) {
      const batch = this.log.at(number);
      if (batch === undefined || batch === "loading") return;
      channel.receive(batch);
      number = batch.end;
    }
  }

  #distributeDeferred({ number, batch, dueMs }: UndistributedMessage): void {
    for (const channel of this.#channels.values()) {
      // Only what reads the topic's log can fetch from it later.
      const isFetched = this.log.canFetch && channel.cursorNumber !== Infinity;
      const single = isFetched ? undefined : batch ?? this.log.fetch(number);
      channel.receiveDeferred(number, single === "failed" ? undefined : single, dueMs);
    }
  }

  /** Lets go of the batches every channel has passed. */
  #trim(): void {
    let cursor = this.#distributed;
    for (const channel of this.#channels.values()) cursor = Math.min(cursor, channel.cursorNumber);
    this.log.discardBefore(cursor);
  }

  /** The broker stops: notes what was handed out, so that it comes back with its attempts. */
  close(): void {
    for (const channel of this.#channels.values()) channel.handBack();
    this.#trim();
    this.commit();
  }
}
