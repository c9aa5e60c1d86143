// A channel: a cursor into a log, plus the small state of messages that were handed out and are not finished.
//
//   log ── cursor ──► in flight ──► FIN: gone
//            ▲            │ REQ, timeout          depth = behind the cursor + requeued
//            └─ requeued ◄┤
//                         └ REQ with delay ► deferred ──► requeued when due
//
// Invariant: every message the channel received and nobody finished is in exactly one of those places.
// Time is an argument, randomness a function; what must happen later is asked for through `Signals`.

import { byteString } from "../base/byte_string.ts";
import type { Deque } from "../base/deque.ts";
import { ATTEMPTS_MAX } from "../wire/message.ts";
import { isEphemeralName } from "../wire/names.ts";
import type { Batch } from "./batch.ts";
import { ChannelCursor } from "./channel_cursor.ts";
import type { ChannelSettings, ChannelSource } from "./channel_surroundings.ts";
import { ChannelView } from "./channel_view.ts";
import type { Consumer } from "./consumer.ts";
import { ChannelCounters } from "./counters.ts";
import { DeferredMessages, FETCH_RETRY_MS } from "./deferred.ts";
import { LatencyWindow } from "./latency.ts";
import { type ChannelJournal, type Log, noJournal } from "./log.ts";
import { MemoryLog } from "./memory_log.ts";
import { ReadyLines } from "./ready_lines.ts";
import { RequeuedMessages } from "./requeued.ts";
import { Run } from "./run.ts";
import { type Claim, SingleMessages } from "./single_messages.ts";
import type { StoredChannel } from "./stored.ts";

/** What a channel asks of whoever runs it. */
export interface Signals {
  /** Messages or room for them appeared: call `dispatch` before the turn ends. */
  wake(channel: Channel): void;
  /** Call `expire` at `deadlineMs`, unless it was asked for earlier. */
  watch(channel: Channel, deadlineMs: number): void;
  /** An integer from 0 to 99, each as likely. */
  percent(): number;
  /** Message `number` could not be read any more: it is lost. */
  lost(channel: Channel, number: number): void;
}

/** Why a message could not be finished, requeued or touched: the words upstream uses. */
export type Refusal = "ID not in flight" | "client does not own message";

/** A channel of a topic. */
export class Channel {
  readonly isEphemeral: boolean;
  readonly counters = new ChannelCounters();
  readonly latency: LatencyWindow | undefined;
  /** Place among the deadlines of the broker; see `DeadlineHeap`. */
  heapIndex = -1;
  deadlineMs = Infinity;
  #isPaused = false;
  #isDeleted = false;
  readonly #cursor: ChannelCursor;
  readonly #requeued = new RequeuedMessages();
  readonly #deferred = new DeferredMessages();
  readonly #consumers = new Set<Consumer>();
  readonly #gone = new Set<Consumer>();
  readonly #claims = new Map<number, Claim>();
  readonly #ready = new ReadyLines();
  /** Messages from elsewhere by the id they brought along. */
  readonly #foreign = new Map<string, number>();
  readonly #log: Log;
  /** The log when it is the channel's own: bounded, nothing behind it. */
  readonly #ownLog: MemoryLog | undefined;
  readonly #journal: ChannelJournal;
  readonly #settings: ChannelSettings;
  readonly #signals: Signals;

  constructor(
    readonly name: string,
    source: ChannelSource,
    settings: ChannelSettings,
    signals: Signals,
  ) {
    this.isEphemeral = isEphemeralName(name);
    this.#ownLog = source.isBounded ? new MemoryLog() : undefined;
    this.#log = this.#ownLog ?? source.log;
    const { stored } = source;
    this.#journal = source.isBounded
      ? noJournal
      : source.log.journal(name, stored === undefined ? source.start : undefined);
    this.#cursor = new ChannelCursor(this.#log, stored?.cursor ?? source.start);
    this.#settings = settings;
    this.#signals = signals;
    const { latencyWindowMs } = settings;
    this.latency = latencyWindowMs > 0 ? new LatencyWindow(latencyWindowMs) : undefined;
    if (stored !== undefined) this.#restore(stored);
  }

