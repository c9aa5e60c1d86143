// The part of a file that is in memory while the file is walked: one block, larger only while a longer stretch is asked
// for. It knows nothing of what the bytes mean. Invariant: `bytes` up to `filled` are the file's from `start` on.

import { buffers } from "../base/buffer_pool.ts";
import type { DiskFile } from "./disk.ts";

/** What is read at once. */
export const WINDOW_BYTES = 1024 * 1024;

/** A window on a file, as long as it was when the window was made. */
export class FileWindow {
  /** Length of the file. */
  readonly fileSize: number;
  readonly #file: DiskFile;
  #bytes: Uint8Array<ArrayBuffer>;
  #start = 0;
  #filled = 0;

  /** The file stays the caller's to close. Throws FileError. */
  constructor(file: DiskFile) {
    this.#file = file;
    this.fileSize = file.size();
    this.#bytes = buffers.take(Math.max(1, Math.min(WINDOW_BYTES, this.fileSize)));
  }

  /** The walk is over: the window's bytes are used again. */
  release(): void {
    buffers.give(this.#bytes);
    this.#bytes = new Uint8Array(0);
    this.#filled = 0;
  }

  /** The window's bytes; those from `filled` on mean nothing. Valid until the next `hold`. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }

  /** How many of its bytes are the file's. */
  get filled(): number {
    return this.#filled;
  }

  /**
   * Brings the file's bytes from `offset` to `offset + length` into the window and says where in it they begin;
   * -1 when the file is shorter. Throws FileError.
   */
  hold(offset: number, length: number): number {
    if (offset + length > this.fileSize) return -1;
    const isHeld = offset >= this.#start && offset + length <= this.#start + this.#filled;
    if (isHeld) return offset - this.#start;
    this.#move(offset, length);
    return this.#filled < length ? -1 : 0;
  }

  #move(offset: number, length: number): void {
    const from = offset - this.#start;
    const isWithin = from >= 0 && from < this.#filled;
    const kept = isWithin ? this.#bytes.subarray(from, this.#filled) : new Uint8Array(0);
    if (length <= this.#bytes.length) this.#bytes.copyWithin(0, from, from + kept.length);
    else {
      const longer = buffers.take(length);
      longer.set(kept);
      this.release();
      this.#bytes = longer;
    }
    const capacity = this.#bytes.length;
    this.#start = offset;
    this.#filled = Math.min(kept.length, capacity);
    const room = Math.min(capacity, this.fileSize - offset) - this.#filled;
    const target = this.#bytes.subarray(this.#filled, this.#filled + room);
    this.#filled += this.#file.readSync(target, offset + this.#filled);
  }
}
