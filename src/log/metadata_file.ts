// Keeps nsqd.dat true. A burst of changes costs few writes: at most one is under way, it takes in everything that changed
// before it began, and unless somebody waits the next begins no sooner than a short pause after the last.
// Invariant: changes on disk <= changes made; whoever waits for a change hears when the former has passed it.

import { join } from "node:path";
import type { Clock } from "../base/clock.ts";
import type { Timers } from "../base/timers.ts";
import { replaceFile } from "./atomic_file.ts";
import {
  encodeMetadata,
  type LoadedMetadata,
  type MetadataView,
  parseMetadata,
} from "./metadata.ts";
import { systemErrorText } from "../base/system_error.ts";

/** At least this long from one start of a write to the next, so that creating 10,000 topics is not 10,000 megabytes. */
const WRITE_PAUSE_MS = 100;
/** After a failed write the next comes by itself after this: the file is true again soon after the disk is well. */
const RETRY_PAUSE_MS = 10_000;

/** What the file tells whoever runs it. None of these may throw. */
export interface MetadataSignals {
  /** A write begins; `text` is a line for the log. */
  writing(text: string): void;
  /** A write failed; `text` is a line for the log. It will be tried again. */
  failed(text: string): void;
}

/** Time and disk, which tests replace. */
export interface MetadataSurroundings {
  clock: Pick<Clock, "nowMs">;
  timers: Timers;
  /** Replaces the file at `path` atomically and durably; `replaceFile` when absent. */
  replace?: (path: string, content: Uint8Array) => Promise<void>;
}

/** nsqd.dat cannot be read, understood or written; the message is the whole line to show. */
export class MetadataError extends Error {
  override readonly name = "MetadataError";
}

/** nsqd.dat was read and makes no sense. */
export class MetadataContentError extends MetadataError {}

interface Waiter {
  /** Content with this many changes is what it waits for. */
  changes: number;
  resolve: () => void;
  reject: (error: MetadataError) => void;
}

/** nsqd.dat in a data path. */
export class MetadataFile {
  /** Where the file is. */
  readonly path: string;
  readonly #view: MetadataView;
  readonly #signals: MetadataSignals;
  readonly #surroundings: MetadataSurroundings;
  readonly #replace: (path: string, content: Uint8Array) => Promise<void>;
  #changes = 0;
  #changesOnDisk = 0;
  #waiters: Waiter[] = [];
  #plan: { startMs: number; cancel: () => void } | undefined;
  #writeUnderWay: Promise<void> | undefined;
  #earliestMs = -Infinity;
  #isClosed = false;

  /** `dataPath` empty is the current directory. Nothing is read or written yet. */
  constructor(
    dataPath: string,
    view: MetadataView,
    signals: MetadataSignals,
    surroundings: MetadataSurroundings,
  ) {
    this.path = join(dataPath, "nsqd.dat");
    this.#view = view;
    this.#signals = signals;
    this.#surroundings = surroundings;
    this.#replace = surroundings.replace ?? replaceFile;
  }

  /** What the file says; nothing when there is none. Throws MetadataError. */
  load(): LoadedMetadata {
    const text = this.#read();
    try {
      return parseMetadata(text ?? "{}");
    } catch (error) {
      const reason = systemErrorText(error);
      const text = `failed to load metadata - failed to parse metadata in ${this.path} - ${reason}`;
      throw new MetadataContentError(text, { cause: error });
    }
  }

  /** Gives the file another name, for somebody to look at, and says which. Throws MetadataError. */
  setAside(): string {
    const path = `${this.path}.bad`;
    try {
      Deno.renameSync(this.path, path);
    } catch (error) {
      throw loadError(`rename ${this.path} to ${path} - ${systemErrorText(error)}`, error);
    }
    return path;
  }

