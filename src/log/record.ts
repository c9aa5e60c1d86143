// The records of a segment: one for each batch, deferred message, kept message or journal. Each begins with the head that
// is drawn in `record_head.ts` (16 bytes); behind it, big-endian:
//
//   messages   16 f64 number of the first | 24 f64 accepted, wall ms | 32 u32 count | 36 u32 0
//              40 count * ( int32 size | size bytes of body )
//   deferred   16 f64 number | 24 f64 accepted, wall ms | 32 f64 due, wall ms | 40 one body with its size
//   kept       a message for one channel, under a number and an id it had before:
//              16 f64 number | 24 f64 due, wall ms, 0 if at once | 32 i64 timestamp, ns
//              40 16 bytes of id, all 0 if it follows from the number | 56 u16 attempts | 58 6 bytes 0
//              64 name of the channel | then one body with its size
//   journal    entries: see `journal_entries.ts`
//
// A record holds at most 256 KiB of bodies or one message. The first 40 bytes of messages and deferred are the headroom
// that a batch's bytes have in front of them, so that a batch goes to disk without being copied.

import { isValidName } from "../wire/names.ts";
import { byteString } from "../base/byte_string.ts";
import { decodeEntries, type JournalEntry } from "./journal_entries.ts";
import {
  checksumAt,
  checksumOf,
  type DamageReason,
  RECORD_HEAD_BYTES,
  recordKindAt,
  recordLengthAt,
  sealRecord,
} from "./record_head.ts";

/** Bytes in front of the bodies in a record of kind messages or deferred. */
export const HEADROOM_BYTES = 40;

const KEPT_NAME_AT = 64;
const KEPT_ID_AT = 40;
const ID_BYTES = 16;
const SIZE_BYTES = 4;

/** Messages published together: numbers `first` to `first + count - 1`. */
export interface MessagesRecord {
  readonly kind: "messages";
  /** Bytes of the whole record. */
  readonly length: number;
  readonly first: number;
  /** When they were accepted, ms since the Unix epoch. */
  readonly wallMs: number;
  readonly count: number;
  /** The bodies, each with its size before it: a view of what was read. */
  readonly bodies: Uint8Array;
}

/** A message for every channel that is to be delivered at `dueWallMs` at the earliest. */
export interface DeferredRecord {
  readonly kind: "deferred";
  readonly length: number;
  readonly number: number;
  readonly wallMs: number;
  readonly dueWallMs: number;
  /** The body with its size before it: a view of what was read. */
  readonly bodies: Uint8Array;
}

/**
 * A message for one channel: imported, or written again so that an old segment can go. A new number is given to one only
 * while the topic is not paused: what lies behind the distribution cursor belongs to no channel.
 */
export interface KeptMessage {
  readonly number: number;
  /** 0 when it is not deferred. */
  readonly dueWallMs: number;
  /** Nanoseconds since the Unix epoch. */
  readonly timestamp: bigint;
  /** Its 16 bytes on the wire; undefined when they follow from the number. */
  readonly id: Uint8Array | undefined;
  /** Deliveries so far. */
  readonly attempts: number;
  readonly channel: string;
  /** The body with its size before it. */
  readonly bodies: Uint8Array;
}

/** A kept message as a record; `id` and `bodies` are views of what was read. */
export interface KeptRecord extends KeptMessage {
  readonly kind: "kept";
  readonly length: number;
}

/** Changes of state. */
export interface JournalRecord {
  readonly kind: "journal";
  readonly length: number;
  readonly entries: readonly JournalEntry[];
}

/** Any record. */
export type LogRecord = MessagesRecord | DeferredRecord | KeptRecord | JournalRecord;

/** Bytes that should be a record and are none. */
export interface Damage {
  readonly kind: "damage";
  readonly reason: DamageReason;
  /** The extent when it is certain (the checksum is right and only the content makes no sense), else 0. */
  readonly length: number;
}

/** The space that `sealMessages` makes a record in, for bodies that lie behind their headroom: memory of the same owner. */
export function recordAround(bodies: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, length } = bodies;
  return new Uint8Array(buffer, byteOffset - HEADROOM_BYTES, length + HEADROOM_BYTES);
}

/**
 * Makes a record of `count` messages in place: `record` is 40 bytes of headroom, then the bodies with their sizes.
 * @param wallMs when they were accepted, ms since the Unix epoch
 * @param salt of the segment which the record is for
 */
export function sealMessages(
  record: Uint8Array,
  first: number,
  wallMs: number,
  count: number,
  salt: number,
): void {
  const view = viewOf(record);
  view.setFloat64(16, first);
  view.setFloat64(24, wallMs);
  view.setUint32(32, count);
  view.setUint32(36, 0);
  sealRecord(record, "messages", salt);
}

/** Makes a record of one deferred message in place; otherwise as `sealMessages`. */
export function sealDeferred(
  record: Uint8Array,
  number: number,
  wallMs: number,
  dueWallMs: number,
  salt: number,
): void {
  const view = viewOf(record);
  view.setFloat64(16, number);
  view.setFloat64(24, wallMs);
  view.setFloat64(32, dueWallMs);
  sealRecord(record, "deferred", salt);
}

