// What a record of kind journal holds behind its head: entries, one after the other, each a change of state.
//
//   u8 operation, then:
//   1 channelCreated  name, number it starts at          5 topicEmptied    from, to (numbers; `to` stays)
//   2 channelDeleted  name                               6 channelEmptied  name, end (everything below is dropped)
//   3 channelPaused   name, u8                           7 finished        name, u32 n, n * ( first, u32 count )
//   4 topicPaused     u8                                 8 requeued        name, number, u16 attempts, due wall ms
//
//   name = u8 length | bytes.   Numbers and times are f64, big-endian; a due time of 0 is at once.
//
// It knows nothing of what the changes do; that is `replay.ts`.

import { byteString } from "../base/byte_string.ts";
import { isValidName } from "../wire/names.ts";
import { RECORD_HEAD_BYTES, sealRecord } from "./record_head.ts";

/** What entries there are, with the number each has on disk. */
export const JOURNAL_OPERATIONS = {
  channelCreated: 1,
  channelDeleted: 2,
  channelPaused: 3,
  topicPaused: 4,
  topicEmptied: 5,
  channelEmptied: 6,
  finished: 7,
  requeued: 8,
} as const;

type Operation = keyof typeof JOURNAL_OPERATIONS;

/** One change of state. Ranges are flat: first, end, first, end, and so on. */
export type JournalEntry =
  | { readonly operation: "channelCreated"; readonly name: string; readonly start: number }
  | { readonly operation: "channelDeleted"; readonly name: string }
  | { readonly operation: "channelPaused"; readonly name: string; readonly isPaused: boolean }
  | { readonly operation: "topicPaused"; readonly isPaused: boolean }
  | { readonly operation: "topicEmptied"; readonly from: number; readonly to: number }
  | { readonly operation: "channelEmptied"; readonly name: string; readonly end: number }
  | { readonly operation: "finished"; readonly name: string; readonly ranges: readonly number[] }
  | {
    readonly operation: "requeued";
    readonly name: string;
    readonly number: number;
    readonly attempts: number;
    readonly dueWallMs: number;
  };

/** A journal that would grow past this goes on in another record: what one flipped bit may cost. */
const JOURNAL_BYTES_MAX = 64 * 1024;
const BUFFER_BYTES_MIN = 512;
/** A larger buffer is not kept. */
const BUFFER_BYTES_KEPT_MAX = 128 * 1024;
const RANGE_BYTES = 12;
const RANGE_COUNT_MAX = 2 ** 32 - 1;

/** Collects entries and makes records of them. Adding one allocates nothing (the buffer grows by doubling). */
export class JournalEncoder {
  #bytes = new Uint8Array(BUFFER_BYTES_MIN);
  #view = new DataView(this.#bytes.buffer);
  #end = 0;
  /** Where each record of the buffer begins. */
  readonly #starts: number[] = [];
  /** The channel of the last entry if that is `finished`, where its count stands, and what its last range is. */
  #finishedName = "";
  #finishedCountAt = 0;
  #finishedFirst = 0;
  #finishedEnd = 0;

  /** Whether nothing was added since the last `take`. */
  get isEmpty(): boolean {
    return this.#end === 0;
  }

  /** Bytes that `take` would give. */
  get length(): number {
    return this.#end;
  }

  /** A channel exists; what is below number `start` is not for it. */
  created(name: string, start: number): void {
    this.#begin("channelCreated", name, 8);
    this.#number(start);
  }

  /** A channel is gone with all it held. */
  deleted(name: string): void {
    this.#begin("channelDeleted", name, 0);
  }

  /** A channel is paused, or not any more. */
  paused(name: string, isPaused: boolean): void {
    this.#begin("channelPaused", name, 1);
    this.#bytes[this.#end++] = isPaused ? 1 : 0;
  }

  /** The topic is paused, or not any more. */
  topicPaused(isPaused: boolean): void {
    this.#begin("topicPaused", undefined, 1);
    this.#bytes[this.#end++] = isPaused ? 1 : 0;
  }

