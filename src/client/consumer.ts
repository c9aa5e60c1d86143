// Consuming: what to do with the messages of all connections, and how many to ask for.
// Knows addresses and sockets only through its pool.
// Invariant: over all connections no more messages are asked for than `maxInFlight`; every message that arrived is
// answered, unless its connection ended.

import { Deque } from "../base/deque.ts";
import { pause } from "../base/timers.ts";
import { Backoff } from "./backoff.ts";
import { ConnectionPool } from "./connection_pool.ts";
import {
  type ConsumerOptions,
  type ConsumerSettings,
  consumerSettings,
} from "./consumer_options.ts";
import type { Message } from "./message.ts";
import { NsqError } from "./nsq_error.ts";
import { readyShares } from "./ready_shares.ts";
import type { Subscription } from "./subscription.ts";
import { TURN_STEPS, Turns } from "./turns.ts";

/**
 * Reads a channel of a topic, from one nsqd or many.
 *
 * ```ts
 * import { Consumer } from "@nsqd/nsqd";
 *
 * const consumer = new Consumer({
 *   topic: "orders",
 *   channel: "billing",
 *   addresses: ["127.0.0.1:4150"],
 *   maxInFlight: 10,
 *   handler: (message) => {
 *     if (message.text() === "") throw new Error("an empty order: try again later");
 *   },
 * });
 * await consumer.start();
 * setTimeout(() => consumer.stop(), 1000);
 * await consumer.stopped;
 * ```
 *
 * With `lookupdHttpAddresses: ["127.0.0.1:4161"]` instead of `addresses` the servers are found through nsqlookupd, those
 * that appear later as well; one that is no longer announced stays connected until it closes.
 *
 * Or without a handler, one message after the other; asking for the next finishes the one before, and leaving the
 * loop hands back a message that was not answered:
 *
 * ```ts
 * import { Consumer } from "@nsqd/nsqd";
 *
 * const consumer = new Consumer({ topic: "orders", channel: "log", addresses: ["127.0.0.1:4150"] });
 * for await (const message of consumer) {
 *   if (message.text() === "not now") message.requeue(5_000);
 *   if (message.text() !== "the last one") continue;
 *   message.finish();
 *   break;
 * }
 * ```
 */
export class Consumer implements AsyncIterable<Message> {
  /** Resolves when the consumer has stopped and its connections are closed. */
  readonly stopped: Promise<void>;

  readonly #settings: ConsumerSettings;
  readonly #pool: ConnectionPool;
  readonly #backoff: Backoff;
  readonly #stopping = new AbortController();
  readonly #resolveStopped: () => void;
  readonly #queue = new Deque<Message>();
  #onQueueChange = () => {};
  #onAnswer = () => {};
  #started: Promise<void> | undefined;
  #stop: Promise<void> | undefined;
  #maxInFlight: number;
  readonly #turns = new Turns<Subscription>();
  #probe: Subscription | undefined;
  #cancelPause = () => {};
  #cancelTurn: (() => void) | undefined;

