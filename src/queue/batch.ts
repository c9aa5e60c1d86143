// A batch: messages that were published together, kept as the bytes they arrived in.
//
//   bytes = count * ( int32 size, big-endian | size bytes of body )
//
// Message `index` of it has the number `first + index`; all share one timestamp. Nothing is allocated for a message
// before it is delivered. A batch never changes; channels share it, and so do the messages in flight from it.

import { assert } from "../base/assert.ts";

/**
 * Every batch has so many bytes of its buffer before its messages, for a log to write its header into: so a batch is
 * stored as it is, without copying.
 */
export const HEADROOM_BYTES = 40;

/** A batch takes at most this many bytes, or one message: what one damaged or pinned batch can cost. */
export const BATCH_BYTES_MAX = 256 * 1024;

/** Smaller messages cost more to remember than to copy again. */
const SHARED_BYTES_MIN = 1024;

/**
 * Small batches of a topic lie next to each other in slabs of this size: memory of its own costs a batch 700 bytes, which
 * for single PUBs is most (measured: 1431 bytes for a queued PUB of 200, 460 in slabs). What one batch can pin is
 * a slab, hence the size, and hence a topic's first slabs are smaller.
 */
const SLAB_BYTES_MAX = 8 * 1024;
/** A batch of which fewer than so many fit a slab has its own memory. */
const SLAB_BATCHES_MIN = 4;
/** What a topic that publishes has at least to collect in. */
const BUILDER_BYTES_MIN = 1024;
const NO_BYTES = new Uint8Array(0);

const NANOSECONDS_PER_MICROSECOND = 1000n;
const SIZE_BYTES = 4;

/** Reads the int32 at `at`. */
export function sizeAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

/** What a message from elsewhere brings along: it keeps the id and the timestamp it had. */
export interface ForeignMark {
  /** 16 bytes as they stand on the wire. */
  readonly id: Uint8Array;
  /** Nanoseconds since the Unix epoch. */
  readonly timestamp: bigint;
}

/** A copy of the bytes from `start` to `end`, with headroom before them in its buffer. */
export function withHeadroom(
  bytes: Uint8Array,
  start: number,
  end: number,
): Uint8Array<ArrayBuffer> {
  const buffer = new Uint8Array(HEADROOM_BYTES + end - start);
  buffer.set(bytes.subarray(start, end), HEADROOM_BYTES);
  return buffer.subarray(HEADROOM_BYTES);
}

/** Where a log put a batch. */
export interface BatchPlace {
  /** Number that its segment begins with. */
  readonly segment: number;
  /** Bytes before its record. */
  readonly offset: number;
}

/** Messages published together. */
export class Batch {
  /** Where it lies, once a log has written it. */
  place: BatchPlace | undefined;
  readonly #memory: Uint8Array<ArrayBuffer>;
  readonly #start: number;
  readonly #end: number;
  #offsets: Uint32Array | undefined;
  #timestamp = 0n;
  #singles: Map<number, Batch> | undefined;

  /**
   * @param first number of the first message
   * @param count how many messages, at least 1
   * @param memory the messages, or with them those of others; the batch owns its part from now on
   * @param wallMs when they were accepted, ms since the Unix epoch
   * @param foreign only for a batch of one
   * @param start where its part of `memory` begins, and @param end ends; -1 where that is all of it
   */
  constructor(
    readonly first: number,
    readonly count: number,
    memory: Uint8Array<ArrayBuffer>,
    readonly wallMs: number,
    readonly foreign?: ForeignMark,
    start = -1,
    end = -1,
  ) {
    this.#memory = memory;
    this.#start = start;
    this.#end = end;
    if (foreign !== undefined) this.#timestamp = foreign.timestamp;
  }

  /**
   * The messages. Of a batch in a slab it is a view made for the caller, who keeps it while it is used: kept with the
   * batch, views are a fifth of what a queued PUB takes, and survive every collection.
   */
  get bytes(): Uint8Array<ArrayBuffer> {
    if (this.#start < 0) return this.#memory;
    return new Uint8Array(this.#memory.buffer, this.#start, this.#end - this.#start);
  }

  /** The number after the last message's. */
  get end(): number {
    return this.first + this.count;
  }

  /** Bytes of all bodies together. */
  get bodyBytes(): number {
    const length = this.#start < 0 ? this.#memory.length : this.#end - this.#start;
    return length - this.count * SIZE_BYTES;
  }

  /** When the messages were accepted, in nanoseconds since the Unix epoch; exact to the microsecond. */
  get timestamp(): bigint {
    if (this.#timestamp === 0n) {
      this.#timestamp = BigInt(Math.round(this.wallMs * 1000)) * NANOSECONDS_PER_MICROSECOND;
    }
    return this.#timestamp;
  }

  /** Where message `index` stands in `bytes`, at its size. The first call walks the batch. */
  offsetOf(index: number): number {
    assert(index >= 0 && index < this.count, "the message is in the batch");
    if (index === 0) return 0;
    this.#offsets ??= this.#walk();
    return this.#offsets[index]!;
  }

  /** Whether there is more in its memory than this batch. */
  get #isBesideOthers(): boolean {
    const { buffer, length } = this.#memory;
    return this.#start >= 0 || buffer.byteLength > HEADROOM_BYTES + length;
  }

  #walk(): Uint32Array {
    const { bytes } = this;
    const offsets = new Uint32Array(this.count);
    for (let index = 1; index < this.count; index++) {
      const previous = offsets[index - 1]!;
      offsets[index] = previous + SIZE_BYTES + sizeAt(bytes, previous);
    }
    return offsets;
  }

