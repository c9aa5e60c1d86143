// What a channel should be: the plainest bookkeeping that can tell right from wrong. A message is an integer.
// Every message the channel received and is not done with is in exactly one of `fresh`, `requeued`, `inFlight`,
// `deferred`.

import { assert } from "../../src/base/assert.ts";
import type { Refusal } from "../../src/queue/channel.ts";
import type { FakeClient } from "./fake_client.ts";

/** A message given to a client. */
export interface Handed {
  client: FakeClient;
  deliveredMs: number;
  deadlineMs: number;
}

/** The bounds a channel has. */
export interface ModelSettings {
  memQueueSize: number;
  maxMsgTimeoutMs: number;
}

const ATTEMPTS = 65536;

/** A channel as it should be. */
export class ModelChannel {
  isPaused = false;
  /** Waiting and never delivered, in publishing order. */
  readonly fresh = new Set<number>();
  /** Waiting once more, or once deferred. */
  readonly requeued = new Set<number>();
  readonly inFlight = new Map<number, Handed>();
  /** When each is due, ms. */
  readonly deferred = new Map<number, number>();
  readonly #attempts = new Map<number, number>();
  /** Messages among `fresh` and `requeued` that a sample left out: how many is known, not which. */
  leftOut = 0;
  messageCount = 0;
  requeueCount = 0;
  timeoutCount = 0;

  constructor(
    readonly name: string,
    readonly isBounded: boolean,
    readonly isSampled: boolean,
    readonly settings: ModelSettings,
  ) {}

  /** Messages waiting. */
  get depth(): number {
    return this.fresh.size + this.requeued.size - this.leftOut;
  }

  /** Messages the channel is not done with. */
  get size(): number {
    return this.depth + this.inFlight.size + this.deferred.size;
  }

  /** How many the client has in flight. */
  inFlightOf(client: FakeClient): number {
    let count = 0;
    for (const handed of this.inFlight.values()) if (handed.client === client) count++;
    return count;
  }

  receive(message: number): void {
    this.messageCount++;
    this.fresh.add(message);
  }

  receiveDeferred(message: number, dueMs: number): void {
    this.messageCount++;
    this.deferred.set(message, dueMs);
  }

  /** The broker gave the message to the client: is it allowed to? */
  deliver(client: FakeClient, message: number, attempts: number, nowMs: number): void {
    assert(!this.isPaused, `${this.name} is paused`);
    assert(!client.isGone, `${client.name} is gone`);
    assert(this.inFlightOf(client) < client.consumer.readyCount, `${client.name} is ready`);
    assert(!this.inFlight.has(message), `${message} is not in flight already`);
    assert(!this.deferred.has(message), `${message} is not deferred`);
    if (this.fresh.has(message)) this.#takeFresh(message);
    else assert(this.requeued.delete(message), `${message} waits in ${this.name}`);
    const expected = ((this.#attempts.get(message) ?? 0) + 1) % ATTEMPTS;
    assert(attempts === expected, `${message} is delivered ${expected} times, not ${attempts}`);
    this.#attempts.set(message, attempts);
    const deadlineMs = nowMs + client.consumer.messageTimeoutMs;
    this.inFlight.set(message, { client, deliveredMs: nowMs, deadlineMs });
  }

  #takeFresh(message: number): void {
    for (const first of this.fresh) {
      this.fresh.delete(first);
      if (first === message) return;
      assert(this.isSampled, `${first} comes before ${message}`);
      this.leftOut--;
    }
  }

  /** The end of a turn: what does not fit is dropped, the newest first. */
  settle(): void {
    if (!this.isBounded) return;
    const excess = Math.min(this.fresh.size, this.depth - this.settings.memQueueSize);
    if (excess > 0) {
      for (const message of [...this.fresh].slice(-excess)) this.fresh.delete(message);
    }
  }

  /** Time has passed. */
  expire(nowMs: number): void {
    for (const [message, { deadlineMs }] of this.inFlight) {
      if (deadlineMs > nowMs) continue;
      this.inFlight.delete(message);
      this.requeued.add(message);
      this.timeoutCount++;
    }
    for (const [message, dueMs] of this.deferred) {
      if (dueMs > nowMs) continue;
      this.deferred.delete(message);
      this.requeued.add(message);
    }
  }

  /** What FIN, REQ and TOUCH are refused with. */
  refusal(client: FakeClient, message: number): Refusal | undefined {
    const handed = this.inFlight.get(message);
    if (handed === undefined) return "ID not in flight";
    return handed.client === client ? undefined : "client does not own message";
  }

  finish(message: number): void {
    this.inFlight.delete(message);
  }

  requeue(message: number, delayMs: number, nowMs: number): void {
    this.requeueCount++;
    this.inFlight.delete(message);
    if (delayMs > 0) this.deferred.set(message, nowMs + delayMs);
    else this.requeued.add(message);
  }

  touch(message: number, nowMs: number): void {
    const handed = this.inFlight.get(message)!;
    const latestMs = handed.deliveredMs + this.settings.maxMsgTimeoutMs;
    handed.deadlineMs = Math.min(nowMs + handed.client.consumer.messageTimeoutMs, latestMs);
  }

  empty(): void {
    this.fresh.clear();
    this.requeued.clear();
    this.inFlight.clear();
    this.deferred.clear();
    this.leftOut = 0;
  }
}
