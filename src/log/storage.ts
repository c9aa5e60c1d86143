// The storage of a broker: the logs of all its topics on one disk. It opens them at the start, ticks those in use, and
// closes them at the end; it refuses new messages while the disk is short of space.

import type { Clock } from "../base/clock.ts";
import { DurationCounts } from "../base/duration_counts.ts";
import { randomUint32 } from "../base/random_number.ts";
import { Slots } from "../base/slots.ts";
import type { Log } from "../queue/log.ts";
import type { StoredTopic } from "../queue/stored.ts";
import { type Disk, isDiskFull } from "./disk.ts";
import { type RecoveredTopic, recoverTopic } from "./recovery.ts";
import { TopicReplay } from "./replay.ts";
import type { StorageSettings, StorageSurroundings, StoredLog } from "./storage_surroundings.ts";
import { SpaceReserve } from "./space_reserve.ts";
import { storedTopic } from "./stored_topic.ts";
import { systemErrorText } from "../base/system_error.ts";
import { clearRemovedTopics, listTopics, topicFolder, topicsFolder } from "./topic_folder.ts";
import { TopicLog } from "./topic_log.ts";
import { emptyTopicState } from "./topic_state.ts";

/** How often the free space is looked at, at most. */
const SPACE_CHECK_MS = 1000;

/** So many logs may have files open. */
const OPEN_LOGS_MAX = 256;
/** So many syncs may be under way at once. */
const SYNCS_MAX = 32;

/** Bounds of what is told of syncs, ms. */
const SYNC_BOUNDS_MS = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000];

/** What the storage tells its broker. */
export interface StorageHooks {
  /** Messages were written: the disk is well. */
  wrote(): void;
  /** Something failed; for the log and for /ping. */
  failed(text: string): void;
  /** Something odd that was dealt with. */
  noticed(text: string): void;
}

/** A topic of an earlier run. */
export interface RestoredTopic {
  readonly name: string;
  readonly stored: StoredTopic;
  /** Channels that were deleted lately: nsqd.dat may know them still. */
  readonly deleted: ReadonlySet<string>;
  /** Whether the log may have lost what it said of pauses. */
  readonly isIncomplete: boolean;
  /** Opens its log for messages from number `first` on. */
  open(first: number): Log;
}

/** All logs of a data path. */
export class Storage {
  /** How long syncs took that succeeded. */
  readonly syncs = new DurationCounts(SYNC_BOUNDS_MS);
  readonly #settings: StorageSettings;
  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #hooks: StorageHooks;
  readonly #logs = new Map<string, StoredLog>();
  readonly #active = new Set<StoredLog>();
  /** Those that may have files open, the one used last at the end. */
  readonly #open = new Set<StoredLog>();
  readonly #reserve: SpaceReserve;
  readonly #slots = new Slots(SYNCS_MAX);
  readonly #surroundings: StorageSurroundings;
  #spaceCheckedMs = -Infinity;
  #refusal: string | undefined;

