// Walks over the records of one of upstream's data files, also a damaged one.
//
// Undamaged files are read as upstream reads them: length by length. Where a record does not lead to the next one, upstream
// gives up the rest of the file; here the walk goes on at the next place that is hardly chance: a header with a legal length,
// a time and an id of 16 hex digits, followed by another such header or the file's end.
// Invariant: what is returned and what is reported as skipped cover the file from `start` to its end, nothing twice.

import {
  isHexDigit,
  isRecordHeader,
  LENGTH_BYTES,
  lengthAt,
  PAYLOAD_BYTES_MIN,
  RECORD_HEADER_BYTES,
} from "./disk_queue_record.ts";
import type { FileWindow } from "./file_window.ts";

const ID_FIRST = 14;
const ID_LAST = 29;

/** Where a record stands, its length included. */
export interface Extent {
  readonly offset: number;
  readonly bytes: number;
}

/** Bytes that belong to no message that can be told; `reason` ends a sentence. */
export type SkippedExtent = Extent & { readonly reason: string };

/** Finds the records of one file. */
export class RecordScanner {
  readonly #window: FileWindow;
  readonly #written: number;
  readonly #end: number;
  readonly #onSkipped: (skipped: SkippedExtent) => void;
  #at: number;
  /** Records up to here follow one another by their lengths alone. */
  #chainedUntil = 0;
  /** The last search: the first sound record from `from` on is at `at`. */
  #search: { from: number; at: number | undefined } | undefined;

  /**
   * @param start where to begin, at most the file's size
   * @param written where the writer is known to have ended a record; the file's end when it is not known
   */
  constructor(
    window: FileWindow,
    start: number,
    written: number,
    onSkipped: (skipped: SkippedExtent) => void,
  ) {
    this.#window = window;
    this.#written = written;
    this.#end = window.sizeBytes;
    this.#onSkipped = onSkipped;
    this.#at = start;
  }

  /** The next record; undefined at the file's end. Throws what reading throws. */
  next(): Extent | undefined {
    while (this.#at < this.#end) {
      const offset = this.#at;
      const after = this.#endOf(offset);
      if (after !== undefined && this.#isFollowed(after)) return this.#take(offset, after);
      const sound = this.#soundFrom(offset + 1);
      if (after !== undefined && this.#isBelievable(offset, after, sound)) {
        return this.#take(offset, after);
      }
      this.#skip(offset, sound ?? this.#end, after);
    }
    return undefined;
  }

  #take(offset: number, after: number): Extent {
    this.#at = after;
    return { offset, bytes: after - offset };
  }

  #skip(offset: number, until: number, after: number | undefined): void {
    const reason = after === undefined ? this.#whyNot(offset) : "a length that leads nowhere";
    this.#at = until;
    this.#onSkipped({ offset, bytes: until - offset, reason });
  }

  #whyNot(offset: number): string {
    const left = this.#end - offset;
    if (left < LENGTH_BYTES) return "a record cut short";
    const length = lengthAt(this.#window.view(offset, LENGTH_BYTES), 0);
    if (length < PAYLOAD_BYTES_MIN) return `an impossible length of ${length}`;
    return `a record of ${length} bytes where ${left - LENGTH_BYTES} are left`;
  }

  /** Where the record at `offset` ends if its length is right; undefined when it cannot be. */
  #endOf(offset: number): number | undefined {
    if (this.#end - offset < RECORD_HEADER_BYTES) return undefined;
    const length = lengthAt(this.#window.view(offset, RECORD_HEADER_BYTES), 0);
    const after = offset + LENGTH_BYTES + length;
    return length < PAYLOAD_BYTES_MIN || after > this.#end ? undefined : after;
  }

  #isFollowed(after: number): boolean {
    return after <= this.#chainedUntil || this.#isBoundary(after) || this.#isHeader(after);
  }

  #isBoundary(at: number): boolean {
    return at === this.#end || at === this.#written;
  }

  #isHeader(at: number): boolean {
    if (this.#end - at < RECORD_HEADER_BYTES) return false;
    return isRecordHeader(this.#window.view(at, RECORD_HEADER_BYTES), 0, this.#end - at);
  }

  /** Judges a record that is not followed by another: is the damage in it, or behind it? */
  #isBelievable(offset: number, after: number, sound: number | undefined): boolean {
    // Ids that are no hex digits are not upstream's; if all lengths are right, they are somebody's.
    if (sound === undefined) return this.#isHeader(offset) || this.#isChained(after);
    if (!this.#isHeader(offset)) return false;
    // It reaches over a sound record: either its length is damaged, or its body is made of records.
    if (sound < after) return this.#leadsTo(sound, after);
    // Too small a gap for a damaged record in it: the gap is the rest of this one, whose length is damaged.
    return sound - after >= RECORD_HEADER_BYTES || this.#isStub(after, sound);
  }

  /** Whether there is a record from `offset` to `until`, though too small for a message. */
  #isStub(offset: number, until: number): boolean {
    if (until - offset < LENGTH_BYTES) return false;
    return offset + LENGTH_BYTES + lengthAt(this.#window.view(offset, LENGTH_BYTES), 0) === until;
  }

  /** Whether the lengths lead from `offset` to exactly `goal`. */
  #leadsTo(offset: number, goal: number): boolean {
    let at: number | undefined = offset;
    while (at !== undefined && at < goal) at = this.#endOf(at);
    return at === goal;
  }

  /** Whether the lengths lead from `offset` to a boundary; the records up to there need no further proof. */
  #isChained(offset: number): boolean {
    let at: number | undefined = offset;
    while (at !== undefined && !this.#isBoundary(at)) at = this.#endOf(at);
    if (at !== undefined) this.#chainedUntil = at;
    return at !== undefined;
  }

  #soundFrom(from: number): number | undefined {
    const last = this.#search;
    const isKnown = last !== undefined && from >= last.from &&
      (last.at === undefined || from <= last.at);
    if (!isKnown) this.#search = { from, at: this.#searchFrom(from) };
    return this.#search?.at;
  }

  #searchFrom(from: number): number | undefined {
    for (let at = from; this.#end - at >= RECORD_HEADER_BYTES;) {
      const view = this.#window.view(at, RECORD_HEADER_BYTES);
      const count = view.length - RECORD_HEADER_BYTES + 1;
      const index = nextCandidate(view, count);
      at += index;
      if (index === count) continue;
      if (this.#isSound(at)) return at;
      at++;
    }
    return undefined;
  }

  #isSound(at: number): boolean {
    if (!this.#isHeader(at)) return false;
    const after = this.#endOf(at);
    return after !== undefined && (this.#isBoundary(after) || this.#isHeader(after));
  }
}

/** The first index below `count` where an id may stand behind a length and a time; `count` when there is none. */
function nextCandidate(view: Uint8Array, count: number): number {
  let index = 0;
  while (index < count) {
    if (isHexDigit(view[index + ID_LAST]!) && isHexDigit(view[index + ID_FIRST]!)) break;
    index++;
  }
  return index;
}
