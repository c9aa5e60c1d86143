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
  /** Records that were written before lie at another place now. */
  moved(records: Uint8Array<ArrayBuffer>, segment: number, offset: number): void;
  /** Resolves after so long. */
  pause(delayMs: number): Promise<void>;
}

/** Syncs what a writer writes. */
export class GroupSync {
  readonly #writer: SegmentWriter;
  readonly #owner: GroupSyncOwner;
  /** Not 0: what an earlier run left is synced once too. */
  #written = 1;
  #synced = 0;
  #messages = 0;
  #unsyncedSinceMs = Infinity;
  #unsynced: Uint8Array<ArrayBuffer>[] = [];
  #waiters: { written: number; resolve: () => void }[] = [];
  #running: Promise<void> | undefined;
  #isClosing = false;
  /** Whether the unsynced records must be written again before a sync can make them safe, and why they were not. */
  #mustRepeat = false;
  #repeatError: unknown;
  #failures = 0;
  #failuresInARow = 0;

  constructor(writer: SegmentWriter, owner: GroupSyncOwner) {
    this.#writer = writer;
    this.#owner = owner;
  }

  /** Records with `messages` messages were written; where records are kept, they must not change until they are synced. */
  wrote(records: Uint8Array<ArrayBuffer>, messages: number, nowMs: number): void {
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

  /** Syncs what was written before the call. False when something failed meanwhile: records may lie elsewhere now. */
  async attempt(): Promise<boolean> {
    const written = this.#written;
    const failures = this.#failures;
    for (let left = 2; left > 0 && this.#synced < written; left--) {
      await (this.#running ??= this.#run());
    }
    return this.#synced >= written && this.#failures === failures;
  }

  /** Ends it: what fails from now on is not tried again. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    do await this.#once(); while (this.#waiters.length > 0 && !this.#isClosing);
    this.#running = undefined;
  }

  async #once(): Promise<void> {
    const isReady = !this.#mustRepeat || this.#repeat();
    const written = this.#written;
    const kept = this.#unsynced.length;
    this.#messages = 0;
    this.#unsyncedSinceMs = Infinity;
    try {
      if (!isReady) throw this.#repeatError;
      await this.#writer.sync();
    } catch (error) {
      await this.#failed(error, written);
      return;
    }
    this.#failuresInARow = 0;
    this.#unsynced.splice(0, kept);
    this.#safeUpTo(written);
  }

  #safeUpTo(written: number): void {
    this.#synced = written;
    const waiters = this.#waiters;
    this.#waiters = waiters.filter((waiter) => waiter.written > written);
    for (const waiter of waiters) if (waiter.written <= written) waiter.resolve();
  }

  async #failed(error: unknown, written: number): Promise<void> {
    this.#owner.syncFailed(error);
    this.#failures++;
    this.#failuresInARow++;
    const { keepsRecords } = this.#owner;
    this.#writer.abandon(keepsRecords);
    // Without the records nothing can be done for them: a second sync would only hide the failure.
    if (keepsRecords) this.#mustRepeat = true;
    else this.#synced = written;
    const isWaitedFor = this.#waiters.length > 0 && this.#failuresInARow > 1;
    if (isWaitedFor && !this.#isClosing) await this.#owner.pause(RETRY_PAUSE_MS);
  }

  /** Writes what a failed sync left open again. False when that failed too. */
  #repeat(): boolean {
    try {
      for (const records of this.#unsynced) this.#writeAgain(records);
    } catch (error) {
      this.#repeatError = error;
      return false;
    }
    this.#mustRepeat = false;
    return true;
  }

  /** The checksum of a record says which segment it is in. */
  #writeAgain(records: Uint8Array<ArrayBuffer>): void {
    const segment = this.#owner.prepare(records.length);
    for (let at = 0; at < records.length;) {
      const length = recordLengthAt(records, at);
      resealRecord(records.subarray(at, at + length), segment);
      at += length;
    }
    const offset = this.#writer.append(records);
    this.#owner.moved(records, segment, offset);
  }
}
