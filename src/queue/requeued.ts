// Messages of one channel that wait to be delivered again, in the order in which they were given back.
// Invariant: one is due once so many messages were taken at the cursor since; it never overtakes one before it.

import { Deque } from "../base/deque.ts";
import type { Batch } from "./batch.ts";

/** A message to be delivered again. */
export interface RequeuedMessage {
  readonly number: number;
  readonly attempts: number;
  /** Undefined when it is to be fetched. */
  batch: Batch | undefined;
  /** It is due when so many messages have been taken at the cursor. */
  readonly afterTaken: number;
}

/** A line of messages to be delivered again. */
export class RequeuedMessages {
  readonly #line = new Deque<RequeuedMessage>();

  /** How many wait. */
  get size(): number {
    return this.#line.size;
  }

  /** Puts one at the end. */
  push(message: RequeuedMessage): void {
    this.#line.push(message);
  }

  /** The one that comes next. */
  first(): RequeuedMessage | undefined {
    return this.#line.first();
  }

  /** Takes the first out. */
  shift(): void {
    this.#line.shift();
  }

  /** Takes message `number` out, wherever it stands, in a time that grows with the line; undefined when it is not here. */
  take(number: number): RequeuedMessage | undefined {
    let taken: RequeuedMessage | undefined;
    for (let left = this.#line.size; left > 0; left--) {
      const message = this.#line.shift()!;
      if (message.number === number) taken = message;
      else this.#line.push(message);
    }
    return taken;
  }

  /** Whether message `number` waits here. */
  has(number: number): boolean {
    for (const message of this.#line) if (message.number === number) return true;
    return false;
  }

  /** Lets go of all. */
  clear(): void {
    this.#line.clear();
  }

  /** All, the next one first. */
  [Symbol.iterator](): Iterator<RequeuedMessage> {
    return this.#line[Symbol.iterator]();
  }
}
