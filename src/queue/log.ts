// The storage a topic needs: an append-only line of numbered batches that channels read at their own pace, and a
// journal of what became of the messages. Numbers grow from batch to batch; between two batches there may be a gap,
// never an overlap.
//
//   append ─► staged ─► commit ─► readable, and as safe as the durability promises
//
// What is staged when a commit fails was never accepted. Times are on the monotonic clock; a log that writes them down
// turns them into wall-clock times and back.

import type { Batch } from "./batch.ts";

/** What became of the messages of one channel. Entries are part of the next commit; a failed one keeps them. */
export interface ChannelJournal {
  /** Message `number` is done. */
  finished(number: number): void;
  /**
   * Message `number`, which is in `batch`, was given back after `attempts` deliveries, to come again at `dueMs`; 0 is at
   * once. Without a batch the log has it.
   */
  requeued(number: number, attempts: number, dueMs: number, batch: Batch | undefined): void;
  /** Everything before number `end` is gone. */
  emptied(end: number): void;
  /** Deliveries stop or go on. */
  paused(isPaused: boolean): void;
  /** The channel is gone with all it had. */
  deleted(): void;
}

/** Who is told what happens in a log. */
export interface LogListener {
  /** There is something to commit at the end of the turn. */
  logChanged(): void;
  /** Batches that `at` did not have are there now. */
  logLoaded(): void;
}

/** Where a topic keeps its batches. */
export interface Log {
  /** The topic; set once, before anything is appended. */
  listener: LogListener | undefined;

  /** Whether bodies can be fetched again, so that those who wait need not keep them. */
  readonly canFetch: boolean;

  /** Places where what was kept turned out to be damaged, since this process began. */
  readonly damageCount: number;

  /** Stages a batch behind all others. The log owns it from now on. */
  append(batch: Batch): void;

  /** Stages a message that is to wait until `dueMs`. `at` passes over it; `fetch` finds it. */
  appendDeferred(batch: Batch, dueMs: number): void;

  /** Makes what is staged count. Returns why it could not: what was staged is then forgotten. */
  commit(): string | undefined;

  /** Resolves when what was committed so far is as safe as the durability promises; undefined when it is already. */
  safe(): Promise<void> | undefined;

  /**
   * The batch that holds message `number`, else the first one behind it; "loading" when it must be read first, and
   * `logLoaded` is then called once it is there; undefined when there is none.
   */
  at(number: number): Batch | "loading" | undefined;

  /**
   * How many messages from number `first` to `end` - 1 turned out to be lost when `at` came by. A message that `at` was not
   * asked for does not count.
   */
  lostWithin(first: number, end: number): number;

  /** Message `number` alone, wherever it lies; undefined when it is lost, "failed" when it may be had later. */
  fetch(number: number): Batch | "failed" | undefined;

  /**
   * When message `number` was accepted, ms since the Unix epoch; undefined when it is lost or cannot be read now. It reads
   * the head of a record at most, and keeps nothing.
   */
  acceptedMs(number: number): number | undefined;

  /** Bytes it takes on disk. */
  readonly byteSize: number;

  /** No cursor will come to a batch that ends at or before `cursor`. Single messages may still be fetched. */
  discardBefore(cursor: number): void;

  /** Takes back every message from `number` on: none was given to a channel. `next` is the number behind them. */
  discardFrom(number: number, next: number): void;

  /** The journal of a channel; `start` is given when it is new, and is where it begins to read. */
  journal(channel: string, start: number | undefined): ChannelJournal;

  /** The topic holds its messages back, or no more. */
  paused(isPaused: boolean): void;

  /** The topic is gone with all it had. */
  delete(): void;
}

/** The journal of what is not to be remembered. */
export const noJournal: ChannelJournal = {
  finished() {},
  requeued() {},
  emptied() {},
  paused() {},
  deleted() {},
};
