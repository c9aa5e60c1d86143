// The end of a topic's log, where records are added. It opens the segment when something is to be written, rolls it when
// it is full, and leaves no partial record behind: what could not be written whole is cut off again.
// Invariant: `size` is the length of what counts in the last segment.

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
  /** Full segments that are not synced yet. */
  #full: DiskFile[] = [];
  #syncs = 0;
  #isCloseWanted = false;

  constructor(settings: WriterSettings, segments: SegmentFile[]) {
    this.#settings = settings;
    this.segments = segments;
  }

  /** Number that the segment begins with to which `length` bytes would go next, with a message numbered `next`. */
  prepare(length: number, next: number, wallMs: number): number {
    const { maxBytesPerFile } = this.#settings;
    const isFull = this.#size + length > maxBytesPerFile && this.#size > SEGMENT_HEADER_BYTES;
    if (this.#mustRoll || isFull) this.#begin(next, wallMs);
    this.#file ??= this.#settings.disk.open(this.segments.at(-1)!.path, "append");
    return this.segments.at(-1)!.first;
  }

  #begin(next: number, wallMs: number): void {
    const { disk, folder, nodeId } = this.#settings;
    if (this.#file !== undefined) this.#full.push(this.#file);
    this.#file = undefined;
    // A name of its own even when nothing was numbered since the last one began.
    const first = Math.max(next, (this.segments.at(-1)?.first ?? -1) + 1);
    const segment = segmentFile(folder, first);
    disk.makeFolder(folder);
    const file = disk.open(segment.path, "append");
    const previousEnd = this.#previousEnd;
    const header = { nodeId, first, wallMs, ...(previousEnd === undefined ? {} : { previousEnd }) };
    try {
      file.append(encodeSegmentHeader(header));
    } catch (error) {
      file.close();
      disk.remove(segment.path);
      throw error;
    }
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
      disk.remove(this.segments.pop()!.path);
    }
    const last = this.segments.at(-1);
    this.#size = size;
    if (last === undefined || this.#mustRoll) return this.#forgetFile();
    this.#file ??= disk.open(last.path, "append");
    this.#cutBack(size);
  }

  #forgetFile(): void {
    this.#file?.close();
    this.#file = undefined;
    this.#mustRoll = true;
  }

  /** Where the next record would begin. */
  get position(): { segment: number; offset: number } {
    return { segment: this.segments.at(-1)?.first ?? 0, offset: this.#size };
  }

  /** Resolves when everything written so far survives a power cut. Rejects with FileError. */
  async sync(): Promise<void> {
    const last = this.segments.at(-1);
    if (last === undefined) return;
    this.#syncs++;
    try {
      await this.#syncFiles(last);
    } finally {
      this.#syncs--;
      if (this.#isCloseWanted) this.close();
    }
  }

  async #syncFiles(last: SegmentFile): Promise<void> {
    const { disk, folder } = this.#settings;
    const full = this.#full.slice();
    const file = this.#file ??= disk.open(last.path, "append");
    for (const each of full) await each.syncData();
    await file.syncData();
    for (const each of full) each.close();
    this.#full = this.#full.filter((each) => !full.includes(each));
    if (!this.#hasNewName) return;
    this.#hasNewName = false;
    await disk.syncFolder(folder);
  }

  /** A sync failed: what follows goes to a new segment, and of this one counts what lies before `offset`. */
  abandonFrom(offset: number): void {
    this.#previousEnd = offset;
    this.#mustRoll = true;
  }

  /** Closes the file, once no sync needs it; it is opened again when something is written. */
  close(): void {
    this.#isCloseWanted = this.#syncs > 0;
    if (this.#isCloseWanted) return;
    this.#file?.close();
    this.#file = undefined;
  }
}