  /**
   * @param pause resolves after so many ms
   * @param newSalt 32 bits that nobody can guess, others each time
   */
  constructor(
    settings: StorageSettings,
    disk: Disk,
    clock: Clock,
    hooks: StorageHooks,
    pause = realPause,
    newSalt = randomUint32,
  ) {
    this.#settings = settings;
    this.#disk = disk;
    this.#clock = clock;
    this.#hooks = hooks;
    this.#reserve = new SpaceReserve(disk, topicsFolder(settings.dataPath));
    this.#surroundings = {
      settings,
      disk,
      clock,
      refusal: (log) => this.#refusalFor(log),
      wrote: hooks.wrote,
      failed: (text, error) => this.#failed(text, error),
      noticed: hooks.noticed,
      pause,
      newSalt,
      inTurn: (sync) => this.#slots.run(() => this.#timed(sync)),
      isActive: (log) => this.#use(log),
      forget: (log) => this.#forget(log),
    };
  }

  /** Whether any topic has a log. Throws FileError. */
  get hasTopics(): boolean {
    return listTopics(this.#disk, this.#settings.dataPath).length > 0;
  }

  /** The topics that have a log, recovered; `channels` are those a topic is known to have from elsewhere. */
  *restore(channels: (topic: string) => readonly string[]): Iterable<RestoredTopic> {
    clearRemovedTopics(this.#disk, this.#settings.dataPath);
    for (const name of listTopics(this.#disk, this.#settings.dataPath)) {
      const folder = topicFolder(this.#settings.dataPath, name);
      const inputs = { disk: this.#disk, folder, topic: name, channels: channels(name) };
      const recovered = recoverTopic(inputs);
      const { replay, findings, isIncomplete } = recovered;
      for (const finding of findings) this.#hooks.noticed(finding);
      yield {
        name,
        stored: storedTopic(replay.state, this.#clock),
        deleted: replay.deleted,
        isIncomplete,
        open: (first) => this.#keep(name, first, recovered),
      };
    }
  }

  /** The log of a new topic. */
  open(name: string, first: number): Log {
    const replay = new TopicReplay(emptyTopicState(first));
    return this.#keep(name, first, {
      replay,
      segments: [],
      syncedBefore: 0,
      isCovered: false,
      findings: [],
    });
  }

  #keep(
    name: string,
    first: number,
    { findings, ...recovered }: Omit<RecoveredTopic, "isIncomplete">,
  ): Log {
    const damageCount = findings.length;
    const folder = topicFolder(this.#settings.dataPath, name);
    const surroundings = this.#surroundings;
    const log = new TopicLog({
      name,
      folder,
      first,
      ...recovered,
      damageCount,
      surroundings,
    });
    this.#logs.set(name, log);
    return log;
  }

  /** Thousands of topics written to in turn must not run out of descriptors. */
  #use(log: StoredLog): void {
    this.#active.add(log);
    this.#open.delete(log);
    this.#open.add(log);
    if (this.#open.size <= OPEN_LOGS_MAX) return;
    const [oldest] = this.#open;
    this.#open.delete(oldest!);
    oldest!.rest();
  }

  /** Does what is due in the logs that are in use. Call it several times a second. */
  tick(nowMs: number): void {
    for (const log of this.#active) {
      if (!log.tick(nowMs)) continue;
      this.#active.delete(log);
      this.#open.delete(log);
    }
  }

  /** Whether `tick` has anything to do. */
  get isBusy(): boolean {
    return this.#active.size > 0;
  }

  /** From now on what is given back is written down: the broker stops. */
  beginClose(): void {
    for (const log of this.#logs.values()) log.beginClose();
  }

  /** Writes what is only in memory, and closes. Resolves when all is safe. */
  async close(): Promise<void> {
    const slots = new Slots(SYNCS_MAX);
    await Promise.all([...this.#logs.values()].map((log) => slots.run(() => log.close())));
    this.#reserve.remove();
  }

  async #timed(sync: () => Promise<void>): Promise<void> {
    const beginMs = this.#clock.nowMs();
    await sync();
    this.syncs.add(this.#clock.nowMs() - beginMs);
  }

  #forget(log: StoredLog): void {
    this.#active.delete(log);
    this.#open.delete(log);
    if (this.#logs.get(log.name) === log) this.#logs.delete(log.name);
  }

  /** Free bytes of the disk; undefined when the system does not say. */
  get freeBytes(): number | undefined {
    try {
      return this.#disk.freeBytes(this.#settings.dataPath);
    } catch {
      return undefined;
    }
  }

  /** Why nothing may be published for want of space, as it was seen lately; undefined when it may. */
  get refusal(): string | undefined {
    return this.#refusalNow();
  }

  #failed(text: string, error: unknown): void {
    this.#spaceCheckedMs = -Infinity;
    if (isDiskFull(error)) this.#reserve.release();
    this.#hooks.failed(text);
  }

  #refusalFor(log: StoredLog): string | undefined {
    const refusal = this.#refusalNow();
    if (refusal !== undefined) this.#use(log);
    return refusal;
  }

  #refusalNow(): string | undefined {
    const { minFreeSpace, dataPath } = this.#settings;
    const nowMs = this.#clock.nowMs();
    if (nowMs < this.#spaceCheckedMs + SPACE_CHECK_MS) return this.#refusal;
    this.#spaceCheckedMs = nowMs;
    try {
      const free = this.#disk.freeBytes(dataPath);
      const wasRefused = this.#refusal !== undefined;
      const isShort = free < minFreeSpace || !this.#reserve.look(free);
      this.#refusal = isShort
        ? `no space: ${free} bytes are free in ${dataPath}, --min-free-space is ${minFreeSpace}`
        : undefined;
      if (this.#refusal !== undefined && !wasRefused) this.#hooks.failed(this.#refusal);
    } catch (error) {
      this.#hooks.noticed(`cannot ask for free space - ${systemErrorText(error)}`);
    }
    return this.#refusal;
  }
}

function realPause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
