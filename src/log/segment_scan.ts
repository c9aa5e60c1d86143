// Walks the records of a segment in large blocks, past damage: where no record is found, the next one is searched for.
//
//   header | record | record | ##damaged## | record | record | cut off
//                              └ reported ┘                    └ reported as the tail
//
// It repairs nothing and keeps nothing. Invariants: what it yields as a record has the right checksum; every byte behind
// `fromOffset` is in exactly one record or reported range; memory is one block, or one record larger than that.

import { Buffer } from "node:buffer";
import { crc32 } from "node:zlib";
import type { Disk, DiskFile } from "./disk.ts";
import { FileWindow, WINDOW_BYTES } from "./file_window.ts";
import { type Damage, HEADROOM_BYTES, type LogRecord, readRecord } from "./record.ts";
import {
  checksumAt,
  type DamageReason,
  RECORD_HEAD_BYTES,
  RECORD_MAGIC_BYTES,
  recordKindAt,
  recordLengthAt,
} from "./record_head.ts";
import { isHeaderWhole, readSalt, SEGMENT_HEADER_BYTES } from "./segment_header.ts";
import type { SegmentFile } from "./topic_folder.ts";

/** Bytes of a record's head that its checksum leaves out. */
const UNCHECKED_BYTES = 12;
/** What looks like the head of a record no longer than this is always looked into. */
const CHEAP_RECORD_BYTES_MAX = 64 * 1024;
/** Longer ones only while the bytes looked into stay within this, and some times the size of the segment. */
const SEARCH_BYTES_MIN = 64 * 1024 * 1024;
const SEARCH_SIZE_FACTOR = 8;

/** A record and where it begins in the segment. */
export interface ScannedRecord {
  readonly kind: "record";
  readonly offset: number;
  /** Its bytes are valid until the next step of the walk. */
  readonly record: LogRecord;
}

/** Bytes `from` to `to` (exclusive) of a segment hold no record. */
export interface DamagedRange {
  readonly kind: "damage";
  readonly path: string;
  readonly from: number;
  readonly to: number;
  /** What is wrong at `from`. */
  readonly reason: DamageReason;
  /** Nothing whole follows: a write that was cut short, or damage to the last record. To be cut off, and set aside. */
  readonly isTail: boolean;
}

/**
 * The records of a segment from `fromOffset` on (0 also looks at the header), and what is damaged between them.
 * Nothing when the file is not there or shorter. Throws FileError.
 */
export function* scanSegment(
  disk: Disk,
  segment: SegmentFile,
  fromOffset = 0,
): Iterable<ScannedRecord | DamagedRange> {
  const file = disk.open(segment.path, "read");
  if (file === undefined) return;
  const window = new FileWindow(file);
  try {
    yield* new SegmentScan(segment, file, window).walk(fromOffset);
  } finally {
    window.release();
    file.close();
  }
}

/**
 * The bytes that a segment should have up to `end` and has not: somebody cut it between two records, or within one, which
 * the walk then tells too. Undefined when it is long enough. Throws FileError.
 */
export function missingEnd(
  disk: Disk,
  { path, end: countedEnd = Infinity }: SegmentFile,
  size: number | undefined,
): DamagedRange | undefined {
  if (size === undefined) return undefined;
  const end = Math.min(size, countedEnd);
  const file = disk.open(path, "read");
  const from = file?.size() ?? 0;
  file?.close();
  return from < end
    ? { kind: "damage", path, from, to: end, reason: "cut off", isTail: false }
    : undefined;
}

class SegmentScan {
  readonly #segment: SegmentFile;
  readonly #window: FileWindow;
  readonly #salt: number | undefined;
  #searchBytesLeft: number;

  constructor(segment: SegmentFile, file: DiskFile, window: FileWindow) {
    this.#segment = segment;
    this.#salt = readSalt(file, segment);
    this.#window = window;
    this.#searchBytesLeft = SEARCH_BYTES_MIN + SEARCH_SIZE_FACTOR * window.fileSize;
  }

  *walk(fromOffset: number): Iterable<ScannedRecord | DamagedRange> {
    const end = Math.min(this.#segment.end ?? Infinity, this.#window.fileSize);
    let offset = fromOffset;
    if (offset < SEGMENT_HEADER_BYTES && end > 0) {
      offset = SEGMENT_HEADER_BYTES;
      const damage = this.#headerDamage();
      if (damage !== undefined) yield damage;
    }
    if (this.#salt === undefined && offset < end) return yield this.#unreadable(offset, end);
    while (offset < end) {
      const record = this.#examine(offset);
      if (record.kind !== "damage") {
        yield { kind: "record", offset, record };
        offset += record.length;
      } else {
        const range = this.#damagedRange(offset, record, end);
        yield range;
        offset = range.to;
      }
    }
  }

  #headerDamage(): DamagedRange | undefined {
    const { path, first } = this.#segment;
    const at = this.#window.hold(0, SEGMENT_HEADER_BYTES);
    const { fileSize, bytes } = this.#window;
    if (at === -1) {
      return { kind: "damage", path, from: 0, to: fileSize, reason: "cut off", isTail: true };
    }
    if (isHeaderWhole(bytes.subarray(at, at + SEGMENT_HEADER_BYTES), first)) return undefined;
    const reason = "damaged segment header";
    return { kind: "damage", path, from: 0, to: SEGMENT_HEADER_BYTES, reason, isTail: false };
  }

  /** Not one of the salt's copies is left: what stands here cannot be told from what somebody published. */
  #unreadable(from: number, to: number): DamagedRange {
    const { path } = this.#segment;
    return { kind: "damage", path, from, to, reason: "damaged segment header", isTail: false };
  }