  #restore(stored: StoredChannel): void {
    this.#isPaused = stored.isPaused;
    this.#cursor.restore(stored);
    for (const { number, attempts, dueMs } of stored.unfinished) {
      if (dueMs > 0) this.#defer(undefined, number, attempts, dueMs);
      else this.#putBack(undefined, number, attempts);
    }
    this.#cursor.restored = this.depth;
  }

  /** Messages waiting to be delivered: neither in flight nor deferred. */
  get depth(): number {
    return this.#cursor.ahead + this.#requeued.size;
  }

  /** The part of the depth that was there at the start or does not fit the memory window. */
  get backendDepth(): number {
    const { depth } = this;
    if (this.#ownLog !== undefined) return 0;
    return Math.max(depth - this.#settings.memQueueSize, Math.min(depth, this.#cursor.restored));
  }

  /** Messages given to consumers and not answered for. */
  get inFlightCount(): number {
    let count = 0;
    for (const consumer of this.#consumers) count += consumer.inFlight.size;
    for (const consumer of this.#gone) count += consumer.inFlight.size;
    return count;
  }

  /** Messages that wait for their time. */
  get deferredCount(): number {
    return this.#deferred.size;
  }

  /** The connected consumers. */
  get consumers(): ReadonlySet<Consumer> {
    return this.#consumers;
  }

  /** Whether deliveries are stopped. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Whether it was deleted: it is then no channel of its topic any more. */
  get isDeleted(): boolean {
    return this.#isDeleted;
  }

  /** Number of the next message of the topic's log that it takes; Infinity when it reads its own. */
  get cursorNumber(): number {
    return this.#ownLog === undefined ? this.#cursor.number : Infinity;
  }

  /** What it holds, for those who only look. */
  get view(): ChannelView {
    return new ChannelView({
      log: this.#log,
      cursor: this.#cursor,
      requeued: this.#requeued,
      deferred: this.#deferred,
      consumers: this.#consumers,
      gone: this.#gone,
    });
  }

  /** Its deferred and requeued messages, one by one. */
  get singles(): SingleMessages {
    return new SingleMessages({
      requeued: this.#requeued,
      deferred: this.#deferred,
      claims: this.#claims,
      journal: this.#journal,
      putBack: ({ batch, number, attempts, dueMs }) => {
        if (dueMs > 0) this.#defer(batch, number, attempts, dueMs);
        else this.#putBack(batch, number, attempts);
      },
    });
  }

  /** Notes what is in flight or was given back, with its attempts: the broker stops. */
  handBack(): void {
    for (const consumers of [this.#gone, this.#consumers]) {
      for (const { inFlight } of consumers) {
        for (const { run, number } of inFlight.messages()) {
          this.#journal.requeued(number, run.attempts, 0, run.batch);
        }
      }
    }
    for (const { number, attempts, batch } of this.#requeued) {
      this.#journal.requeued(number, attempts, 0, batch);
    }
  }

  /** The topic gives it a batch that stands in the log. */
  receive(batch: Batch): void {
    this.#ownLog?.append(batch);
    this.#receiveCount(batch.count);
  }

  /** The topic gives it `count` messages that the log has. */
  receiveStored(count: number): void {
    this.#receiveCount(count);
  }

  #receiveCount(count: number): void {
    this.#cursor.ahead += count;
    this.counters.messageCount += count;
    this.#signals.wake(this);
  }

  /** The topic gives it a message that is to wait until `dueMs`; `batch` where the log cannot fetch it. */
  receiveDeferred(number: number, batch: Batch | undefined, dueMs: number): void {
    this.counters.messageCount++;
    this.#defer(batch, number, 0, dueMs);
  }

  /** A client subscribes. */
  addConsumer(consumer: Consumer): void {
    this.#consumers.add(consumer);
  }

  /** A client is gone. What it has in flight waits for its timeout, as upstream does it. */
  removeConsumer(consumer: Consumer): void {
    if (!this.#consumers.delete(consumer)) return;
    consumer.isGone = true;
    if (consumer.inFlight.size > 0) this.#gone.add(consumer);
    this.#ready.leave(consumer, this.#consumers.size);
  }

  /** A consumer may take more now: its ready count was raised, something was finished, or its connection has room. */
  wake(consumer: Consumer): void {
    if (consumer.isInLine || consumer.isGone || consumer.capacity <= 0) return;
    this.#ready.join(consumer);
    if (this.depth > 0) this.#signals.wake(this);
  }

  /** RDY: the consumer takes `count` messages in flight. */
  setReadyCount(consumer: Consumer, count: number): void {
    consumer.readyCount = count;
    this.wake(consumer);
  }

  /** FIN: the message is done. `wallMs` is for the latency. */
  finish(consumer: Consumer, number: number, nowMs: number, wallMs: number): Refusal | undefined {
    const run = consumer.inFlight.find(number);
    if (run === undefined) return this.#refusal(number);
    consumer.inFlight.release(run, number);
    consumer.finishCount++;
    this.#journal.finished(number);
    this.counters.latency.finished(run.batch, number, wallMs);
    this.latency?.add((wallMs - run.batch.wallMs) * 1e6, nowMs);
    this.wake(consumer);
    return undefined;
  }

  /** REQ: the message is to be delivered again, after `delayMs` if that is more than 0. */
  requeue(consumer: Consumer, number: number, delayMs: number, nowMs: number): Refusal | undefined {
    const run = consumer.inFlight.find(number);
    if (run === undefined) return this.#refusal(number);
    consumer.inFlight.release(run, number);
    consumer.requeueCount++;
    this.counters.requeueCount++;
    const dueMs = delayMs > 0 ? nowMs + delayMs : 0;
    this.#journal.requeued(number, run.attempts, dueMs, run.batch);
    if (dueMs > 0) this.#defer(this.#keptBatch(run, number), number, run.attempts, dueMs);
    else this.#putBack(run.batch.extract(number - run.batch.first), number, run.attempts);
    this.wake(consumer);
    return undefined;
  }

  /** A message that will wait for long is kept only if it cannot be fetched. */
  #keptBatch({ batch }: Run, number: number): Batch | undefined {
    const isFetched = this.#log.canFetch && batch.foreign === undefined;
    return isFetched ? undefined : batch.extract(number - batch.first);
  }

  /** TOUCH: the timeout starts again, but never past `maxMsgTimeoutMs` after delivery. */
  touch(consumer: Consumer, number: number, nowMs: number): Refusal | undefined {
    const run = consumer.inFlight.find(number);
    if (run === undefined) return this.#refusal(number);
    const latestMs = run.deliveredMs + this.#settings.maxMsgTimeoutMs;
    const deadlineMs = Math.min(nowMs + consumer.messageTimeoutMs, latestMs);
    const single = run.batch.extract(number - run.batch.first);
    consumer.inFlight.release(run, number);
    consumer.inFlight.add(new Run(single, 0, 1, run.attempts, run.deliveredMs, deadlineMs));
    this.#signals.watch(this, deadlineMs);
    return undefined;
  }

  #refusal(number: number): Refusal {
    for (const consumers of [this.#consumers, this.#gone]) {
      for (const consumer of consumers) {
        if (consumer.inFlight.find(number) !== undefined) return "client does not own message";
      }
    }
    return "ID not in flight";
  }

  /** The number of a message that came from elsewhere with this id (a byte string); -1 when there is none. */
  foreignNumber(id: string): number {
    return this.#foreign.size === 0 ? -1 : this.#foreign.get(id) ?? -1;
  }

  /** Stops deliveries; messages already in flight go on. */
  pause(): void {
    this.#isPaused = true;
    this.#journal.paused(true);
  }

  /** Deliveries go on. */
  unpause(): void {
    this.#isPaused = false;
    this.#journal.paused(false);
    this.#signals.wake(this);
  }

  /** Drops everything: waiting, in flight and deferred. `end` is the number after the last message it was given. */
  empty(end: number): void {
    this.#journal.emptied(end);
    this.#forget(end);
    for (const consumer of this.#consumers) this.wake(consumer);
  }

  #forget(end: number): void {
    this.#cursor.jump(end);
    this.#ownLog?.discardFrom(0);
    this.#requeued.clear();
    this.#deferred.clear();
    this.#claims.clear();
    this.#foreign.clear();
    this.#gone.clear();
    for (const consumer of this.#consumers) consumer.inFlight.clear();
  }

  /** Ends the channel: its consumers' connections are closed. */
  delete(): void {
    this.#isDeleted = true;
    this.#journal.deleted();
    this.#forget(this.#cursor.number);
    for (const consumer of [...this.#consumers]) consumer.sink.close();
  }

  /** Hands waiting messages to ready consumers until there are none of either. True if a batch was left behind. */
  dispatch(nowMs: number): boolean {
    this.#cursor.isPassed = false;
    if (!this.#isPaused && !this.#isDeleted) {
      for (const line of this.#ready.lines) this.#serve(line, nowMs);
    }
    this.#dropOverflow();
    return this.#cursor.isPassed;
  }

  #serve(line: Deque<Consumer>, nowMs: number): void {
    let share = 0;
    let roundLeft = 0;
    while (line.size > 0 && this.#hasMessage()) {
      // The share holds for a whole round: one that shrank with the depth would favour whoever comes first.
      if (roundLeft === 0) {
        roundLeft = line.size;
        share = Math.ceil(this.depth / roundLeft);
      }
      roundLeft--;
      const consumer = this.#ready.next(line);
      if (consumer === undefined) continue;
      const isServed = this.#deliver(consumer, Math.min(share, consumer.capacity), nowMs);
      if (isServed && consumer.capacity > 0) this.#ready.join(consumer);
    }
  }

  /** Whether a message can be delivered now. One that must be read first comes later; looking may show that it is lost. */
  #hasMessage(): boolean {
    return this.#isRequeuedNext() || this.#cursor.hasBatch || this.#isRequeuedNext();
  }

  #isRequeuedNext(): boolean {
    const first = this.#requeued.first();
    if (first === undefined) return false;
    return this.#cursor.ahead === 0 || first.afterTaken <= this.#cursor.taken;
  }

  /** Gives the consumer up to `count` messages, neighbours of one batch, or a requeued one. False when it took none. */
  #deliver(consumer: Consumer, count: number, nowMs: number): boolean {
    if (this.#isRequeuedNext()) return this.#deliverRequeued(consumer, nowMs);
    if (consumer.sampleRate > 0) return this.#deliverSample(consumer, nowMs);
    const first = this.#requeued.first();
    const before = first === undefined ? Infinity : first.afterTaken - this.#cursor.taken;
    return this.#deliverFresh(consumer, Math.min(count, before), nowMs);
  }

  #deliverFresh(consumer: Consumer, countMax: number, nowMs: number): boolean {
    const cursor = this.#cursor;
    const batch = cursor.batch()!;
    const { index } = cursor;
    const count = Math.min(countMax, cursor.run);
    const sent = consumer.sink.send(batch, index, cursor.offset, count, 1);
    if (sent === 0) return false;
    this.#countLocality(consumer, sent);
    cursor.advance(sent, consumer.sink.nextOffset);
    this.#inFlight(
      consumer,
      new Run(batch, index, sent, 1, nowMs, this.#deadline(consumer, nowMs)),
    );
    return true;
  }

  /** A message the sample leaves out is gone for the channel, as with upstream. */
  #deliverSample(consumer: Consumer, nowMs: number): boolean {
    if (this.#signals.percent() <= consumer.sampleRate) {
      return this.#deliverFresh(consumer, 1, nowMs);
    }
    this.#journal.finished(this.#cursor.number);
    this.#cursor.passOne();
    return true;
  }

  #deliverRequeued(consumer: Consumer, nowMs: number): boolean {
    const waiting = this.#requeued.first()!;
    const { number } = waiting;
    const batch = waiting.batch ?? this.#log.fetch(number);
    if (batch === "failed") {
      this.#requeued.shift();
      this.#defer(undefined, number, waiting.attempts, nowMs + FETCH_RETRY_MS);
      return true;
    }
    waiting.batch = batch;
    if (batch === undefined) this.#signals.lost(this, number);
    const { sampleRate } = consumer;
    if (batch === undefined || (sampleRate > 0 && this.#signals.percent() > sampleRate)) {
      this.#journal.finished(number);
    } else {
      if (batch.foreign !== undefined) this.#foreign.set(byteString(batch.foreign.id), number);
      const attempts = waiting.attempts === ATTEMPTS_MAX ? 0 : waiting.attempts + 1;
      if (consumer.sink.send(batch, 0, 0, 1, attempts) === 0) return false;
      if (this.#settings.memQueueSize > 0) this.counters.countDelivery(consumer.locality, 1);
      const deadlineMs = this.#deadline(consumer, nowMs);
      this.#inFlight(consumer, new Run(batch, 0, 1, attempts, nowMs, deadlineMs));
    }
    this.#requeued.shift();
    return true;
  }

  #deadline(consumer: Consumer, nowMs: number): number {
    return nowMs + consumer.messageTimeoutMs;
  }

  #inFlight(consumer: Consumer, run: Run): void {
    consumer.inFlight.add(run);
    consumer.messageCount += run.count;
    this.#signals.watch(this, run.deadlineMs);
  }

  /** Only what was in the memory window is counted by locality, as upstream does. */
  #countLocality(consumer: Consumer, count: number): void {
    const { ahead, restored } = this.#cursor;
    const outside = Math.max(restored, ahead - this.#settings.memQueueSize);
    this.counters.countDelivery(consumer.locality, Math.max(0, count - outside));
  }

  #putBack(batch: Batch | undefined, number: number, attempts: number): void {
    // Behind what waits, but behind at most a memory window (and at least one), so that neither side starves.
    const behind = Math.min(this.#cursor.ahead, Math.max(1, this.#settings.memQueueSize));
    this.#requeued.push({ number, attempts, batch, afterTaken: this.#cursor.taken + behind });
    this.#signals.wake(this);
  }

  #defer(batch: Batch | undefined, number: number, attempts: number, dueMs: number): void {
    this.#deferred.add(dueMs, number, attempts, batch);
    this.#signals.watch(this, dueMs);
  }

  /** Brings back what timed out or is due, and says when to call again; Infinity is never. */
  expire(nowMs: number): number {
    let nextMs = this.#expireInFlight(this.#consumers, nowMs);
    nextMs = Math.min(nextMs, this.#expireInFlight(this.#gone, nowMs));
    for (const consumer of this.#gone) {
      if (consumer.inFlight.size === 0) this.#gone.delete(consumer);
    }
    for (let due = this.#deferred.takeDue(nowMs); due; due = this.#deferred.takeDue(nowMs)) {
      this.#putBack(due.batch, due.number, due.attempts);
    }
    return Math.min(nextMs, this.#deferred.firstDueMs);
  }

  #expireInFlight(consumers: Iterable<Consumer>, nowMs: number): number {
    let nextMs = Infinity;
    for (const consumer of consumers) {
      for (const { run, number } of consumer.inFlight.takeExpired(nowMs)) {
        this.counters.timeoutCount++;
        this.#journal.requeued(number, run.attempts, 0, run.batch);
        this.#putBack(run.batch.extract(number - run.batch.first), number, run.attempts);
      }
      nextMs = Math.min(nextMs, consumer.inFlight.earliestDeadlineMs);
      this.wake(consumer);
    }
    return nextMs;
  }

  /** A bounded channel keeps its oldest messages; what came on top and found no ready consumer is dropped. */
  #dropOverflow(): void {
    if (this.#ownLog === undefined) return;
    const excess = Math.min(this.#cursor.ahead, this.depth - this.#settings.memQueueSize);
    if (excess <= 0) return;
    this.#ownLog.discardLast(excess);
    this.#cursor.cut(excess);
  }
}
