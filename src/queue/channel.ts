// A channel: a cursor into a log, plus the small state of messages that were handed out and are not finished.
//
//   log ── cursor ──► in flight ──► FIN: gone
//            ▲            │ REQ, timeout          waiting  = behind the cursor + requeued
//            └─ requeued ◄┤                       depth    = waiting
//                         └ REQ with delay ► deferred ──► requeued when due
//
// Invariant: every message the channel received and nobody finished is in exactly one of those places.
// Time is an argument, randomness a function; what must happen later is asked for through `Signals`.

import { assert } from "../base/assert.ts";
import { Deque } from "../base/deque.ts";
import { Heap } from "../base/heap.ts";
import { ATTEMPTS_MAX } from "../wire/message.ts";
import { isEphemeralName } from "../wire/names.ts";
import type { Batch } from "./batch.ts";
import type { Consumer } from "./consumer.ts";
import { ChannelCounters } from "./counters.ts";
import { LatencyWindow } from "./latency.ts";
import type { Log } from "./log.ts";
import { MemoryLog } from "./memory_log.ts";
import { Run } from "./run.ts";

/** Lines shorter than this are never tidied. */
const LINE_SIZE_TIDY = 16;

/** The numbers a channel needs of the options. */
export interface ChannelSettings {
  /** Messages that wait in memory. */
  memQueueSize: number;
  /** TOUCH cannot keep a message in flight longer than this, ms. */
  maxMsgTimeoutMs: number;
  /** Window of the latency quantiles, ms; 0 when none are kept. */
  latencyWindowMs: number;
}

/** What a channel asks of whoever runs it. */
export interface Signals {
  /** Messages or room for them appeared: call `dispatch` before the turn ends. */
  wake(channel: Channel): void;
  /** Call `expire` at `deadlineMs`, unless it was asked for earlier. */
  watch(channel: Channel, deadlineMs: number): void;
  /** An integer from 0 to 99, each as likely. */
  percent(): number;
}

/** Why a message could not be finished, requeued or touched: the words upstream uses. */
export type Refusal = "ID not in flight" | "client does not own message";