  /** The record at `offset`. A long one is read into memory only after its checksum was found right. */
  #examine(offset: number): LogRecord | Damage {
    const length = this.#lengthAt(offset);
    if (length > WINDOW_BYTES && !this.#hasRightChecksum(offset, length)) {
      return { kind: "damage", reason: "wrong checksum", length: 0 };
    }
    const window = this.#window;
    const wanted = Math.max(RECORD_HEAD_BYTES, length);
    const at = window.hold(offset, Math.min(wanted, window.fileSize - offset));
    return readRecord(window.bytes.subarray(0, window.filled), at, this.#salt);
  }

  /** The length of the record at `offset` as its head claims it, if the file is so long, else 0. */
  #lengthAt(offset: number): number {
    const at = this.#window.hold(offset, RECORD_HEAD_BYTES);
    const length = at === -1 ? 0 : recordLengthAt(this.#window.bytes, at);
    return offset + length > this.#window.fileSize ? 0 : length;
  }

  #hasRightChecksum(offset: number, length: number): boolean {
    const window = this.#window;
    const headAt = window.hold(offset, RECORD_HEAD_BYTES);
    const claimed = checksumAt(window.bytes, headAt);
    let checksum = this.#salt;
    for (let done = UNCHECKED_BYTES; done < length;) {
      const count = Math.min(WINDOW_BYTES, length - done);
      const at = window.hold(offset + done, count);
      checksum = crc32(window.bytes.subarray(at, at + count), checksum);
      done += count;
    }
    return checksum === claimed;
  }

  #damagedRange(from: number, damage: Damage, end: number): DamagedRange {
    const { path } = this.#segment;
    const { reason, length } = damage;
    // A right checksum means that nobody cut this record short: it is not what ends a segment.
    if (length > 0) return { kind: "damage", path, from, to: from + length, reason, isTail: false };
    const next = this.#nextRecord(from);
    return { kind: "damage", path, from, to: Math.min(next, end), reason, isTail: next >= end };
  }

  /** Where the first record behind the damage at `offset` begins; the size of the file when there is none. */
  #nextRecord(offset: number): number {
    const end = this.#claimedEnd(offset);
    return end.isCertain ? end.offset : this.#search(offset + 1, end.offset);
  }

  /**
   * Where the damaged record at `offset` ends by its own head; 0 if no record begins there. It is certain when the
   * numbers go on without a gap: then only its body is damaged, and nothing in that body is taken for a record.
   */
  #claimedEnd(offset: number): { offset: number; isCertain: boolean } {
    const nowhere = { offset: 0, isCertain: false };
    const length = this.#lengthAt(offset);
    if (length < HEADROOM_BYTES) return nowhere;
    const nextNumber = this.#nextNumber(this.#window.hold(offset, HEADROOM_BYTES));
    const next = this.#examine(offset + length);
    if (next.kind === "damage" && next.length === 0) return nowhere;
    return { offset: offset + length, isCertain: numberOf(next) === nextNumber };
  }

  /** The number behind those of the record at `at` of the window, by its head. */
  #nextNumber(at: number): number {
    const { bytes } = this.#window;
    const kind = recordKindAt(bytes, at);
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, HEADROOM_BYTES);
    if (kind === "deferred") return view.getFloat64(16) + 1;
    return kind === "messages" ? view.getFloat64(16) + view.getUint32(32) : -1;
  }

  /** Looks for a record from `offset` on; when that becomes expensive, goes to `claimedEnd` if that is further on. */
  #search(offset: number, claimedEnd: number): number {
    const { fileSize } = this.#window;
    while (true) {
      offset = this.#findMagic(offset);
      if (offset === -1) return fileSize;
      const length = this.#lengthAt(offset);
      if (length > CHEAP_RECORD_BYTES_MAX) this.#searchBytesLeft -= length;
      if (length > CHEAP_RECORD_BYTES_MAX && this.#searchBytesLeft < 0) {
        if (offset <= claimedEnd) return claimedEnd;
      } else if (length > 0 && isWhole(this.#examine(offset))) return offset;
      offset++;
    }
  }

  /** The next place from `offset` on where the first bytes of a record stand, with room for a head; -1 if there is none. */
  #findMagic(offset: number): number {
    const window = this.#window;
    while (true) {
      const at = window.hold(offset, RECORD_HEAD_BYTES);
      if (at === -1) return -1;
      const { bytes, filled } = window;
      const held = Buffer.from(bytes.buffer, bytes.byteOffset, filled);
      const found = held.indexOf(RECORD_MAGIC_BYTES, at);
      if (found !== -1) return offset + found - at;
      offset += filled - at - RECORD_MAGIC_BYTES.length + 1;
    }
  }
}

function isWhole(record: LogRecord | Damage): boolean {
  return record.kind !== "damage" || record.length > 0;
}

function numberOf(record: LogRecord | Damage): number | undefined {
  if (record.kind === "messages") return record.first;
  return record.kind === "deferred" ? record.number : undefined;
}
