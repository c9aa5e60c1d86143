// A part of a file kept in memory while the file is read mostly forward, so that looking at a few bytes costs no read.
// It knows nothing of what the file holds. Invariant: memory is one window, whatever the file's size.

import type { DiskFile } from "../disk.ts";

const WINDOW_BYTES = 256 * 1024;

/** Looks into one file. It does not close it. */
export class FileWindow {
  readonly sizeBytes: number;
  readonly #file: DiskFile;
  readonly #window: Uint8Array<ArrayBuffer>;
  #start = 0;
  #end = 0;

  /** The file's size is what it is now. */
  constructor(file: DiskFile) {
    this.#file = file;
    this.sizeBytes = file.size();
    this.#window = new Uint8Array(Math.min(WINDOW_BYTES, this.sizeBytes));
  }

  /**
   * The bytes from `at` on: at least `bytesMin` (which the file must have, and at most 64 KiB), often more.
   * A view that is good until the next call.
   */
  view(at: number, bytesMin: number): Uint8Array<ArrayBuffer> {
    if (at < this.#start || at + bytesMin > this.#end) this.#move(at);
    return this.#window.subarray(at - this.#start, this.#end - this.#start);
  }

  /** A copy of `length` bytes, which the file must have. */
  copy(at: number, length: number): Uint8Array<ArrayBuffer> {
    if (at >= this.#start && at + length <= this.#end) {
      return this.#window.slice(at - this.#start, at - this.#start + length);
    }
    const copy = new Uint8Array(length);
    this.#fill(copy, at);
    return copy;
  }

  #move(at: number): void {
    const length = Math.min(this.#window.length, this.sizeBytes - at);
    this.#end = this.#start;
    this.#fill(this.#window.subarray(0, length), at);
    this.#start = at;
    this.#end = at + length;
  }

  #fill(bytes: Uint8Array, at: number): void {
    if (this.#file.readSync(bytes, at) === bytes.length) return;
    throw new Error(`${this.#file.path} became shorter while it was read: stop what writes to it`);
  }
}