/** A message to be delivered again: a batch of one, how often it was delivered, and what goes before it. */
interface Waiting {
  batch: Batch;
  attempts: number;
  /** It is due when so many messages have been taken at the cursor. */
  afterTaken: number;
}

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
  /** Number of the next message to take. */
  #cursor: number;
  #batch: Batch | undefined;
  #offset = 0;
  /** Messages behind the cursor that were given to the channel. */
  #ahead = 0;
  /** Messages taken at the cursor so far. */
  #taken = 0;
  readonly #requeued = new Deque<Waiting>();
  readonly #deferred = new Heap<{ batch: Batch; attempts: number }>();
  readonly #consumers = new Set<Consumer>();
  readonly #gone = new Set<Consumer>();
  /** Ready consumers, a line for each locality, served nearest first and in turn within a line. */
  readonly #lines = [new Deque<Consumer>(), new Deque<Consumer>(), new Deque<Consumer>()] as const;
  readonly #log: Log;
  /** The log when it is the channel's own: bounded, nothing behind it. */
  readonly #ownLog: MemoryLog | undefined;
  readonly #settings: ChannelSettings;
  readonly #signals: Signals;

  /**
   * @param log the topic's log, to be read from number `start` on
   * @param isBounded true when messages beyond `memQueueSize` are to be dropped; the channel then keeps a log of its own
   */
  constructor(
    readonly name: string,
    log: Log,
    start: number,
    isBounded: boolean,
    settings: ChannelSettings,
    signals: Signals,
  ) {
    this.isEphemeral = isEphemeralName(name);
    this.#ownLog = isBounded ? new MemoryLog() : undefined;
    this.#log = this.#ownLog ?? log;
    this.#cursor = start;
    this.#settings = settings;
    this.#signals = signals;
    const { latencyWindowMs } = settings;
    this.latency = latencyWindowMs > 0 ? new LatencyWindow(latencyWindowMs) : undefined;
  }

  /** Messages waiting to be delivered: neither in flight nor deferred. */
  get depth(): number {
    return this.#ahead + this.#requeued.size;
  }

  /** The part of the depth that does not fit the memory window. */
  get backendDepth(): number {
    if (this.#ownLog !== undefined) return 0;
    return Math.max(0, this.depth - this.#settings.memQueueSize);
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

  /** Number of the first message of the topic's log that it still reads; Infinity when it reads its own. */
  get oldestNeeded(): number {
    return this.#ownLog === undefined ? this.#cursor : Infinity;
  }

  /** The topic gives it a batch that stands in the log. */
  receive(batch: Batch): void {
    this.#ownLog?.append(batch);
    this.#ahead += batch.count;
    this.counters.messageCount += batch.count;
    this.#signals.wake(this);
  }

  /** The topic gives it a batch of one that is to wait until `dueMs`. */
  receiveDeferred(batch: Batch, dueMs: number): void {
    this.counters.messageCount += batch.count;
    this.#defer(batch, 0, dueMs);
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
    if (consumer.isInLine) this.#leaveLine(this.#lines[consumer.locality]);
  }

  /** Those who are gone are skipped when their turn comes; only a line of mostly such is walked. */
  #leaveLine(line: Deque<Consumer>): void {
    if (line.size < LINE_SIZE_TIDY || line.size < 2 * this.#consumers.size) return;
    for (let left = line.size; left > 0; left--) {
      const consumer = line.shift()!;
      if (!consumer.isGone) line.push(consumer);
    }
  }

  /** A consumer may take more now: its ready count was raised, something was finished, or its connection has room. */
  wake(consumer: Consumer): void {
    if (consumer.isInLine || consumer.isGone || consumer.capacity <= 0) return;
    consumer.isInLine = true;
    this.#lines[consumer.locality].push(consumer);
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
    const single = run.batch.extract(number - run.batch.first);
    if (delayMs > 0) this.#defer(single, run.attempts, nowMs + delayMs);
    else this.#putBack(single, run.attempts);
    this.wake(consumer);
    return undefined;
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

  /** Stops deliveries; messages already in flight go on. */
  pause(): void {
    this.#isPaused = true;
  }

  /** Deliveries go on. */
  unpause(): void {
    this.#isPaused = false;
    this.#signals.wake(this);
  }

  /** Drops everything: waiting, in flight and deferred. `end` is the number after the last message it was given. */
  empty(end: number): void {
    this.#cursor = end;
    this.#batch = undefined;
    this.#offset = 0;
    this.#ahead = 0;
    this.#ownLog?.discardFrom(0);
    this.#requeued.clear();
    this.#deferred.clear();
    this.#gone.clear();
    for (const consumer of this.#consumers) {
      consumer.inFlight.clear();
      this.wake(consumer);
    }
  }

  /** Ends the channel: its consumers' connections are closed. */
  delete(): void {
    this.#isDeleted = true;
    this.empty(this.#cursor);
    for (const consumer of this.#consumers) consumer.sink.close();
  }

  /** Hands waiting messages to ready consumers until there are none of either. True if a batch was left behind. */
  dispatch(nowMs: number): boolean {
    const batch = this.#batch;
    if (!this.#isPaused && !this.#isDeleted) {
      for (const line of this.#lines) this.#serve(line, nowMs);
    }
    this.#dropOverflow();
    return this.#batch !== batch || batch === undefined;
  }

  #serve(line: Deque<Consumer>, nowMs: number): void {
    let share = 0;
    let roundLeft = 0;
    while (line.size > 0 && this.depth > 0) {
      // The share holds for a whole round: one that shrank with the depth would favour whoever comes first.
      if (roundLeft === 0) {
        roundLeft = line.size;
        share = Math.ceil(this.depth / roundLeft);
      }
      roundLeft--;
      const consumer = line.shift()!;
      consumer.isInLine = false;
      if (consumer.isGone || consumer.capacity <= 0 || !consumer.sink.hasRoom) continue;
      if (this.#deliver(consumer, Math.min(share, consumer.capacity), nowMs) === 0) continue;
      if (consumer.capacity > 0 && !consumer.isInLine) {
        consumer.isInLine = true;
        line.push(consumer);
      }
    }
  }

  /** Gives the consumer up to `count` messages, neighbours of one batch or one requeued one. Says how many it took. */
  #deliver(consumer: Consumer, count: number, nowMs: number): number {
    const requeued = this.#requeued.first();
    if (requeued !== undefined && (this.#ahead === 0 || requeued.afterTaken <= this.#taken)) {
      return this.#deliverRequeued(consumer, requeued, nowMs);
    }
    const before = requeued === undefined ? Infinity : requeued.afterTaken - this.#taken;
    if (consumer.sampleRate > 0) return this.#deliverSample(consumer, nowMs);
    return this.#deliverFresh(consumer, Math.min(count, before), nowMs);
  }

  #deliverFresh(consumer: Consumer, countMax: number, nowMs: number): number {
    const batch = this.#currentBatch();
    const index = this.#cursor - batch.first;
    const count = Math.min(countMax, batch.count - index, this.#ahead);
    const sent = consumer.sink.send(batch, index, this.#offset, count, 1);
    if (sent === 0) return 0;
    this.#countLocality(consumer, sent);
    this.#advance(sent, consumer.sink.nextOffset);
    this.#inFlight(
      consumer,
      new Run(batch, index, sent, 1, nowMs, this.#deadline(consumer, nowMs)),
    );
    return sent;
  }

  /** A message the sample leaves out is gone for the channel, as with upstream. Says how many messages were used up. */
  #deliverSample(consumer: Consumer, nowMs: number): number {
    if (this.#signals.percent() <= consumer.sampleRate) {
      return this.#deliverFresh(consumer, 1, nowMs);
    }
    const batch = this.#currentBatch();
    const index = this.#cursor - batch.first;
    const isLast = index + 1 === batch.count;
    this.#advance(1, isLast ? batch.bytes.length : batch.offsetOf(index + 1));
    return 1;
  }

  #deliverRequeued(consumer: Consumer, requeued: Waiting, nowMs: number): number {
    const isLeftOut = consumer.sampleRate > 0 && this.#signals.percent() > consumer.sampleRate;
    const attempts = requeued.attempts === ATTEMPTS_MAX ? 0 : requeued.attempts + 1;
    const { batch } = requeued;
    if (!isLeftOut) {
      if (consumer.sink.send(batch, 0, 0, 1, attempts) === 0) return 0;
      if (this.#settings.memQueueSize > 0) this.counters.countDelivery(consumer.locality, 1);
      const deadlineMs = this.#deadline(consumer, nowMs);
      this.#inFlight(consumer, new Run(batch, 0, 1, attempts, nowMs, deadlineMs));
    }
    this.#requeued.shift();
    return 1;
  }

  #currentBatch(): Batch {
    if (this.#batch === undefined) {
      const batch = this.#log.at(this.#cursor);
      assert(batch !== undefined, `channel ${this.name}: message ${this.#cursor} is in the log`);
      this.#batch = batch;
      this.#cursor = Math.max(this.#cursor, batch.first);
      this.#offset = batch.offsetOf(this.#cursor - batch.first);
    }
    return this.#batch;
  }

  #advance(count: number, offset: number): void {
    this.#cursor += count;
    this.#offset = offset;
    this.#ahead -= count;
    this.#taken += count;
    if (this.#cursor === this.#batch!.end) {
      this.#batch = undefined;
      this.#ownLog?.discardBefore(this.#cursor);
    }
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
    const outside = Math.max(0, this.#ahead - this.#settings.memQueueSize);
    this.counters.countDelivery(consumer.locality, Math.max(0, count - outside));
  }

  #putBack(single: Batch, attempts: number): void {
    // Behind what waits, but behind at most a memory window (and at least one), so that neither side starves.
    const behind = Math.min(this.#ahead, Math.max(1, this.#settings.memQueueSize));
    this.#requeued.push({ batch: single, attempts, afterTaken: this.#taken + behind });
    this.#signals.wake(this);
  }

  #defer(single: Batch, attempts: number, dueMs: number): void {
    this.#deferred.push(dueMs, { batch: single, attempts });
    this.#signals.watch(this, dueMs);
  }

  /** Brings back what timed out or is due, and says when to call again; Infinity is never. */
  expire(nowMs: number): number {
    let nextMs = this.#expireInFlight(this.#consumers, nowMs);
    nextMs = Math.min(nextMs, this.#expireInFlight(this.#gone, nowMs));
    for (const consumer of this.#gone) {
      if (consumer.inFlight.size === 0) this.#gone.delete(consumer);
    }
    while (this.#deferred.firstKey <= nowMs) {
      const { batch, attempts } = this.#deferred.shift()!;
      this.#putBack(batch, attempts);
    }
    return Math.min(nextMs, this.#deferred.firstKey);
  }

  #expireInFlight(consumers: Iterable<Consumer>, nowMs: number): number {
    let nextMs = Infinity;
    for (const consumer of consumers) {
      for (const { run, number } of consumer.inFlight.takeExpired(nowMs)) {
        this.counters.timeoutCount++;
        this.#putBack(run.batch.extract(number - run.batch.first), run.attempts);
      }
      nextMs = Math.min(nextMs, consumer.inFlight.earliestDeadlineMs);
      this.wake(consumer);
    }
    return nextMs;
  }

  /** A bounded channel keeps its oldest messages; what came on top and found no ready consumer is dropped. */
  #dropOverflow(): void {
    if (this.#ownLog === undefined) return;
    const excess = Math.min(this.#ahead, this.depth - this.#settings.memQueueSize);
    if (excess <= 0) return;
    this.#ahead -= excess;
    this.#ownLog.discardLast(excess);
    // The log may have cut the batch the cursor stands in: look it up again.
    this.#batch = undefined;
  }
}
