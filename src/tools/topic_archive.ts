// Writes the messages of one topic to its files. Each message is finished when it is safely on disk, never before.
// Invariant: a message handed over here is settled: finished after a sync, or requeued when the files fail.

import { Deque } from "../base/deque.ts";
import { pause, type Timers } from "../base/timers.ts";
import type { Message } from "../client/message.ts";
import type { TopicWork } from "./consuming.ts";
import type { RotatingFile } from "./rotating_file.ts";

/** When to sync, and whether files may be empty. */
export interface ArchiveSettings {
  readonly syncIntervalMs: number;
  /** So many messages at most wait for a sync. */
  readonly unsyncedMax: number;
  readonly isEmptySkipped: boolean;
}

/** What an archive reports as it goes: for the status line. */
export interface ArchiveCounts {
  messages: number;
  bytes: number;
}

interface Taken {
  readonly message: Message;
  readonly settle: () => void;
}

/** With gzip lines wait in memory for the sync; no more than this of them. */
const UNSYNCED_BYTES_MAX = 16 * 1024 * 1024;

/** The messages of one topic on their way to disk. */
export class TopicArchive implements TopicWork {
  readonly #file: RotatingFile;
  readonly #settings: ArchiveSettings;
  readonly #timers: Timers;
  readonly #counts: ArchiveCounts;
  /** Says whether the servers wait for messages to be finished. */
  readonly #isStarved: () => boolean;
  readonly #incoming = new Deque<Taken>();
  #unsynced: Taken[] = [];
  #unsyncedBytes = 0;
  #waker = new AbortController();
  #isTick = false;
  #isHangUp = false;
  #isHurried = false;
  #isEnding = false;
  #hasFailed = false;

  constructor(
    file: RotatingFile,
    settings: ArchiveSettings,
    timers: Timers,
    counts: ArchiveCounts,
    isStarved: () => boolean,
  ) {
    this.#file = file;
    this.#settings = settings;
    this.#timers = timers;
    this.#counts = counts;
    this.#isStarved = isStarved;
  }

  /** Takes a message; resolves when it is on disk. */
  take(message: Message): Promise<void> {
    if (this.#hasFailed) {
      message.requeue();
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.#incoming.push({ message, settle: resolve });
      this.#waker.abort();
    });
  }

  /** Finishes the file now; the next message goes into the next one. */
  hangUp(): void {
    this.#isHangUp = true;
    this.#waker.abort();
  }

  /** From now on nothing waits to be synced: somebody wants an end. */
  hurry(): void {
    this.#isHurried = true;
    this.#waker.abort();
  }

  /** No more messages come: `run` writes what there is and ends. */
  end(): void {
    this.#isEnding = true;
    this.#waker.abort();
  }

  /** Writes until `end`. Rejects with the error of a file; every message held then goes back to its server. */
  async run(): Promise<void> {
    const cancel = this.#tickEvery(this.#settings.syncIntervalMs);
    try {
      await this.#file.start();
      while (!this.#isEnding || this.#incoming.size > 0) await this.#step();
      await this.#settle(() => this.#file.end());
    } catch (error) {
      this.#hasFailed = true;
      this.#file.abandon();
      this.#handBack();
      throw error;
    } finally {
      cancel();
    }
  }

  #handBack(): void {
    const held = this.#unsynced.splice(0);
    for (let taken = this.#incoming.shift(); taken; taken = this.#incoming.shift()) {
      held.push(taken);
    }
    for (const { message, settle } of held) {
      message.requeue();
      settle();
    }
  }

  #tickEvery(intervalMs: number): () => void {
    let cancel = () => {};
    const schedule = () => {
      cancel = this.#timers.after(intervalMs, () => {
        this.#isTick = true;
        this.#waker.abort();
        schedule();
      });
    };
    schedule();
    return () => cancel();
  }

  async #step(): Promise<void> {
    if (this.#incoming.size === 0) await pause(this.#timers, 1e9, this.#waker.signal);
    this.#waker = new AbortController();
    const isTick = this.#isTick;
    this.#isTick = false;
    // One by one: what a failure finds here goes back.
    for (let count = this.#incoming.size; count > 0; count--) await this.#writeNext();
    await this.#file.flush();
    if (isTick || this.#isSyncDue()) await this.#settle(() => this.#file.sync());
    if (isTick) await this.#rotateIdle();
    if (this.#isHangUp) {
      this.#isHangUp = false;
      await this.#settle(() => this.#file.close());
    }
  }

  async #writeNext(): Promise<void> {
    if (this.#file.isDue) await this.#settle(() => this.#file.close());
    await this.#file.open();
    const taken = this.#incoming.shift()!;
    this.#unsynced.push(taken);
    this.#file.add(taken.message.body);
    this.#unsyncedBytes += taken.message.body.length;
    if (this.#unsyncedBytes > UNSYNCED_BYTES_MAX) await this.#settle(() => this.#file.sync());
  }

  #isSyncDue(): boolean {
    if (this.#unsynced.length === 0) return false;
    return this.#isHurried || this.#unsynced.length >= this.#settings.unsyncedMax ||
      this.#isStarved();
  }

  /** Makes safe what was written, by syncing or closing, then finishes it. */
  async #settle(makeSafe: () => Promise<void>): Promise<void> {
    await makeSafe();
    for (const { message, settle } of this.#unsynced) {
      this.#counts.messages++;
      this.#counts.bytes += message.body.length;
      message.finish();
      settle();
    }
    this.#unsynced = [];
    this.#unsyncedBytes = 0;
  }

  /** Without messages too, files are ended in time, and followed by one that may stay empty. */
  async #rotateIdle(): Promise<void> {
    if (this.#file.isDue) await this.#settle(() => this.#file.close());
    if (!this.#settings.isEmptySkipped) await this.#file.open();
  }
}
