// The end of a topic's log, where records are added. It opens the segment when something is to be written, rolls it when
// it is full, and leaves no partial record behind: what could not be written whole is cut off again.
// Invariant: `size` is the length of what counts in the last segment.

import { dirname } from "node:path";
import type { Disk, DiskFile } from "./disk.ts";
import type { Place } from "./pending_messages.ts";
import {
  encodeSegmentHeader,
  readSalt,
  SEGMENT_HEADER_BYTES,
  type SegmentHeader,
} from "./segment_header.ts";
import { cutSegments, type SegmentFile, segmentFile, TEMPORARY_SUFFIX } from "./topic_folder.ts";

/** A segment is copied in pieces of this size. */
const COPY_BYTES = 256 * 1024;
/** So many syncs of one log are under way at once: a disk does them together, and each has a file open. */
const SYNCS_MAX = 8;

/** What a writer needs to know. */
export interface WriterSettings {
  readonly disk: Disk;
  readonly folder: string;
  readonly nodeId: number;
  /** A segment that would grow past this is full; a larger record has a segment of its own. */
  readonly maxBytesPerFile: number;
  /** Another 32 bits each time, which nobody can guess. */
  readonly newSalt: () => number;
}

/** How far a log had come. */
export interface WriterMark {
  readonly segments: readonly SegmentFile[];
  readonly size: number;
  readonly salt: number;
  readonly mustRoll: boolean;
  readonly previousEnd: Place | undefined;
  /** Where the next record would have begun. */
  readonly position: Place;
}

/** Adds records to the last segment of a topic. */
export class SegmentWriter {
  #segments: readonly SegmentFile[];
  #settings: WriterSettings;
  #file: DiskFile | undefined;
  /** 0 until a segment is begun: those of an earlier run are never written to. */
  #size = 0;
  #salt = 0;
  /** Whether the next record must begin a new segment. */
  #mustRoll = true;
  /** The log ends there although more was written: the header of the next segment will say so. */
  #previousEnd: Place | undefined;
  /** Segments that were begun and whose names were not synced yet. */
  #hasNewName = false;
  /** The same of the folder and the one it is in. */
  #hasNewFolder = true;
  /** Segments written to and not synced since, at first the inherited ones: checkpoints of this run build on them. */
  readonly #unsynced: Set<string>;
  /** Segments of an earlier run of which nobody knows how far they are synced; and those of them whose sync failed. */
  readonly #inherited: ReadonlySet<string>;
  readonly #unsyncable = new Set<string>();
  /** How long they are, of those that were asked about. */
  readonly #inheritedSizes = new Map<string, number>();
  /** Everything before this place survives a power cut. */
  #synced: Place;

  /** @param syncedBefore the first segment that an earlier run may not have synced; Infinity is none */
  constructor(settings: WriterSettings, segments: readonly SegmentFile[], syncedBefore = 0) {
    this.#settings = settings;
    this.#segments = segments;
    const inherited = segments.filter(({ first }) => first >= syncedBefore);
    this.#inherited = new Set(inherited.map(({ path }) => path));
    this.#unsynced = new Set(this.#inherited);
    this.#hasNewName = inherited.length > 0;
    this.#synced = this.position;
  }

  /** The segments, oldest first; the last is the one written to, unless none was begun yet. */
  get segments(): readonly SegmentFile[] {
    return this.#segments;
  }

  /** The oldest segment is gone. */
  removedOldest(): void {
    this.#segments = this.#segments.slice(1);
  }

  /** Number that the segment begins with to which `length` bytes would go next, with a message numbered `next`. */
  prepare(length: number, next: number, wallMs: number): number {
    const { maxBytesPerFile } = this.#settings;
    const isFull = this.#size + length > maxBytesPerFile && this.#size > SEGMENT_HEADER_BYTES;
    if (this.#mustRoll || isFull) this.#beginNamed(next, wallMs);
    this.#file ??= this.#settings.disk.open(this.#segments.at(-1)!.path, "append");
    return this.#segments.at(-1)!.first;
  }

  #beginNamed(next: number, wallMs: number): void {
    const mark = this.mark();
    this.#begin(next, wallMs);
    try {
      this.#giveName();
    } catch (error) {
      this.rollBack(mark);
      throw error;
    }
  }

  /**
   * Begins the segment for what is written again after a failed sync, and says which it is. Until `endRepeat` it lies under
   * a name that nobody reads: a kill in between must not cost what it stands for. Throws FileError.
   */
  beginRepeat(next: number, wallMs: number): number {
    this.#begin(next, wallMs);
    return this.#segments.at(-1)!.first;
  }

