// Syncs of one log: all who wait share one, and what is written meanwhile waits for the next. A failed sync is not
// repeated on the same file (the kernel may have dropped what it could not write): the records it was for are written
// again to a new segment, and only a sync of that makes them safe.
// Invariant: `safe` resolves only after a successful sync that began after the write.

import { recordLengthAt, resealRecord } from "./record_head.ts";
import type { SegmentWriter } from "./segment_writer.ts";

const RETRY_PAUSE_MS = 500;

/** What a group sync needs beside its writer. */
export interface GroupSyncOwner {
  /** Whether records are kept until they are synced, to be written again; else a failed sync is only tried again. */
  readonly keepsRecords: boolean;
  /** Runs a sync when there is a place for it: thousands of logs must not open their files all at once. */
  inTurn(sync: () => Promise<void>): Promise<void>;
  /** A sync or the writing after it failed; it will be tried again. */
  syncFailed(error: unknown): void;
  /** Where records of `length` bytes may go: rolls the segment if need be, and says which it is. */
  prepare(length: number): number;
  /** Resolves after so long. */
  pause(delayMs: number): Promise<void>;
}

/** Syncs what a writer writes. */
export class GroupSync {
  readonly #writer: SegmentWriter;
  readonly #owner: GroupSyncOwner;
  #written = 0;
  #synced = 0;
  #syncedOffset = 0;
  #messages = 0;
  #unsyncedSinceMs = Infinity;
  #unsynced: Uint8Array[] = [];
  #waiters: { written: number; resolve: () => void }[] = [];
  #running: Promise<void> | undefined;

  constructor(writer: SegmentWriter, owner: GroupSyncOwner) {
    this.#writer = writer;
    this.#owner = owner;
  }

  /** Records with `messages` messages were written; where records are kept, they must not change until they are synced. */
  wrote(records: Uint8Array, messages: number, nowMs: number): void {
    this.#written++;
    this.#messages += messages;
    this.#unsyncedSinceMs = Math.min(this.#unsyncedSinceMs, nowMs);
    if (this.#owner.keepsRecords) this.#unsynced.push(records);
  }

  /** Resolves when all that was written before the call survives a power cut; undefined when it does already. */
  safe(): Promise<void> | undefined {
    if (this.#synced === this.#written) return undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiters.push({ written: this.#written, resolve });
    this.#running ??= this.#run();
    return promise;
  }

  /** Begins a sync when so many messages were written, or so long ago. True while there is something to sync. */
  syncIfDue(nowMs: number, messages: number, ageMs: number): boolean {
    if (this.#synced === this.#written) return false;
    const isMuch = messages > 0 && this.#messages >= messages;
    if (isMuch || nowMs - this.#unsyncedSinceMs >= ageMs) this.#running ??= this.#run();
    return true;
  }

  /** Resolves when no sync is under way. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    do await this.#once(); while (this.#waiters.length > 0);
    this.#running = undefined;
  }

  async #once(): Promise<void> {
    const written = this.#written;
    const kept = this.#unsynced.length;
    const { offset } = this.#writer.position;
    this.#messages = 0;
    this.#unsyncedSinceMs = Infinity;
    try {
      await this.#owner.inTurn(() => this.#writer.sync());
    } catch (error) {
      this.#owner.syncFailed(error);
      this.#unsyncedSinceMs = -Infinity;
      if (this.#owner.keepsRecords) await this.#writeAgain();
      return;
    }
    this.#unsynced.splice(0, kept);
    this.#synced = written;
    this.#syncedOffset = offset;
    for (const { resolve } of this.#waiters.filter((waiter) => waiter.written <= written)) {
      resolve();
    }
    this.#waiters = this.#waiters.filter((waiter) => waiter.written > written);
  }

  async #writeAgain(): Promise<void> {
    this.#writer.abandonFrom(this.#syncedOffset);
    try {
      for (const records of this.#unsynced) this.#reseal(records);
    } catch (error) {
      this.#owner.syncFailed(error);
      await this.#owner.pause(RETRY_PAUSE_MS);
    }
  }

  /** The checksum of a record says which segment it is in. */
  #reseal(records: Uint8Array): void {
    const segment = this.#owner.prepare(records.length);
    for (let at = 0; at < records.length;) {
      const length = recordLengthAt(records, at);
      resealRecord(records.subarray(at, at + length), segment);
      at += length;
    }
    this.#writer.append(records);
  }
}
