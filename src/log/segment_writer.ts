// The end of a topic's log, where records are added. It opens the segment when something is to be written, rolls it when
// it is full, and leaves no partial record behind: what could not be written whole is cut off again.
// Invariant: `size` is the length of what counts in the last segment.

import { dirname } from "node:path";
import type { Disk, DiskFile } from "./disk.ts";
import { encodeSegmentHeader, SEGMENT_HEADER_BYTES } from "./segment_header.ts";
import { type SegmentFile, segmentFile } from "./topic_folder.ts";

/** What a writer needs to know. */
export interface WriterSettings {
  readonly disk: Disk;
  readonly folder: string;
  readonly nodeId: number;
  /** A segment that would grow past this is full; a larger record has a segment of its own. */
  readonly maxBytesPerFile: number;
}

/** How far a log had come. */
export interface WriterMark {
  readonly segments: number;
  readonly size: number;
}

/** Adds records to the last segment of a topic. */
export class SegmentWriter {
  /** The segments, oldest first; the last is the one written to, unless it is empty still. */
  segments: SegmentFile[];
  #settings: WriterSettings;
  #file: DiskFile | undefined;
  #size = 0;
  /** Whether the next record must begin a new segment. */
  #mustRoll = true;
  #previousEnd: number | undefined;
  /** Segments that were begun and whose names were not synced yet. */
  #hasNewName = false;
  /** The same of the folder and the one it is in. */
  #hasNewFolder = true;
  /** Segments written to before the last one and not synced since. */
  #unsynced: DiskFile[] = [];
  /** Everything before this place survives a power cut. */
  #synced = { segment: -1, offset: 0 };
  #hasBegun = false;
  /** Segments of an earlier run: a killed one may have left them unsynced, and this one's checkpoints build on them. */
  #inherited: readonly SegmentFile[];
  #isSyncing = false;
  #isCloseWanted = false;

  constructor(settings: WriterSettings, segments: SegmentFile[]) {
    this.#settings = settings;
    this.segments = segments;
    this.#inherited = [...segments];
    this.#hasNewName = segments.length > 0;
  }

  /** Number that the segment begins with to which `length` bytes would go next, with a message numbered `next`. */
  prepare(length: number, next: number, wallMs: number): number {
    const { maxBytesPerFile } = this.#settings;
    const isFull = this.#size + length > maxBytesPerFile && this.#size > SEGMENT_HEADER_BYTES;
    this.#isCloseWanted = false;
    if (this.#mustRoll || isFull) this.#begin(next, wallMs);
    this.#file ??= this.#settings.disk.open(this.segments.at(-1)!.path, "append");
    return this.segments.at(-1)!.first;
  }

  #begin(next: number, wallMs: number): void {
    const { disk, folder, nodeId } = this.#settings;
    this.#leaveFile();
    // A name of its own even when nothing was numbered since the last one began.
    const first = Math.max(next, (this.segments.at(-1)?.first ?? -1) + 1);
    const segment = segmentFile(folder, first);
    disk.makeFolder(folder);
    const file = disk.open(segment.path, "append");
    const previousEnd = this.#previousEnd;
    const header = { nodeId, first, wallMs, ...(previousEnd === undefined ? {} : { previousEnd }) };
    try {
      // A beginning that failed before may have left something there.
      if (file.size() > 0) file.truncate(0);
      file.append(encodeSegmentHeader(header));
    } catch (error) {
      file.close();
      this.#tryRemove(segment.path);
      throw error;
    }
    this.#hasBegun = true;
    this.#file = file;
    this.#size = SEGMENT_HEADER_BYTES;
    this.#mustRoll = false;
    this.#hasNewName = true;
    this.#previousEnd = undefined;
    this.segments.push(segment);
  }

  /** Adds whole records and says where they begin. Throws FileError; nothing of them counts then. */
  append(records: Uint8Array): number {
    const offset = this.#size;
    try {
      this.#file!.append(records);
    } catch (error) {
      this.#cutBack(offset);
      throw error;
    }
    this.#size += records.length;
    return offset;
  }

