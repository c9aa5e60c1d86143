// What the logs of all topics share: the disk, the clock, the options, and who is told how it goes.

import type { Clock } from "../base/clock.ts";
import type { Disk } from "./disk.ts";
import type { TopicReplay } from "./replay.ts";
import type { SegmentFile } from "./topic_folder.ts";

/** When an acknowledged message is safe from what; see `--durability`. */
export type Durability = "memory" | "async" | "fsync";

/** The numbers storage needs of the options. */
export interface StorageSettings {
  readonly dataPath: string;
  readonly durability: Durability;
  /** 0 to 1023, kept in each segment. */
  readonly nodeId: number;
  readonly maxBytesPerFile: number;
  /** Messages a topic keeps in memory beside those on disk. */
  readonly memQueueSize: number;
  /** Messages after which a log is synced; 0 is never for their number. */
  readonly syncEvery: number;
  /** Time after which a log is synced, ms. */
  readonly syncTimeoutMs: number;
  /** Below so many free bytes nothing is published any more; 0 is no bound. */
  readonly minFreeSpace: number;
}

/** What one topic's log needs of the storage. */
export interface StorageSurroundings {
  readonly settings: StorageSettings;
  readonly disk: Disk;
  readonly clock: Clock;
  /** Why nothing may be published now; undefined when it may. The log that asks is ticked then, to make room. */
  refusal(log: StoredLog): string | undefined;
  /** Messages were written: the disk is well. */
  wrote(): void;
  /** Something failed, because of `error`; `text` is a line for the log and for /ping. */
  failed(text: string, error: unknown): void;
  /** Something odd that was dealt with; a line for the log. */
  noticed(text: string): void;
  /** Runs a sync when there is a place for it. */
  inTurn(sync: () => Promise<void>): Promise<void>;
  /** 32 bits that nobody can guess, others each time. */
  newSalt(): number;
  /** Resolves after so long. */
  pause(delayMs: number): Promise<void>;
  /** The log has something to sync or files to close: its `tick` is to be called now and then. */
  isActive(log: StoredLog): void;
  /** The log is gone: it is neither ticked nor closed any more. */
  forget(log: StoredLog): void;
}

/** A topic's log as the storage looks after it. */
export interface StoredLog {
  readonly name: string;
  /** Does what is due; true when nothing is left to do. */
  tick(nowMs: number): boolean;
  /** Closes its files; they are opened again when they are needed. */
  rest(): void;
  beginClose(): void;
  close(): Promise<void>;
}

/** Where a topic's log begins. */
export interface TopicLogInputs {
  readonly name: string;
  readonly folder: string;
  /** Number of the first message it may be given. */
  readonly first: number;
  /** The state its records add up to. */
  readonly replay: TopicReplay;
  /** The segments there are, oldest first. */
  readonly segments: SegmentFile[];
  /** The first of them that may not survive a power cut, by its number. */
  readonly syncedBefore: number;
  /** Whether the last checkpoint stands for all of them. */
  readonly isCovered: boolean;
  /** Damaged places found in them. */
  readonly damageCount: number;
  readonly surroundings: StorageSurroundings;
}
