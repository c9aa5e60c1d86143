// A channel as somebody sees it who only looks: what it holds, where, and how old it is. Nothing is moved, nobody is woken
// and no attempt counts. Looking may have the log read a block that a cursor would have read later.

import type { Batch } from "./batch.ts";
import type { ChannelCursor, Stretch } from "./channel_cursor.ts";
import type { Consumer } from "./consumer.ts";
import type { DeferredMessages } from "./deferred.ts";
import type { Log } from "./log.ts";
import type { RequeuedMessage, RequeuedMessages } from "./requeued.ts";
import type { Run } from "./run.ts";

/** So many requeued messages, and single ones in flight to a consumer, are looked at for the oldest. */
const LOOKED_AT_MAX = 1000;

/** What of a channel is shown. */
export interface ChannelParts {
  readonly log: Log;
  readonly cursor: ChannelCursor;
  readonly requeued: RequeuedMessages;
  readonly deferred: DeferredMessages;
  readonly consumers: ReadonlySet<Consumer>;
  readonly gone: ReadonlySet<Consumer>;
}

/** A message in flight. */
export interface InFlightMessage {
  readonly number: number;
  readonly run: Run;
  /** To whom; see `Consumer.isGone`. */
  readonly consumer: Consumer;
}

/** Looks into one channel. */
export class ChannelView {
  readonly #parts: ChannelParts;

  constructor(parts: ChannelParts) {
    this.#parts = parts;
  }

  /** See `ChannelCursor.look`. */
  ready(from: number, end: number): Stretch | "loading" | undefined {
    return this.#parts.cursor.look(from, end);
  }

  /** What waits to be delivered again, the next one first. */
  get requeued(): Iterable<RequeuedMessage> {
    return this.#parts.requeued;
  }

  /** How many wait to be delivered again. */
  get requeuedCount(): number {
    return this.#parts.requeued.size;
  }

  /** The deferred messages. */
  get deferred(): Pick<DeferredMessages, "earliest" | "find" | "size"> {
    return this.#parts.deferred;
  }

  /** What is in flight, consumer by consumer. */
  *inFlight(): Iterable<InFlightMessage> {
    for (const consumers of [this.#parts.consumers, this.#parts.gone]) {
      for (const consumer of consumers) {
        for (const { run, number } of consumer.inFlight.messages()) yield { run, number, consumer };
      }
    }
  }

  /** A message that waits outside the log: `batch`, or what the log has of it; undefined when it is lost. */
  single(number: number, batch: Batch | undefined): Batch | "failed" | undefined {
    return batch ?? this.#parts.log.fetch(number);
  }

  /**
   * The oldest message that waits or is in flight; undefined when there is none. Numbers grow with time, so it is the
   * lowest, of the next at the cursor, the first thousand requeued and nearly all in flight.
   */
  get oldest(): { readonly number: number; readonly batch: Batch | undefined } | undefined {
    const { cursor, requeued, consumers, gone } = this.#parts;
    let oldest = { number: cursor.firstAhead, batch: undefined as Batch | undefined };
    let left = LOOKED_AT_MAX;
    for (const message of requeued) {
      if (message.number < oldest.number) oldest = message;
      if (--left === 0) break;
    }
    for (const group of [consumers, gone]) {
      for (const { inFlight } of group) {
        const run = inFlight.size > 0 ? inFlight.oldest(LOOKED_AT_MAX) : undefined;
        if (run !== undefined && run.oldestNumber < oldest.number) {
          oldest = { number: run.oldestNumber, batch: run.batch };
        }
      }
    }
    return oldest.number === Infinity ? undefined : oldest;
  }

  /** When message `number` was accepted, ms since the Unix epoch; undefined when nobody can say without much reading. */
  acceptedMs(number: number): number | undefined {
    return this.#parts.log.acceptedMs(number);
  }
}
