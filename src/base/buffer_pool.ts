// Buffers that many owners use in turn, so that a busy one neither allocates nor clears memory each time.
// Sizes are powers of two; only a few of each are kept for the next.

const KEPT_PER_SIZE = 8;

/** Spare buffers by size. */
export class BufferPool {
  readonly #spare = new Map<number, Uint8Array<ArrayBuffer>[]>();

  /** A buffer of at least `bytes` bytes; what is in it is anybody's. It is the caller's until `give`. */
  take(bytes: number): Uint8Array<ArrayBuffer> {
    const size = 2 ** Math.ceil(Math.log2(bytes));
    return this.#spare.get(size)?.pop() ?? new Uint8Array(size);
  }

  /** Gives back a buffer that `take` gave; the caller must not touch it again. */
  give(buffer: Uint8Array<ArrayBuffer>): void {
    const spare = this.#spare.get(buffer.length);
    if (spare === undefined) this.#spare.set(buffer.length, [buffer]);
    else if (spare.length < KEPT_PER_SIZE) spare.push(buffer);
  }
}
