// One record of upstream's disk queue and the message in it:
//
//    0  int32   length of what follows, big-endian
//    4  int64   timestamp, ns since the Unix epoch, big-endian
//   12  uint16  attempts so far, big-endian
//   14  16 B    id, lower-case hex digits
//   30  ...     body
//
// Pure. There is no checksum: damage shows only where a length or an id cannot be.

import { assert } from "../../base/assert.ts";

/** Bytes of a record before its body. */
export const RECORD_HEADER_BYTES = 30;
/** Bytes of the length itself. */
export const LENGTH_BYTES = 4;
/** The least that a length may say: a message without a body. */
export const PAYLOAD_BYTES_MIN = 26;
/** Bytes of an id. */
export const ID_BYTES = 16;

const ATTEMPTS_AT = 12;
const ID_AT = 14;

/** A message as upstream stores it. */
export interface UpstreamMessage {
  readonly timestampNs: bigint;
  /** Deliveries so far, at most 65,535. */
  readonly attempts: number;
  /** 16 bytes. */
  readonly id: Uint8Array;
  readonly body: Uint8Array;
}

/** Reads the message in a payload (the record without its length), at least 26 bytes. `id` and `body` are views of it. */
export function decodePayload(payload: Uint8Array): UpstreamMessage {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  return {
    timestampNs: view.getBigInt64(0),
    attempts: view.getUint16(ATTEMPTS_AT - LENGTH_BYTES),
    id: payload.subarray(ID_AT - LENGTH_BYTES, PAYLOAD_BYTES_MIN),
    body: payload.subarray(PAYLOAD_BYTES_MIN),
  };
}

/** Bytes of a message's record. */
export function recordBytes(message: UpstreamMessage): number {
  return RECORD_HEADER_BYTES + message.body.length;
}

/** Writes a message's record into `into` at `at`, where there must be room. */
export function encodeRecord(message: UpstreamMessage, into: Uint8Array, at: number): void {
  assert(message.id.length === ID_BYTES, "an id has 16 bytes");
  const view = new DataView(into.buffer, into.byteOffset + at, recordBytes(message));
  view.setInt32(0, PAYLOAD_BYTES_MIN + message.body.length);
  view.setBigInt64(LENGTH_BYTES, message.timestampNs);
  view.setUint16(ATTEMPTS_AT, message.attempts);
  into.set(message.id, at + ID_AT);
  into.set(message.body, at + RECORD_HEADER_BYTES);
}

/** Whether the 30 bytes at `at` look like the beginning of a record that has at most `bytesMax`. */
export function isRecordHeader(bytes: Uint8Array, at: number, bytesMax: number): boolean {
  const length = lengthAt(bytes, at);
  if (length < PAYLOAD_BYTES_MIN || length > bytesMax - LENGTH_BYTES) return false;
  // A time before 1970 is no time of a message.
  return bytes[at + LENGTH_BYTES]! < 0x80 && isHexId(bytes, at + ID_AT);
}

/** The length at `at`. */
export function lengthAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

/** Whether the 16 bytes at `at` are lower-case hex digits: what upstream makes, and what can be sent back in a FIN. */
export function isHexId(bytes: Uint8Array, at = 0): boolean {
  for (let index = at; index < at + ID_BYTES; index++) if (!isHexDigit(bytes[index]!)) return false;
  return true;
}

/** Whether the byte is `0`-`9` or `a`-`f`. */
export function isHexDigit(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66);
}