  /** What no channel was given yet, numbers `from` to `to` - 1, is dropped. */
  topicEmptied(from: number, to: number): void {
    this.#begin("topicEmptied", undefined, 16);
    this.#number(from);
    this.#number(to);
  }

  /** All that a channel holds below number `end` is dropped. */
  emptied(name: string, end: number): void {
    this.#begin("channelEmptied", name, 8);
    this.#number(end);
  }

  /** A channel is done with messages `first` to `first + count - 1`. Neighbours become one range. */
  finished(name: string, first: number, count = 1): void {
    if (name !== this.#finishedName || !this.#hasRoomFor(RANGE_BYTES)) this.#beginFinished(name);
    const length = this.#finishedEnd - this.#finishedFirst;
    if (first === this.#finishedEnd && length > 0 && length + count <= RANGE_COUNT_MAX) {
      this.#view.setUint32(this.#end - 4, length + count);
    } else {
      this.#reserve(RANGE_BYTES);
      this.#number(first);
      this.#view.setUint32(this.#end, count);
      this.#end += 4;
      this.#finishedFirst = first;
      const countAt = this.#finishedCountAt;
      this.#view.setUint32(countAt, this.#view.getUint32(countAt) + 1);
    }
    this.#finishedEnd = first + count;
  }

  #beginFinished(name: string): void {
    this.#begin("finished", name, 4 + RANGE_BYTES);
    this.#finishedName = name;
    this.#finishedCountAt = this.#end;
    this.#finishedFirst = this.#finishedEnd = 0;
    this.#view.setUint32(this.#end, 0);
    this.#end += 4;
  }

  /** A channel is to be given a message again, after `attempts` deliveries, at once if `dueWallMs` is 0. */
  requeued(name: string, number: number, attempts: number, dueWallMs: number): void {
    this.#begin("requeued", name, 18);
    this.#number(number);
    this.#view.setUint16(this.#end, attempts);
    this.#end += 2;
    this.#number(dueWallMs);
  }

  /**
   * Everything added, as one record (seldom several, back to back); undefined if there is nothing. The encoder is empty
   * afterwards. The bytes are valid until the next entry is added.
   * @param salt of the segment which they are for
   */
  take(salt: number): Uint8Array<ArrayBuffer> | undefined {
    if (this.#end === 0) return undefined;
    const records = this.seal(salt);
    this.clear();
    return records;
  }

  /** The same, but nothing is forgotten: until `clear` it can be had again, for another segment. */
  seal(salt: number): Uint8Array<ArrayBuffer> {
    for (let index = 0; index < this.#starts.length; index++) {
      const end = this.#starts[index + 1] ?? this.#end;
      sealRecord(this.#bytes.subarray(this.#starts[index]!, end), "journal", salt);
    }
    return this.#bytes.subarray(0, this.#end);
  }

  /** Forgets everything added. */
  clear(): void {
    this.#end = 0;
    this.#starts.length = 0;
    this.#finishedName = "";
    if (this.#bytes.length > BUFFER_BYTES_KEPT_MAX) this.#resize(BUFFER_BYTES_MIN);
  }

  #begin(operation: Operation, name: string | undefined, fieldBytes: number): void {
    const nameLength = name === undefined ? 0 : 1 + name.length;
    const length = 1 + nameLength + fieldBytes;
    this.#finishedName = "";
    const isNewRecord = this.#end === 0 || !this.#hasRoomFor(length);
    this.#reserve(isNewRecord ? length + RECORD_HEAD_BYTES : length);
    if (isNewRecord) {
      this.#starts.push(this.#end);
      this.#end += RECORD_HEAD_BYTES;
    }
    this.#bytes[this.#end++] = JOURNAL_OPERATIONS[operation];
    if (name !== undefined) this.#name(name);
  }

  #name(name: string): void {
    this.#bytes[this.#end++] = name.length;
    for (let index = 0; index < name.length; index++) {
      this.#bytes[this.#end++] = name.charCodeAt(index);
    }
  }

  #number(value: number): void {
    this.#view.setFloat64(this.#end, value);
    this.#end += 8;
  }

