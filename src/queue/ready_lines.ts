// The consumers of a channel that can take messages: a line for each locality, nearest first, served in turn.

import { Deque } from "../base/deque.ts";
import type { Consumer } from "./consumer.ts";

/** Lines shorter than this are never tidied. */
const LINE_SIZE_TIDY = 16;

/** Ready consumers in the order in which they are served. */
export class ReadyLines {
  readonly #lines = [new Deque<Consumer>(), new Deque<Consumer>(), new Deque<Consumer>()] as const;

  /** Puts a consumer at the end of its line, unless it stands there already. */
  join(consumer: Consumer): void {
    if (consumer.isInLine) return;
    consumer.isInLine = true;
    this.#lines[consumer.locality].push(consumer);
  }

  /** Takes out the next consumer that can take a message now; those who cannot leave their line. */
  next(): Consumer | undefined {
    for (const line of this.#lines) {
      while (line.size > 0) {
        const consumer = line.shift()!;
        consumer.isInLine = false;
        if (!consumer.isGone && consumer.capacity > 0 && consumer.sink.hasRoom) return consumer;
      }
    }
    return undefined;
  }

  /** Puts back, first in its line, a consumer that `next` gave and that could not be served. */
  putBack(consumer: Consumer): void {
    consumer.isInLine = true;
    this.#lines[consumer.locality].unshift(consumer);
  }

  /** How many stand in the line of `consumer`, which is not in it. */
  behind(consumer: Consumer): number {
    return this.#lines[consumer.locality].size;
  }

  /** A consumer is gone. Such are skipped when their turn comes; a line of mostly such is walked. */
  leave(consumer: Consumer, consumersLeft: number): void {
    const line = this.#lines[consumer.locality];
    if (!consumer.isInLine || line.size < LINE_SIZE_TIDY || line.size < 2 * consumersLeft) return;
    for (let left = line.size; left > 0; left--) {
      const other = line.shift()!;
      if (!other.isGone) line.push(other);
    }
  }
}