/** A record of a kept message, in fresh storage. */
export function encodeKept(message: KeptMessage, salt: number): Uint8Array<ArrayBuffer> {
  const { channel, bodies } = message;
  const bodiesAt = KEPT_NAME_AT + channel.length;
  const record = new Uint8Array(bodiesAt + bodies.length);
  const view = viewOf(record);
  view.setFloat64(16, message.number);
  view.setFloat64(24, message.dueWallMs);
  view.setBigInt64(32, message.timestamp);
  if (message.id !== undefined) record.set(message.id, KEPT_ID_AT);
  view.setUint16(56, message.attempts);
  for (let index = 0; index < channel.length; index++) {
    record[KEPT_NAME_AT + index] = channel.charCodeAt(index);
  }
  record.set(bodies, bodiesAt);
  sealRecord(record, "kept", salt, channel.length);
  return record;
}

/**
 * The record at `at` of `bytes`, which hold bytes of a segment with this salt; where that is lost, nothing is a record.
 * Never throws: every length is checked against what is there, every number for its range. Nothing is copied.
 */
export function readRecord(
  bytes: Uint8Array,
  at: number,
  salt: number | undefined,
): LogRecord | Damage {
  if (salt === undefined) return damage("damaged segment header");
  if (at + RECORD_HEAD_BYTES > bytes.length) return damage("cut off");
  const length = recordLengthAt(bytes, at);
  if (length === 0) return damage("no record begins here");
  if (at + length > bytes.length) return damage("cut off");
  if (checksumOf(bytes, at, length, salt) !== checksumAt(bytes, at)) {
    return damage("wrong checksum");
  }
  const record = bytes.subarray(at, at + length);
  return contentOf(record) ?? { kind: "damage", reason: "malformed content", length };
}

function damage(reason: DamageReason): Damage {
  return { kind: "damage", reason, length: 0 };
}

function contentOf(record: Uint8Array): LogRecord | undefined {
  const kind = recordKindAt(record, 0);
  if (kind === "journal") {
    const entries = decodeEntries(record.subarray(RECORD_HEAD_BYTES));
    return entries && { kind, length: record.length, entries };
  }
  if (kind === "kept") return keptOf(record);
  if (record.length < HEADROOM_BYTES) return undefined;
  return kind === "messages" ? messagesOf(record) : deferredOf(record);
}

function messagesOf(record: Uint8Array): MessagesRecord | undefined {
  const view = viewOf(record);
  const first = view.getFloat64(16);
  const wallMs = view.getFloat64(24);
  const count = view.getUint32(32);
  const isInRange = isNumber(first) && isNumber(first + count) && isTime(wallMs);
  if (!isInRange || !holdsBodies(record, HEADROOM_BYTES, count)) return undefined;
  const bodies = record.subarray(HEADROOM_BYTES);
  return { kind: "messages", length: record.length, first, wallMs, count, bodies };
}

function deferredOf(record: Uint8Array): DeferredRecord | undefined {
  const view = viewOf(record);
  const number = view.getFloat64(16);
  const wallMs = view.getFloat64(24);
  const dueWallMs = view.getFloat64(32);
  const isInRange = isNumber(number + 1) && isNumber(number) && isTime(wallMs) && isTime(dueWallMs);
  if (!isInRange || !holdsBodies(record, HEADROOM_BYTES, 1)) return undefined;
  const bodies = record.subarray(HEADROOM_BYTES);
  return { kind: "deferred", length: record.length, number, wallMs, dueWallMs, bodies };
}

function keptOf(record: Uint8Array): KeptRecord | undefined {
  const view = viewOf(record);
  const bodiesAt = KEPT_NAME_AT + view.getUint16(14);
  if (record.length < bodiesAt) return undefined;
  const number = view.getFloat64(16);
  const dueWallMs = view.getFloat64(24);
  const channel = byteString(record, KEPT_NAME_AT, bodiesAt);
  const isInRange = isNumber(number + 1) && isNumber(number) && isTime(dueWallMs);
  if (!isInRange || !isValidName(channel) || !holdsBodies(record, bodiesAt, 1)) return undefined;
  return {
    kind: "kept",
    length: record.length,
    number,
    dueWallMs,
    timestamp: view.getBigInt64(32),
    id: idOf(record),
    attempts: view.getUint16(56),
    channel,
    bodies: record.subarray(bodiesAt),
  };
}

function idOf(record: Uint8Array): Uint8Array | undefined {
  const id = record.subarray(KEPT_ID_AT, KEPT_ID_AT + ID_BYTES);
  return id.every((byte) => byte === 0) ? undefined : id;
}

/** Whether the bytes from `at` on are exactly `count` bodies with their sizes, and at least one. */
function holdsBodies(record: Uint8Array, at: number, count: number): boolean {
  const end = record.length;
  for (let index = 0; index < count; index++) {
    if (at + SIZE_BYTES > end) return false;
    const size = (record[at]! << 24) | (record[at + 1]! << 16) | (record[at + 2]! << 8) |
      record[at + 3]!;
    if (size < 0) return false;
    at += SIZE_BYTES + size;
  }
  return count > 0 && at === end;
}

function isNumber(number: number): boolean {
  return Number.isSafeInteger(number) && number >= 0;
}

function isTime(wallMs: number): boolean {
  return wallMs >= 0 && wallMs < Infinity;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
