// The head that every record of a segment begins with; what follows it is drawn in `record.ts` and `journal_entries.ts`.
//
//   offset 0   u32  0x4e535152 ("NSQR")
//   offset 4   u32  length of the whole record, this head included
//   offset 8   u32  CRC-32 of the bytes from offset 12 to its end, begun from the segment's salt
//   offset 12  u8   kind: see RECORD_KINDS
//   offset 13  u8   0
//   offset 14  u16  bytes of the channel's name in a kept record, else 0
//
// Big-endian; numbers of messages and times are f64. The salt is random and stays on this disk: what looks like a record
// but is none of this segment (a message whose body is a piece of some segment, or made to look like one) is not taken
// for one after damage, because whoever published it could not know the salt.

import { crc32 } from "node:zlib";

/** Bytes of the head. */
export const RECORD_HEAD_BYTES = 16;

/** What records there are, with the number each has on disk. */
const RECORD_KINDS = { messages: 1, deferred: 2, kept: 3, journal: 4 } as const;

/** The kind of a record. */
export type RecordKind = keyof typeof RECORD_KINDS;

/** Why bytes are no record. */
export type DamageReason =
  | "no record begins here"
  | "cut off"
  | "wrong checksum"
  | "malformed content"
  | "damaged segment header";

/** The first four bytes of a record, to be searched for. */
export const RECORD_MAGIC_BYTES: Uint8Array = Uint8Array.of(0x4e, 0x53, 0x51, 0x52);

const CHECKED_FROM = 12;
const KIND_AT = 12;
const KIND_NAMES = new Map<number, RecordKind>(
  Object.entries(RECORD_KINDS).map(([name, number]) => [number, name as RecordKind]),
);

/**
 * Fills the head of the record that is `record`, whose other bytes must be in place already.
 * @param salt of the segment which the record is for
 */
export function sealRecord(
  record: Uint8Array,
  kind: RecordKind,
  salt: number,
  nameBytes = 0,
): void {
  record.set(RECORD_MAGIC_BYTES);
  writeUint32(record, 4, record.length);
  record[KIND_AT] = RECORD_KINDS[kind];
  record[KIND_AT + 1] = 0;
  record[14] = nameBytes >> 8;
  record[15] = nameBytes & 0xff;
  writeUint32(record, 8, crc32(record.subarray(CHECKED_FROM), salt));
}

/** Gives a record that was sealed for one segment the checksum it needs in another, whose salt is `salt`. */
export function resealRecord(record: Uint8Array, salt: number): void {
  writeUint32(record, 8, crc32(record.subarray(CHECKED_FROM), salt));
}

/** The length of the record at `at`, whose whole head is there, as far as the head alone tells; 0 if it is no head. */
export function recordLengthAt(bytes: Uint8Array, at: number): number {
  for (let index = 0; index < 4; index++) {
    if (bytes[at + index] !== RECORD_MAGIC_BYTES[index]) return 0;
  }
  if (recordKindAt(bytes, at) === undefined || bytes[at + KIND_AT + 1] !== 0) return 0;
  const length = readUint32(bytes, at + 4);
  return length > RECORD_HEAD_BYTES ? length : 0;
}

/** The kind that the head at `at` claims; undefined when there is no such kind. */
export function recordKindAt(bytes: Uint8Array, at: number): RecordKind | undefined {
  return KIND_NAMES.get(bytes[at + KIND_AT]!);
}

/** The checksum that the head at `at` claims. */
export function checksumAt(bytes: Uint8Array, at: number): number {
  return readUint32(bytes, at + 8);
}

/** The checksum of the record of `length` bytes at `at`, all of which are there, in a segment with this salt. */
export function checksumOf(bytes: Uint8Array, at: number, length: number, salt: number): number {
  return crc32(bytes.subarray(at + CHECKED_FROM, at + length), salt);
}

function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

function readUint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>>
    0;
}