  #cutBack(size: number): void {
    try {
      this.#file!.truncate(size);
    } catch {
      // Whatever is there now must not be read: the next segment says where this one ends.
      this.#previousEnd = size;
      this.#mustRoll = true;
    }
  }

  /** A point to which `rollBack` can return. */
  mark(): WriterMark {
    return { segments: this.segments.length, size: this.#size };
  }

  /** Takes back everything written since `mark`; what cannot be taken back will not count. */
  rollBack({ segments, size }: WriterMark): void {
    const { disk } = this.#settings;
    while (this.segments.length > segments) {
      this.#file?.close();
      this.#file = undefined;
      this.#tryRemove(this.segments.pop()!.path);
    }
    const last = this.segments.at(-1);
    this.#size = size;
    if (last === undefined || this.#mustRoll) return this.#forgetFile();
    try {
      this.#file ??= disk.open(last.path, "append");
    } catch {
      this.#previousEnd = size;
      this.#mustRoll = true;
      return;
    }
    this.#cutBack(size);
  }

  #forgetFile(): void {
    this.#leaveFile();
    this.#mustRoll = true;
  }

  /** Nothing more is written to the file; it stays open until it is synced. */
  #leaveFile(): void {
    if (this.#file !== undefined) this.#unsynced.push(this.#file);
    this.#file = undefined;
  }

  /** What stays is cut to nothing when a segment of that name is begun. */
  #tryRemove(path: string): void {
    try {
      this.#settings.disk.remove(path);
    } catch {
      // A record in it was refused: should it come back, a message comes that nobody was promised.
    }
  }

  /** Where the next record would begin. */
  get position(): { segment: number; offset: number } {
    const first = this.segments.at(-1)?.first ?? 0;
    // Segments of an earlier run are never written to: the next record is behind them all.
    return this.#hasBegun
      ? { segment: first, offset: this.#size }
      : { segment: first + 1, offset: 0 };
  }

  /** Resolves when everything written so far survives a power cut. Rejects with FileError. One at a time. */
  async sync(): Promise<void> {
    const left = this.#unsynced;
    const files = this.#file === undefined ? left : [...left, this.#file];
    const place = this.position;
    this.#unsynced = [];
    this.#isSyncing = true;
    try {
      await this.#syncInherited();
      for (const file of files) await file.syncData();
      if (this.#hasNewName) await this.#syncNames();
    } finally {
      this.#isSyncing = false;
      for (const file of left) file.close();
      if (this.#isCloseWanted) this.close();
    }
    this.#synced = place;
  }

  async #syncInherited(): Promise<void> {
    for (const { path } of this.#inherited) {
      const file = this.#settings.disk.open(path, "read");
      try {
        await file?.syncData();
      } finally {
        file?.close();
      }
    }
    this.#inherited = [];
  }

  async #syncNames(): Promise<void> {
    const { disk, folder } = this.#settings;
    this.#hasNewName = false;
    try {
      await disk.syncFolder(folder);
      if (!this.#hasNewFolder) return;
      await disk.syncFolder(dirname(folder));
      await disk.syncFolder(dirname(dirname(folder)));
      this.#hasNewFolder = false;
    } catch (error) {
      this.#hasNewName = true;
      throw error;
    }
  }

  /**
   * A sync failed: what follows goes to a new segment. Where `isRepeated`, that will be everything behind the last sync
   * that succeeded, and of the last segment only what lies before that place counts.
   */
  abandon(isRepeated: boolean): void {
    this.#forgetFile();
    for (const file of this.#unsynced) file.close();
    this.#unsynced = [];
    if (!isRepeated) return;
    const { segment, offset } = this.#synced;
    const end = this.segments.at(-1)?.first === segment ? offset : 0;
    this.#previousEnd = Math.min(end, this.#previousEnd ?? Infinity);
  }

  /** Closes the file; it is opened again when something is written. Everything must be synced. */
  close(): void {
    this.#isCloseWanted = this.#isSyncing;
    if (this.#isSyncing) return;
    this.#file?.close();
    this.#file = undefined;
    for (const file of this.#unsynced) file.close();
    this.#unsynced = [];
  }
}