  /** Connects at `start`, or when iteration begins. */
  constructor(options: ConsumerOptions) {
    this.#settings = consumerSettings(options);
    this.#maxInFlight = this.#settings.maxInFlight;
    this.#backoff = new Backoff(this.#settings);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.stopped = promise;
    this.#resolveStopped = resolve;
    this.#pool = new ConnectionPool(this.#settings, {
      onMessage: (message) => this.#receive(message),
      onAnswer: () => {
        this.#onAnswer();
        if (this.#turns.isHeldBack) this.#redistribute();
      },
      onRefusal: (error) => this.#settings.onEvent({ kind: "answer refused", error }),
      onConnectionsChange: () => {
        this.#redistribute();
        this.#onAnswer(); // what was in flight on a lost connection is not any more
      },
    });
  }

  /** How many messages may be in flight over all connections. */
  get maxInFlight(): number {
    return this.#maxInFlight;
  }

  /** How many messages have arrived and are not answered. */
  get inFlight(): number {
    return this.#pool.subscriptions.reduce((sum, { inFlight }) => sum + inFlight, 0);
  }

  /** Whether a server waits for answers before it sends much more: time to answer what is held back. */
  get isStarved(): boolean {
    return this.#pool.subscriptions.some(({ isStarved }) => isStarved);
  }

  /**
   * Connects and asks for messages. Servers that cannot be reached are tried again for ever, but when none of the
   * first ones can, the consumer stops, unless nsqlookupds named them.
   * @throws {NsqError} the reason of the first server
   */
  start(): Promise<void> {
    this.#started ??= this.#start();
    return this.#started;
  }

  /** Changes how many messages may be in flight; 0 pauses. Answers given after this call find it in force. */
  setMaxInFlight(count: number): void {
    if (!Number.isInteger(count) || count < 0) {
      throw new RangeError(`maxInFlight must be a whole number from 0, not ${count}`);
    }
    this.#maxInFlight = count;
    this.#redistribute();
  }

  /**
   * Asks for no more messages, waits until those in flight are answered (for `stopMsMax` at most) and closes. Messages
   * that no loop has taken go back at once, and those that are not answered in time go back then, whatever their handlers
   * say later. Do not await this inside the handler or the loop: it would wait for itself.
   */
  stop(): Promise<void> {
    this.#stop ??= this.#finishAndClose();
    return this.#stop;
  }

  /** The messages, one after the other. Ends when the consumer stops; leaving the loop stops it. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Message, void, void> {
    if (this.#settings.handler) {
      throw new TypeError("This consumer has a handler for its messages.");
    }
    let taken: Message | undefined;
    try {
      await this.start();
      for (taken = await this.#next(); taken !== undefined; taken = await this.#next()) {
        yield taken;
        this.#succeed(taken);
      }
    } finally {
      taken?.requeue();
      await this.stop();
    }
  }

  async #start(): Promise<void> {
    if (this.#stop) throw new NsqError("CLOSED", "This consumer was stopped.");
    try {
      await this.#pool.start();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  #receive(message: Message): void {
    const { maxAttempts, onEvent, handler } = this.#settings;
    if (maxAttempts > 0 && message.attempts > maxAttempts) {
      onEvent({ kind: "gave up", message });
      return message.finish();
    }
    if (handler) return this.#handle(message, handler);
    if (this.#stopping.signal.aborted) return message.requeue();
    this.#queue.push(message);
    this.#onQueueChange();
  }

  /** No promise is made for a handler that returns none: that would cost more than all the rest. */
  #handle(message: Message, handler: NonNullable<ConsumerSettings["handler"]>): void {
    try {
      const result = handler(message);
      if (result === undefined) return this.#succeed(message);
      result.then(() => this.#succeed(message), (error) => this.#fail(message, error));
    } catch (error) {
      this.#fail(message, error);
    }
  }

  #succeed(message: Message): void {
    // Who requeues by hand says "later", which is neither success nor failure.
    if (message.isRequeued) return;
    message.finish();
    this.#recordOutcome(true);
  }

  #fail(message: Message, error: unknown): void {
    const { defaultRequeueDelayMs, maxRequeueDelayMs, onEvent } = this.#settings;
    onEvent({ kind: "handler failed", message, error });
    message.requeue(Math.min(defaultRequeueDelayMs * message.attempts, maxRequeueDelayMs));
    this.#recordOutcome(false);
  }

  async #next(): Promise<Message | undefined> {
    while (this.#queue.size === 0 && !this.#stopping.signal.aborted) {
      await new Promise<void>((resolve) => this.#onQueueChange = resolve);
    }
    return this.#queue.shift();
  }

  #recordOutcome(isSuccess: boolean): void {
    const backoff = this.#backoff;
    if (this.#stopping.signal.aborted || !backoff.record(isSuccess)) return;
    if (backoff.state === "pausing") {
      const { level } = backoff;
      const pauseMs = backoff.pauseMs(this.#settings.random());
      this.#settings.onEvent({ kind: "backoff", level, pauseMs });
      this.#cancelPause();
      this.#cancelPause = this.#settings.connection.timers.after(pauseMs, () => {
        backoff.endPause();
        this.#redistribute();
      });
    }
    this.#redistribute();
  }

  /** Tells every connection its share; called whenever something the shares depend on has changed. */
  #redistribute(): void {
    if (this.#stopping.signal.aborted) return;
    const subscriptions = this.#pool.subscriptions;
    const shares = this.#shares(subscriptions);
    // Lowered before raised, so that the sum is never exceeded by our own doing.
    const order = [...subscriptions.keys()].sort((a, b) => shares[a]! - shares[b]!);
    for (const index of order) subscriptions[index]!.setReady(shares[index]!);
    this.#scheduleTurn(subscriptions);
  }

  #shares(subscriptions: readonly Subscription[]): number[] {
    const { state } = this.#backoff;
    if (state === "flowing") {
      this.#probe = undefined;
      const holders = this.#turns.holders(subscriptions, this.#maxInFlight);
      if (this.#isShort(subscriptions)) {
        return subscriptions.map((subscription) => holders.has(subscription) ? 1 : 0);
      }
      return readyShares(
        this.#maxInFlight,
        subscriptions.map(({ maxRdyCount }) => maxRdyCount),
      );
    }
    if (state === "pausing" || this.#maxInFlight === 0) {
      this.#probe = undefined;
      return subscriptions.map(() => 0);
    }
    if (this.#probe === undefined || !subscriptions.includes(this.#probe)) {
      this.#probe = subscriptions[Math.floor(this.#settings.random() * subscriptions.length)];
    }
    return subscriptions.map((subscription) => subscription === this.#probe ? 1 : 0);
  }

  /** Whether there are more connections than messages that may be in flight. */
  #isShort({ length }: readonly Subscription[]): boolean {
    return length > this.#maxInFlight;
  }

  #scheduleTurn(subscriptions: readonly Subscription[]): void {
    if (!this.#isShort(subscriptions) || this.#maxInFlight === 0) {
      this.#cancelTurn?.();
      this.#cancelTurn = undefined;
      return;
    }
    const { redistributeIntervalMs, connection } = this.#settings;
    const stepMs = redistributeIntervalMs / TURN_STEPS;
    this.#cancelTurn ??= connection.timers.after(stepMs, () => {
      this.#cancelTurn = undefined;
      this.#turns.step();
      this.#redistribute();
    });
  }

  async #finishAndClose(): Promise<void> {
    this.#stopping.abort();
    this.#cancelPause();
    this.#cancelTurn?.();
    for (let left = this.#queue.shift(); left; left = this.#queue.shift()) left.requeue();
    this.#onQueueChange();
    await this.#pool.stopConnecting();
    const subscriptions = this.#pool.subscriptions;
    const drained = new AbortController();
    const draining = this.#drain(subscriptions).then(() => drained.abort());
    await pause(this.#settings.connection.timers, this.#settings.stopMsMax, drained.signal);
    for (const subscription of subscriptions) subscription.requeueAll();
    await Promise.all(subscriptions.map((subscription) => subscription.close()));
    this.#onAnswer();
    await draining;
    this.#resolveStopped();
  }

  /** Resolves when no more messages come and all that came are answered or lost with their connection. */
  async #drain(subscriptions: readonly Subscription[]): Promise<void> {
    await Promise.all(subscriptions.map((subscription) => subscription.stopReceiving()));
    while (this.inFlight > 0) {
      await new Promise<void>((resolve) => this.#onAnswer = resolve);
    }
  }
}
