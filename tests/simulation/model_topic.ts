// What a topic should be: a backlog and channels. Messages are integers.

import { isEphemeralName } from "../../src/wire/names.ts";
import { ModelChannel, type ModelSettings } from "./model_channel.ts";

/** A topic as it should be. */
export class ModelTopic {
  isPaused = false;
  messageCount = 0;
  readonly channels = new Map<string, ModelChannel>();
  #backlog: number[] = [];
  #deferred: { message: number; dueMs: number }[] = [];

  constructor(readonly name: string, readonly settings: ModelSettings) {}

  /** Messages no channel was given. */
  get depth(): number {
    return this.#backlog.length + this.#deferred.length;
  }

  get #isDistributing(): boolean {
    return !this.isPaused && this.channels.size > 0;
  }

  publish(message: number): void {
    this.messageCount++;
    if (this.#isDistributing) {
      for (const channel of this.channels.values()) channel.receive(message);
      return;
    }
    if (this.#hasRoom) this.#backlog.push(message);
  }

  get #hasRoom(): boolean {
    return !isEphemeralName(this.name) || this.depth < this.settings.memQueueSize;
  }

  publishDeferred(message: number, dueMs: number): void {
    this.messageCount++;
    if (this.#isDistributing || this.#hasRoom) this.#deferred.push({ message, dueMs });
    this.#distribute();
  }

  channel(name: string, isSampled: boolean): ModelChannel {
    const existing = this.channels.get(name);
    if (existing !== undefined) return existing;
    const isBounded = isEphemeralName(name) || isEphemeralName(this.name);
    const channel = new ModelChannel(name, isBounded, isSampled, this.settings);
    this.channels.set(name, channel);
    this.#distribute();
    return channel;
  }

  setPaused(isPaused: boolean): void {
    this.isPaused = isPaused;
    this.#distribute();
  }

  empty(): void {
    this.#backlog = [];
    this.#deferred = [];
  }

  #distribute(): void {
    if (!this.#isDistributing) return;
    for (const channel of this.channels.values()) {
      for (const message of this.#backlog) channel.receive(message);
      for (const { message, dueMs } of this.#deferred) channel.receiveDeferred(message, dueMs);
    }
    this.empty();
  }
}
