// The place of a channel in its log: which message it takes next, and how many are left.
// Invariant: `ahead` counts the messages from `number` on that the channel was given and that are not skipped.

import type { Batch } from "./batch.ts";
import type { Log } from "./log.ts";
import type { StoredChannel } from "./stored.ts";

/** Neighbours in one batch. */
export interface Stretch {
  readonly batch: Batch;
  /** Place of the first in the batch. */
  readonly index: number;
  readonly count: number;
}

/** Reads a log message by message, a batch at a time. */
export class ChannelCursor {
  /** Messages that may be taken. The channel raises it when it is given some. */
  ahead = 0;
  /** Messages taken so far. */
  taken = 0;
  /** Messages of an earlier run that may not have been taken yet. */
  restored = 0;
  /** Whether a batch was left behind since this was last set to false. */
  isPassed = false;
  /** Where the next message's size stands in the bytes of its batch; valid after `batch()`. */
  offset = 0;
  #number: number;
  #batch: Batch | undefined;
  readonly #log: Log;
  /** Intervals that are not to be taken, the nearest last. */
  #skips: (readonly [first: number, end: number])[] = [];

  /** @param number the first message to take */
  constructor(log: Log, number: number) {
    this.#log = log;
    this.#number = number;
  }

  /** Takes over the state of an earlier run. */
  restore({ skips, ahead }: StoredChannel): void {
    this.#skips = skips.toReversed();
    this.ahead = ahead;
  }

  /** Number of the next message, or of one before it that is gone. */
  get number(): number {
    return this.#number;
  }

  /** The next message's place in its batch; valid after `batch()`. */
  get index(): number {
    return this.#number - this.#batch!.first;
  }

  /** How many neighbours can be taken at once; valid after `batch()`. */
  get run(): number {
    const skip = this.#skips.at(-1);
    const end = Math.min(this.#batch!.end, skip?.[0] ?? Infinity);
    return Math.min(end - this.#number, this.ahead);
  }

  /** Whether there is a message that can be taken now. */
  get hasBatch(): boolean {
    return this.ahead > 0 && this.batch() !== undefined;
  }

  /**
   * The batch with the next message; undefined when it must be read first, or when the log has lost all that is ahead,
   * which then is nothing. Call it only while `ahead` > 0.
   */
  batch(): Batch | undefined {
    return this.#batch ?? this.#find();
  }

  #find(): Batch | undefined {
    while (true) {
      const batch = this.#log.at(this.#number);
      if (batch === "loading") return undefined;
      if (batch === undefined) return this.#giveUp();
      if (batch.first > this.#number) this.#passTo(batch.first);
      if (this.#isAtSkip()) continue;
      if (this.ahead === 0) return undefined;
      this.#batch = batch;
      this.offset = batch.offsetOf(this.#number - batch.first);
      return batch;
    }
  }

  /** Steps to `number`. What it passes over and should have taken is lost, and ahead no more. */
  #passTo(number: number): void {
    for (let skip = this.#skips.at(-1); skip && skip[1] <= number; skip = this.#skips.at(-1)) {
      this.#passMissing(skip[0]);
      this.#number = Math.max(this.#number, skip[1]);
      this.#skips.pop();
    }
    this.#passMissing(Math.min(number, this.#skips.at(-1)?.[0] ?? number));
    this.#number = Math.max(this.#number, number);
  }

  #passMissing(end: number): void {
    const lost = this.#log.lostWithin(this.#number, end);
    this.ahead = Math.max(0, this.ahead - lost);
    this.restored = Math.max(0, this.restored - lost);
  }

  #giveUp(): undefined {
    this.ahead = this.restored = 0;
    this.#skips = [];
  }

  /** Steps over the skips that end before or hold the next message; true if it moved. */
  #isAtSkip(): boolean {
    let isMoved = false;
    for (
      let skip = this.#skips.at(-1);
      skip && skip[0] <= this.#number;
      skip = this.#skips.at(-1)
    ) {
      this.#skips.pop();
      if (skip[1] <= this.#number) continue;
      this.#number = skip[1];
      isMoved = true;
    }
    return isMoved;
  }

  /** Takes `count` messages, at most `run`; `offset` is behind them. */
  advance(count: number, offset: number): void {
    this.#number += count;
    this.offset = offset;
    this.ahead -= count;
    this.taken += count;
    this.restored = Math.max(0, this.restored - count);
    const isEnd = this.#number === this.#batch!.end;
    if (!isEnd && this.#skips.at(-1)?.[0] !== this.#number) return;
    this.#leave(isEnd);
  }

  /** Takes the next message without giving it to anybody. */
  passOne(): void {
    const batch = this.batch()!;
    const next = this.index + 1;
    this.advance(1, next === batch.count ? batch.bytes.length : batch.offsetOf(next));
  }

  /** Goes on at `number`, with nothing to take. */
  jump(number: number): void {
    this.#number = Math.max(this.#number, number);
    this.ahead = this.restored = 0;
    this.#skips = [];
    this.#leave(true);
  }

  /** The last `count` messages are gone from the log. */
  cut(count: number): void {
    this.ahead -= count;
    // The log may have cut the very batch it stands in: look it up again.
    this.#batch = undefined;
  }

  /** Number of the next message, as far as is known without looking into the log; Infinity when none is ahead. */
  get firstAhead(): number {
    if (this.ahead === 0) return Infinity;
    const skip = this.#skips.at(-1);
    return skip !== undefined && skip[0] <= this.#number
      ? Math.max(skip[1], this.#number)
      : this.#number;
  }

  /**
   * Messages that are still to be taken, the first of them numbered `from` or more, without taking them: "loading" when they
   * must be read first, undefined when there are none before number `end`.
   */
  look(from: number, end: number): Stretch | "loading" | undefined {
    let number = Math.max(from, this.#number);
    while (this.ahead > 0 && number < end) {
      const batch = this.#log.at(number);
      if (batch === "loading" || batch === undefined) return batch;
      number = Math.max(number, batch.first);
      const skip = this.#skips.findLast(([, skipEnd]) => skipEnd > number);
      const stop = Math.min(batch.end, end, skip?.[0] ?? Infinity);
      if (number < stop) return { batch, index: number - batch.first, count: stop - number };
      number = skip === undefined ? end : Math.max(number, skip[1]);
    }
    return undefined;
  }

  #leave(isPassed: boolean): void {
    this.#batch = undefined;
    this.isPassed ||= isPassed;
  }
}
