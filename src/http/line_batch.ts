// A text body turned into messages while it arrives: every line one, empty lines none. The lines are written once, to
// where the topic will copy them from, each behind four bytes for its size:
//
//   ( int32 size, big-endian | line without its LF ) * count        a CR stays in the message, as with upstream
//
// Invariant: the bytes before `end` are whole messages.

import { buffers } from "../base/buffer_pool.ts";
import { HttpError } from "./http_errors.ts";

const LF = 0x0a;
const SIZE_BYTES = 4;
const CAPACITY_BYTES_START = 64;
/** Up to here a loop is faster than the calls that search and copy: 5 MB of lines of one byte took 0.3 s with those. */
const SHORT_BYTES_MAX = 24;
const NOTHING = new Uint8Array(0);

/** Messages from lines, until it is disposed of. */
export class LineBatch implements Disposable {
  bytes = NOTHING;
  /** Where the last whole message ends. */
  end = 0;
  count = 0;
  /** Bytes of the body so far. */
  #total = 0;
  /** Bytes of the line that is not ended yet. */
  #lineLength = 0;
  readonly #maxMsgSize: number;
  readonly #maxBodySize: number;

  constructor(limits: { maxMsgSize: number; maxBodySize: number }) {
    this.#maxMsgSize = limits.maxMsgSize;
    this.#maxBodySize = limits.maxBodySize;
  }

  /** Takes the next piece of the body. Throws HttpError `BODY_TOO_BIG`, `MSG_TOO_BIG`; always true otherwise. */
  take(piece: Uint8Array): true {
    // The first byte too many ends the reading; a line that is too long before it is reported instead.
    const room = this.#maxBodySize + 1 - this.#total;
    const isTooBig = piece.length >= room;
    const limit = isTooBig ? room : piece.length;
    if (this.bytes.length === 0) this.#grow(limit + (limit >> 2));
    let start = 0;
    for (let at = lineEnd(piece, start, limit); at >= 0; at = lineEnd(piece, start, limit)) {
      if (isTooBig && at + 1 === limit) throw new HttpError("BODY_TOO_BIG");
      this.#extend(piece, start, at);
      this.#endLine();
      start = at + 1;
    }
    if (isTooBig) throw new HttpError("BODY_TOO_BIG");
    this.#extend(piece, start, limit);
    this.#total += limit;
    return true;
  }

  /** The body is over: its last line needs no LF. */
  finish(): void {
    this.#endLine();
  }

  /** Adds to the line; one that is too long is only counted, until its end is seen. */
  #extend(piece: Uint8Array, start: number, end: number): void {
    const at = this.end + SIZE_BYTES + this.#lineLength;
    this.#lineLength += end - start;
    if (end === start || this.#lineLength > this.#maxMsgSize) return;
    if (at + end - start > this.bytes.length) this.#grow(at + end - start);
    copy(piece, start, end, this.bytes, at);
  }

  #endLine(): void {
    const length = this.#lineLength;
    if (length === 0) return;
    if (length > this.#maxMsgSize) throw new HttpError("MSG_TOO_BIG");
    writeInt32(this.bytes, this.end, length);
    this.end += SIZE_BYTES + length;
    this.count++;
    this.#lineLength = 0;
  }

  #grow(needed: number): void {
    const grown = buffers.take(Math.max(needed, CAPACITY_BYTES_START));
    grown.set(this.bytes);
    buffers.give(this.bytes);
    this.bytes = grown;
  }

  /** Nobody needs its bytes any more. */
  [Symbol.dispose](): void {
    buffers.give(this.bytes);
    this.bytes = NOTHING;
  }
}

function lineEnd(piece: Uint8Array, start: number, limit: number): number {
  const shortEnd = Math.min(start + SHORT_BYTES_MAX, limit);
  for (let at = start; at < shortEnd; at++) if (piece[at] === LF) return at;
  if (shortEnd === limit) return -1;
  const at = piece.indexOf(LF, shortEnd);
  return at < limit ? at : -1;
}

function copy(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): void {
  if (end - start > SHORT_BYTES_MAX) return to.set(from.subarray(start, end), at);
  for (let each = start; each < end; each++) to[at++] = from[each]!;
}

/** Writes a size in front of a message. */
export function writeInt32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}