  /** All is written again. Throws FileError. */
  endRepeat(): void {
    this.#giveName();
  }

  /** From now on the segment begun last is read. Throws FileError. */
  #giveName(): void {
    const { path } = this.#segments.at(-1)!;
    this.close();
    this.#settings.disk.rename(path + TEMPORARY_SUFFIX, path);
  }

  /** What fails half-way must not be taken for a segment: numbers that come later would be looked for in it. */
  #begin(next: number, wallMs: number): void {
    const { disk, folder, nodeId, newSalt } = this.#settings;
    this.close();
    // A name of its own even when nothing was numbered since the last one began.
    const first = Math.max(next, (this.#segments.at(-1)?.first ?? -1) + 1);
    const segment = segmentFile(folder, first);
    disk.makeFolder(folder);
    const salt = newSalt();
    const previousEnd = this.#previousEnd;
    const { previousSize: size, previousSalt } = this.#previous();
    const previousSize = previousEnd === undefined ? size : undefined;
    const header = { nodeId, first, wallMs, salt, previousEnd, previousSize, previousSalt };
    const file = disk.open(segment.path + TEMPORARY_SUFFIX, "append");
    try {
      // A beginning that failed before may have left something there.
      if (file.size() > 0) file.truncate(0);
      file.append(encodeSegmentHeader(header));
    } catch (error) {
      file.close();
      this.#tryRemove(segment.path + TEMPORARY_SUFFIX);
      throw error;
    }
    this.#file = file;
    this.#salt = salt;
    this.#size = SEGMENT_HEADER_BYTES;
    this.#mustRoll = false;
    this.#hasNewName = true;
    this.#unsynced.add(segment.path);
    this.#previousEnd = undefined;
    const before = this.#segments;
    this.#segments = [...previousEnd ? cutSegments(before, previousEnd) : before, segment];
  }

  #previous(): Pick<SegmentHeader, "previousSize" | "previousSalt"> {
    if (this.#size > 0) return { previousSize: this.#size, previousSalt: this.#salt };
    const inherited = this.#segments.at(-1);
    const file = inherited && this.#settings.disk.open(inherited.path, "read");
    if (file === undefined) return {};
    try {
      return { previousSize: file.size(), previousSalt: readSalt(file, inherited!) };
    } finally {
      file.close();
    }
  }

  /** What records must be sealed with that are appended next, after `prepare`. */
  get salt(): number {
    return this.#salt;
  }

  /** Adds whole records and says where they begin. Throws FileError; nothing of them counts then. */
  append(records: Uint8Array): number {
    const offset = this.#size;
    try {
      this.#file!.append(records);
    } catch (error) {
      this.rollBack(this.mark());
      throw error;
    }
    this.#size += records.length;
    this.#unsynced.add(this.#segments.at(-1)!.path);
    return offset;
  }

  /** A point to which `rollBack` can return. */
  mark(): WriterMark {
    return {
      segments: this.#segments,
      size: this.#size,
      salt: this.#salt,
      mustRoll: this.#mustRoll,
      previousEnd: this.#previousEnd,
      position: this.position,
    };
  }

  /** Takes back everything written since `mark`; what cannot be taken back will not count. */
  rollBack(mark: WriterMark): void {
    const begun = this.#segments.slice(mark.segments.length);
    if (begun.length > 0) this.close();
    this.#segments = mark.segments;
    this.#size = mark.size;
    this.#salt = mark.salt;
    this.#mustRoll = mark.mustRoll;
    this.#previousEnd = mark.previousEnd;
    try {
      for (let last = begun.at(-1); last !== undefined; last = begun.at(-1)) {
        this.#tryRemove(last.path + TEMPORARY_SUFFIX);
        this.#settings.disk.remove(last.path);
        begun.pop();
      }
      if (mark.mustRoll) return;
      this.#file ??= this.#settings.disk.open(mark.segments.at(-1)!.path, "append");
      this.#file.truncate(mark.size);
    } catch {
      // Whatever is there now must not be read, and its names are taken: the next segment says where the log ends.
      const before = mark.mustRoll ? mark.segments : cutSegments(mark.segments, mark.position);
      this.#segments = [...before, ...begun.map((segment) => ({ ...segment, end: 0 }))];
      this.#mustRoll = true;
      this.#previousEnd = mark.position;
    }
  }

  /** What stays is read by nobody. */
  #tryRemove(path: string): void {
    try {
      this.#settings.disk.remove(path);
    } catch {
      // The next start does it.
    }
  }

  /** Where the next record would begin. */
  get position(): Place {
    if (this.#previousEnd !== undefined) return this.#previousEnd;
    const segment = this.#segments.at(-1)?.first ?? -1;
    return this.#size > 0 ? { segment, offset: this.#size } : { segment: segment + 1, offset: 0 };
  }

  /** Whether there is anything that a sync would make safe. */
  get hasUnsynced(): boolean {
    return this.#unsynced.size > 0 || this.#unsyncable.size > 0 || this.#hasNewName;
  }

  /** Whether the record at this place survives a power cut. */
  isSynced({ segment, offset }: Place): boolean {
    const { segment: last, offset: end } = this.#synced;
    return segment < last || (segment === last && offset < end);
  }

  /** Resolves when everything written so far survives a power cut. Rejects with FileError. One at a time. */
  async sync(): Promise<void> {
    const place = this.position;
    for (const path of [...this.#unsyncable]) await this.#copy(path);
    await this.#syncFiles();
    if (this.#hasNewName) await this.#syncNames();
    this.#synced = place;
  }

  /** The oldest first. None is begun after one that failed, and none is under way any more when this rejects. */
  async #syncFiles(): Promise<void> {
    const left = [...this.#unsynced].reverse();
    const length = Math.min(left.length, SYNCS_MAX);
    const lines = Array.from({ length }, () => this.#syncInLine(left));
    for (const outcome of await Promise.allSettled(lines)) {
      if (outcome.status === "rejected") throw outcome.reason;
    }
  }

  async #syncInLine(left: string[]): Promise<void> {
    try {
      for (let path = left.pop(); path !== undefined; path = left.pop()) await this.#syncFile(path);
    } finally {
      left.length = 0;
    }
  }

  /** Through an opening of its own: the one that writes may be closed meanwhile. */
  async #syncFile(path: string): Promise<void> {
    const file = this.#settings.disk.open(path, "read");
    // Not again where it fails: the kernel forgets what it could not write, and would say that all is well.
    this.#unsynced.delete(path);
    try {
      await file?.syncData();
    } catch (error) {
      if (this.#inherited.has(path)) this.#unsyncable.add(path);
      throw error;
    } finally {
      file?.close();
    }
  }

  /** What a failed sync left open of an earlier run cannot be told from the rest: the segment is written anew, whole. */
  async #copy(path: string): Promise<void> {
    const { disk } = this.#settings;
    const temporary = path + TEMPORARY_SUFFIX;
    try {
      const isCopied = await copySynced(disk, path, temporary);
      // It may have been removed meanwhile, and must not come back.
      if (isCopied && this.#segments.some((segment) => segment.path === path)) {
        disk.rename(temporary, path);
        this.#hasNewName = true;
      }
      this.#unsyncable.delete(path);
    } finally {
      this.#tryRemove(temporary);
    }
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
   * A sync failed: what follows goes to a new segment, first of all everything behind the last sync that succeeded; only
   * what lies before that place counts then.
   */
  abandon(): void {
    this.#mustRoll = true;
    this.#previousEnd = this.#synced;
  }

  /** Everything before this place survives a power cut. */
  get synced(): Place {
    return this.#synced;
  }

  /** Bytes of all segments; one that cannot be looked at counts nothing. */
  get byteSize(): number {
    const last = this.#segments.at(-1);
    let bytes = 0;
    for (const segment of this.#segments) {
      const isBegun = segment === last && this.#size > 0;
      bytes += isBegun ? this.#size : segment.size ?? this.#inheritedBytes(segment.path);
    }
    return bytes;
  }

  #inheritedBytes(path: string): number {
    const known = this.#inheritedSizes.get(path);
    if (known !== undefined) return known;
    let bytes = 0;
    try {
      const file = this.#settings.disk.open(path, "read");
      bytes = file?.size() ?? 0;
      file?.close();
    } catch {
      // It is asked for again when the program starts anew.
    }
    this.#inheritedSizes.set(path, bytes);
    return bytes;
  }

  /** Closes the file; it is opened again when something is written. */
  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }
}

/**
 * Resolves when `to` holds what `from` holds and survives a power cut, but for its name; with false when there is nothing
 * to copy. Rejects with FileError.
 */
async function copySynced(disk: Disk, from: string, to: string): Promise<boolean> {
  const source = disk.open(from, "read");
  if (source === undefined) return false;
  let target: DiskFile | undefined;
  try {
    target = disk.open(to, "append");
    if (target.size() > 0) target.truncate(0);
    const bytes = new Uint8Array(COPY_BYTES);
    for (let read = await source.read(bytes, 0); read > 0;) {
      target.append(bytes.subarray(0, read));
      read = await source.read(bytes, target.size());
    }
    await target.syncData();
    return true;
  } finally {
    source.close();
    target?.close();
  }
}
