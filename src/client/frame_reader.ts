// Bytes from a server to frames (their layout is drawn in wire/frames.ts), wherever the bytes were split.
// One buffer: read into `space()`, say how much with `filled()`, then `next()` until it is false.
// Invariant: 0 <= start <= end <= buffer; a frame's data lies in the buffer only until `space()` is called again.

import { FRAME_HEADER_BYTES } from "../wire/frames.ts";
import { NsqError } from "./nsq_error.ts";

const CAPACITY_BYTES_START = 4096;
const CAPACITY_BYTES_BUSY = 256 * 1024;
/** Nobody's message limit is larger; a size beyond it means that this is no nsqd. */
const FRAME_BYTES_MAX = 1024 * 1024 * 1024;

/** Cuts the bytes of one connection into frames. */
export class FrameReader {
  /** The buffer; replaced when it grows. */
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(CAPACITY_BYTES_START);
  /** Type of the current frame: a value of `frameTypes`. */
  type = 0;
  /** Where the current frame's data begins in `bytes`. */
  dataStart = 0;
  /** Where it ends (exclusive). */
  dataEnd = 0;

  #view = new DataView(this.bytes.buffer);
  #start = 0;
  #end = 0;

  /** Free room to read into, never empty. Memory follows bytes received, not sizes announced. */
  space(): Uint8Array<ArrayBuffer> {
    if (this.#start > 0) {
      this.bytes.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    if (this.#end === this.bytes.length) this.#grow();
    return this.bytes.subarray(this.#end);
  }

  /** Says that `count` bytes were read into `space()`. */
  filled(count: number): void {
    this.#end += count;
    const isFull = this.#end === this.bytes.length;
    if (isFull && this.bytes.length < CAPACITY_BYTES_BUSY) this.#grow();
  }

  /**
   * Goes to the next whole frame; false when there is none yet.
   * @throws {NsqError} BAD_REPLY when a frame's size cannot be one
   */
  next(): boolean {
    const available = this.#end - this.#start;
    if (available < 4) return false;
    const size = this.#view.getInt32(this.#start);
    if (size < 4 || size > FRAME_BYTES_MAX) {
      throw new NsqError("BAD_REPLY", `a frame of ${size} bytes cannot be; is this an nsqd?`);
    }
    if (available < 4 + size) return false;
    this.type = this.#view.getInt32(this.#start + 4);
    this.dataStart = this.#start + FRAME_HEADER_BYTES;
    this.#start += 4 + size;
    this.dataEnd = this.#start;
    return true;
  }

  /** The current frame's data in storage of its own. */
  copyData(): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(this.dataStart, this.dataEnd);
  }

  /** Takes out what came behind the current frame: it is for another reader. */
  takeRest(): Uint8Array {
    const rest = this.bytes.slice(this.#start, this.#end);
    this.#start = this.#end;
    return rest;
  }

  #grow(): void {
    const larger = new Uint8Array(this.bytes.length * 2);
    larger.set(this.bytes.subarray(0, this.#end));
    this.bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}