  /**
   * Message `index` alone, under its own number; copied, so that it does not keep others in memory. A large one is
   * copied once for all channels: twenty whose consumers let a backlog time out would else hold it twenty times.
   */
  extract(index: number): Batch {
    if (this.count === 1 && !this.#isBesideOthers) return this;
    const known = this.#singles?.get(index);
    if (known !== undefined) return known;
    const { bytes, wallMs, foreign } = this;
    const start = this.offsetOf(index);
    const end = start + SIZE_BYTES + sizeAt(bytes, start);
    const own = withHeadroom(bytes, start, end);
    const single = new Batch(this.first + index, 1, own, wallMs, foreign);
    single.place = this.place;
    if (end - start >= SHARED_BYTES_MIN) (this.#singles ??= new Map()).set(index, single);
    return single;
  }

  /** The first `count` messages, copied for the same reason. */
  take(count: number): Batch {
    if (count === this.count) return this;
    const bytes = withHeadroom(this.bytes, 0, this.offsetOf(count));
    return new Batch(this.first, count, bytes, this.wallMs);
  }
}

/** Puts small batches one behind the other. */
class Slab {
  #bytes = NO_BYTES;
  #used = 0;

  /** The first `length` of `bytes`, copied, as a batch: in a slab where that saves something. */
  batch(first: number, count: number, bytes: Uint8Array, length: number, wallMs: number): Batch {
    const needed = HEADROOM_BYTES + length;
    if (needed * SLAB_BATCHES_MIN > SLAB_BYTES_MAX) {
      return new Batch(first, count, withHeadroom(bytes, 0, length), wallMs);
    }
    if (this.#used + needed > this.#bytes.length) this.#renew(needed);
    const start = this.#used + HEADROOM_BYTES;
    this.#used += needed;
    this.#bytes.set(bytes.subarray(0, length), start);
    return new Batch(first, count, this.#bytes, wallMs, undefined, start, this.#used);
  }

  /** Each slab is twice the one before: a topic with one message has no more than that needs. */
  #renew(needed: number): void {
    const size = Math.min(2 * this.#bytes.length, SLAB_BYTES_MAX);
    this.#bytes = new Uint8Array(Math.max(size, needed));
    this.#used = 0;
  }
}

/** Collects what is published to one topic in one turn. */
export class BatchBuilder {
  readonly #slab = new Slab();
  #bytes = NO_BYTES;
  #length = 0;
  #count = 0;
  #wallMs = 0;

  /** How many messages it holds. */
  get count(): number {
    return this.#count;
  }

  /** Whether `length` more bytes still make a batch of legal size. */
  hasRoomFor(length: number): boolean {
    return this.#length + length <= BATCH_BYTES_MAX;
  }

  /** Copies `count` messages, each with its size before it, from `bytes`. */
  append(bytes: Uint8Array, start: number, end: number, count: number, wallMs: number): void {
    const length = end - start;
    if (this.#length + length > this.#bytes.length) this.#grow(this.#length + length);
    this.#bytes.set(bytes.subarray(start, end), this.#length);
    if (this.#count === 0) this.#wallMs = wallMs;
    this.#length += length;
    this.#count += count;
  }

  /** What was collected, as a batch that begins with number `first`; the builder is empty afterwards. */
  seal(first: number): Batch {
    const batch = this.#slab.batch(first, this.#count, this.#bytes, this.#length, this.#wallMs);
    this.clear();
    return batch;
  }

  /** Forgets what was collected. */
  clear(): void {
    this.#length = 0;
    this.#count = 0;
    // An idle topic keeps no buffer worth mentioning.
    if (this.#bytes.length > 64 * 1024) this.#bytes = NO_BYTES;
  }

  #grow(length: number): void {
    const grown = new Uint8Array(Math.max(length, this.#bytes.length * 2, BUILDER_BYTES_MIN));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
