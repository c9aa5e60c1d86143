// Syncs of one log: all who wait share one, and what is written meanwhile waits for the next. A failed sync is not
// repeated on the same file (the kernel may have dropped what it could not write): the records it was for, from memory or
// as far as they can be read, are written again to a new segment, before anything else is, and only a sync of that makes them safe.
// Invariants: `safe` resolves only after a successful sync that began after the write; records stay in their order.

import type { Place } from "./pending_messages.ts";
import { type Damage, type LogRecord, readRecord } from "./record.ts";
import { recordLengthAt, resealRecord } from "./record_head.ts";
import type { SegmentWriter } from "./segment_writer.ts";

const RETRY_PAUSE_MS = 500;

/** Records that were written again. */
interface MovedRecords {
  readonly records: Uint8Array<ArrayBuffer>;
  readonly place: Place;
  /** Of the segment they are in. */
  readonly salt: number;
}

/** What a group sync needs beside its writer. */
export interface GroupSyncOwner {
  /** Whether records are kept until they are synced, to be written again; else they are read back. */
  readonly keepsRecords: boolean;
  /** What was written since the last sync that succeeded, as far as it can be read. Throws FileError. */
  readBack(): Iterable<Uint8Array<ArrayBuffer>>;
  /** Runs a sync when there is a place for it: thousands of logs must not open their files all at once. */
  inTurn(sync: () => Promise<void>): Promise<void>;
  /** A sync or the writing after it failed; it will be tried again. */
  syncFailed(error: unknown): void;
  /** Begins the segment for what is written again; see `SegmentWriter.beginRepeat`. Throws FileError. */
  beginRepeat(): number;
  /** A record that was written before lies at another place now. */
  moved(record: LogRecord | Damage, place: Place): void;
  /** Resolves after so long. */
  pause(delayMs: number): Promise<void>;
}

/** Syncs what a writer writes. */
export class GroupSync {
  readonly #writer: SegmentWriter;
  readonly #owner: GroupSyncOwner;
  #written: number;
  #synced = 0;
  #messages = 0;
  #unsyncedSinceMs = Infinity;
  #unsynced: Uint8Array<ArrayBuffer>[] = [];
  #waiters: { written: number; resolve: () => void }[] = [];
  #running: Promise<void> | undefined;
  #isClosing = false;
  #isStopped = false;
  /** Whether the unsynced records must be written again before anything else. */
  #mustRepeat = false;
  #failures = 0;
  #failuresInARow = 0;

  constructor(writer: SegmentWriter, owner: GroupSyncOwner) {
    this.#writer = writer;
    this.#owner = owner;
    // What an earlier run left is synced once too.
    this.#written = writer.hasUnsynced ? 1 : 0;
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
    // A segment that was begun and holds no record yet.
    if (this.#synced === this.#written && this.#writer.hasUnsynced) this.#written++;
    const written = this.#written;
    const failures = this.#failures;
    for (let left = 2; left > 0 && this.#synced < written; left--) {
      await (this.#running ??= this.#run());
    }
    return this.#synced >= written && this.#failures === failures;
  }

  /** Whether what a failed sync left open could not be written again yet. */
  get mustRepeat(): boolean {
    return this.#mustRepeat;
  }

  /** Whether syncs fail again and again: what is written now may have to wait for long. */
  get isFailing(): boolean {
    return this.#failuresInARow > 1;
  }

  /** Syncs what is left, and ends it: what fails from now on is not tried again. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#running;
    await this.attempt();
  }

  /** The topic is gone: nothing is written again, nobody waits any more. */
  stop(): void {
    this.#isStopped = true;
    this.#safeUpTo(this.#written);
  }

  async #run(): Promise<void> {
    do await this.#once(); while (this.#waiters.length > 0 && !this.#isClosing);
    this.#running = undefined;
  }

  async #once(): Promise<void> {
    const sinceMs = this.#unsyncedSinceMs;
    let written = this.#written;
    let kept = 0;
    try {
      await this.#owner.inTurn(() => {
        this.repeat();
        written = this.#written;
        kept = this.#unsynced.length;
        this.#messages = 0;
        this.#unsyncedSinceMs = Infinity;
        return this.#writer.sync();
      });
    } catch (error) {
      if (this.#isStopped) return;
      // Due again at once, whoever waits for it or not.
      this.#unsyncedSinceMs = Math.min(this.#unsyncedSinceMs, sinceMs);
      await this.#failed(error);
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

  async #failed(error: unknown): Promise<void> {
    this.#owner.syncFailed(error);
    this.#failures++;
    this.#failuresInARow++;
    this.#writer.abandon();
    this.#mustRepeat = true;
    this.#tryRepeat();
    const isWaitedFor = this.#waiters.length > 0 && this.#failuresInARow > 1;
    if (isWaitedFor && !this.#isClosing) await this.#owner.pause(RETRY_PAUSE_MS);
  }

  /** At once, because what a kernel gave up may not be readable any more; else before the next record or sync. */
  #tryRepeat(): void {
    try {
      this.repeat();
    } catch (error) {
      this.#owner.syncFailed(error);
    }
  }

  /**
   * Writes again what a failed sync left open; nothing else may be written before. Throws FileError; nothing of it counts
   * then, and what is there is still where it was.
   */
  repeat(): void {
    if (!this.#mustRepeat || this.#isStopped) return;
    const mark = this.#writer.mark();
    const moved: MovedRecords[] = [];
    const unsynced = this.#owner.keepsRecords ? this.#unsynced : this.#owner.readBack();
    try {
      for (const records of unsynced) moved.push(this.#writeAgain(records, moved[0]?.place));
      if (moved.length > 0) this.#writer.endRepeat();
    } catch (error) {
      this.#writer.rollBack(mark);
      throw error;
    }
    this.#mustRepeat = false;
    for (const each of moved) this.#tell(each);
  }

  #tell({ records, place: { segment, offset }, salt }: MovedRecords): void {
    for (let at = 0; at < records.length;) {
      const record = readRecord(records, at, salt);
      this.#owner.moved(record, { segment, offset: offset + at });
      at += record.length;
    }
  }

  /** The checksum of a record is good in one segment only. */
  #writeAgain(records: Uint8Array<ArrayBuffer>, first: Place | undefined): MovedRecords {
    const segment = first?.segment ?? this.#owner.beginRepeat();
    const { salt } = this.#writer;
    for (let at = 0; at < records.length;) {
      const length = recordLengthAt(records, at);
      resealRecord(records.subarray(at, at + length), salt);
      at += length;
    }
    return { records, place: { segment, offset: this.#writer.append(records) }, salt };
  }
}