  #read(): string | undefined {
    try {
      // Not `readTextFile`, which drops a byte order mark: upstream refuses one.
      return new TextDecoder("utf-8", { ignoreBOM: true }).decode(Deno.readFileSync(this.path));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw loadError(`read metadata from ${this.path} - ${systemErrorText(error)}`, error);
    }
  }

  /** Something that the file says has changed: asks for a write soon. Cheap; ephemeral ones need no call. */
  changed(): void {
    this.#changes++;
    this.#startAt(this.#earliestMs);
  }

  /**
   * Resolves when every change made so far is on disk; hurries the write.
   * Rejects with MetadataError when the write that was to hold them failed. It may be left unhandled.
   */
  saved(): Promise<void> {
    if (this.#changesOnDisk >= this.#changes) return Promise.resolve();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    promise.catch(() => {});
    if (this.#isClosed) reject(new MetadataError(`${this.path} is closed`));
    else this.#waiters.push({ changes: this.#changes, resolve, reject });
    this.#start();
    return promise;
  }

  /** Writes the file once more whether or not anything changed: at start and at exit. Rejects as `saved`. */
  saveNow(): Promise<void> {
    this.#changes++;
    return this.saved();
  }

  /** Waits for a write under way and begins no other: call it before the data path is unlocked. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#plan?.cancel();
    this.#plan = undefined;
    await this.#writeUnderWay;
  }

  #startAt(startMs: number): void {
    if (this.#writeUnderWay !== undefined || this.#isClosed) return;
    if (this.#plan !== undefined && this.#plan.startMs <= startMs) return;
    this.#plan?.cancel();
    const delayMs = Math.max(0, startMs - this.#surroundings.clock.nowMs());
    const cancel = this.#surroundings.timers.after(delayMs, () => this.#start());
    this.#plan = { startMs, cancel };
  }

  #start(): void {
    if (this.#writeUnderWay !== undefined || this.#isClosed) return;
    this.#plan?.cancel();
    this.#plan = undefined;
    this.#writeUnderWay = this.#writeOnce();
  }

  /** Never rejects. */
  async #writeOnce(): Promise<void> {
    const changes = this.#changes;
    this.#earliestMs = this.#surroundings.clock.nowMs() + WRITE_PAUSE_MS;
    const error = await this.#write();
    if (error === undefined) this.#changesOnDisk = changes;
    this.#writeUnderWay = undefined;
    this.#tell(changes, error);
    if (this.#waiters.length > 0) this.#closeOrStart();
    else if (error !== undefined) {
      this.#startAt(this.#surroundings.clock.nowMs() + RETRY_PAUSE_MS);
    } else if (this.#changesOnDisk < this.#changes) this.#startAt(this.#earliestMs);
  }

  async #write(): Promise<MetadataError | undefined> {
    this.#signals.writing(`NSQ: persisting topic/channel metadata to ${this.path}`);
    try {
      const content = new TextEncoder().encode(encodeMetadata(this.#view));
      await this.#replace(this.path, content);
      return undefined;
    } catch (error) {
      const text = `failed to persist metadata - ${systemErrorText(error)}`;
      return new MetadataError(text, { cause: error });
    }
  }

  #tell(changes: number, error: MetadataError | undefined): void {
    if (error !== undefined) this.#signals.failed(error.message);
    const concerned = this.#waiters.filter((waiter) => waiter.changes <= changes);
    this.#waiters = this.#waiters.filter((waiter) => waiter.changes > changes);
    for (const waiter of concerned) {
      if (error === undefined) waiter.resolve();
      else waiter.reject(error);
    }
  }

  /** Who still waits when the file was closed gets an answer too. */
  #closeOrStart(): void {
    if (!this.#isClosed) return this.#start();
    for (const waiter of this.#waiters) {
      waiter.reject(new MetadataError(`${this.path} is closed`));
    }
    this.#waiters = [];
  }
}

function loadError(reason: string, cause: unknown): MetadataError {
  return new MetadataError(`failed to load metadata - failed to ${reason}`, { cause });
}
