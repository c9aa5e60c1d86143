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

  /** The lines, the nearest consumers' first. */
  get lines(): readonly Deque<Consumer>[] {
    return this.#lines;
  }

  /** Takes the first consumer out of a line; undefined when it cannot take a message now. */
  next(line: Deque<Consumer>): Consumer | undefined {
    const consumer = line.shift()!;
    consumer.isInLine = false;
    const isReady = !consumer.isGone && consumer.capacity > 0 && consumer.sink.hasRoom;
    return isReady ? consumer : undefined;
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
