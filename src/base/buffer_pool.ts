// Buffers that many owners use in turn, so that a busy one neither allocates nor clears memory each time. That saves
// time, and memory more: buffers left to the garbage collector pile up for some 64 MB before it runs, and the holes they
// leave in the allocator's heap stay resident.
// Sizes are powers of two. Invariant: what is kept for the next owner takes at most the bytes of the bound.

const KEPT_BYTES_DEFAULT = 8 * 1024 * 1024;
/** Larger ones are rare, and would be most of what is kept. */
const BUFFER_BYTES_MAX = 2 * 1024 * 1024;

/** Spare buffers by size. */
export class BufferPool {
  readonly #keptBytesMax: number;
  readonly #spare = new Map<number, Uint8Array<ArrayBuffer>[]>();
  #keptBytes = 0;

  /** @param keptBytesMax how many bytes of spare buffers it keeps at most */
  constructor(keptBytesMax = KEPT_BYTES_DEFAULT) {
    this.#keptBytesMax = keptBytesMax;
  }

  /** A buffer of at least `bytes` bytes; what is in it is anybody's. It is the caller's until `give`. */
  take(bytes: number): Uint8Array<ArrayBuffer> {
    const size = sizeFor(bytes);
    const spare = this.#spare.get(size)?.pop();
    if (spare === undefined) return new Uint8Array(size);
    this.#keptBytes -= size;
    return spare;
  }

  /** Gives back a buffer; the caller must not touch it again. Any buffer will do, not only one from `take`. */
  give(buffer: Uint8Array<ArrayBuffer>): void {
    const size = buffer.length;
    const isKept = size === buffer.buffer.byteLength && size === sizeFor(size) &&
      size <= BUFFER_BYTES_MAX && this.#keptBytes + size <= this.#keptBytesMax;
    if (!isKept) return;
    this.#keptBytes += size;
    const spare = this.#spare.get(size);
    if (spare === undefined) this.#spare.set(size, [buffer]);
    else spare.push(buffer);
  }
}

function sizeFor(bytes: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, bytes)));
}

/** The pool of the process. */
export const buffers = new BufferPool();