  /** Whether the record under way may grow by `length` bytes. */
  #hasRoomFor(length: number): boolean {
    return this.#end + length - (this.#starts.at(-1) ?? 0) <= JOURNAL_BYTES_MAX;
  }

  #reserve(length: number): void {
    if (this.#end + length <= this.#bytes.length) return;
    this.#resize(Math.max(this.#end + length, this.#bytes.length * 2));
  }

  #resize(length: number): void {
    const bytes = new Uint8Array(length);
    bytes.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}

/** The entries that `bytes` consist of; undefined when they are malformed. Never throws. */
export function decodeEntries(bytes: Uint8Array): JournalEntry[] | undefined {
  const reader = new EntryReader(bytes);
  const entries: JournalEntry[] = [];
  try {
    while (!reader.isAtEnd) entries.push(reader.entry());
  } catch (error) {
    if (error instanceof MalformedEntry) return undefined;
    throw error;
  }
  return entries;
}

class MalformedEntry extends Error {
  override readonly name = "MalformedEntry";
}

class EntryReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** Reads one entry. Throws MalformedEntry. */
  entry(): JournalEntry {
    const operation = OPERATION_NAMES[this.#byte()];
    switch (operation) {
      case "channelCreated":
        return { operation, name: this.#name(), start: this.#number() };
      case "channelDeleted":
        return { operation, name: this.#name() };
      case "channelPaused":
        return { operation, name: this.#name(), isPaused: this.#byte() !== 0 };
      case "topicPaused":
        return { operation, isPaused: this.#byte() !== 0 };
      case "topicEmptied":
        return { operation, from: this.#number(), to: this.#number() };
      case "channelEmptied":
        return { operation, name: this.#name(), end: this.#number() };
      case "finished":
        return { operation, name: this.#name(), ranges: this.#ranges() };
      case "requeued":
        return this.#requeued();
      default:
        throw new MalformedEntry();
    }
  }

  #requeued(): JournalEntry {
    const name = this.#name();
    const number = this.#number();
    const attempts = this.#view.getUint16(this.#take(2));
    const dueWallMs = this.#view.getFloat64(this.#take(8));
    if (!(dueWallMs >= 0 && dueWallMs < Infinity)) throw new MalformedEntry();
    return { operation: "requeued", name, number, attempts, dueWallMs };
  }

  #ranges(): number[] {
    const count = this.#view.getUint32(this.#take(4));
    if (count * RANGE_BYTES > this.#bytes.length - this.#at) throw new MalformedEntry();
    const ranges: number[] = [];
    for (let index = 0; index < count; index++) {
      const first = this.#number();
      const end = first + this.#view.getUint32(this.#take(4));
      if (!Number.isSafeInteger(end)) throw new MalformedEntry();
      ranges.push(first, end);
    }
    return ranges;
  }

  #name(): string {
    const length = this.#byte();
    const start = this.#take(length);
    const name = byteString(this.#bytes, start, start + length);
    if (!isValidName(name)) throw new MalformedEntry();
    return name;
  }

  #number(): number {
    const number = this.#view.getFloat64(this.#take(8));
    if (!Number.isSafeInteger(number) || number < 0) throw new MalformedEntry();
    return number;
  }

  #byte(): number {
    return this.#bytes[this.#take(1)]!;
  }

  /** Steps over `length` bytes, which must be there, and says where they begin. */
  #take(length: number): number {
    const start = this.#at;
    if (start + length > this.#bytes.length) throw new MalformedEntry();
    this.#at += length;
    return start;
  }
}

const OPERATION_NAMES: readonly (Operation | undefined)[] = operationNames();

function operationNames(): (Operation | undefined)[] {
  const names: (Operation | undefined)[] = [];
  for (const [name, number] of Object.entries(JOURNAL_OPERATIONS)) {
    names[number] = name as Operation;
  }
  return names;
}
