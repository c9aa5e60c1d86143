// What leaves a connection. The write policy, all of it:
//
//   Frames collect in a buffer. At the end of each turn the buffer is written, if no write is under way; what is
//   added meanwhile collects in a second buffer, which is written when the first is out. Nobody waits for a timer.
//   When LIMIT_BYTES have collected the outbox is full: consumers are sent nothing more and commands are read no
//   more until it has been written, so a client that does not read costs a bounded amount of memory.
//
// Invariant: bytes leave in the order they were added; one write at most is under way.

import { assert } from "../base/assert.ts";
import { BufferPool } from "../base/buffer_pool.ts";

/** From here on the outbox is full. One frame may still go over it. Larger made nothing faster (64, 128, 256 KiB). */
const LIMIT_BYTES = 64 * 1024;
const CAPACITY_BYTES_START = 256;
/** Buffers larger than this are not kept by an idle connection. */
const IDLE_BYTES_MAX = 4 * 1024;
const NO_BYTES = new Uint8Array(0);

/** Shared by all outboxes: without it, growing from nothing at each burst cost 3 % of the time of a busy broker. */
const pool = new BufferPool();

/** What an outbox needs of its connection. */
export interface OutboxOwner {
  /** Writes some of the bytes and says how many. */
  write(bytes: Uint8Array): Promise<number>;
  /** There is something to flush at the end of the turn. */
  flushLater(outbox: Outbox): void;
  /** It was full, and there is room again. */
  onRoom(): void;
  /** Writing failed; nothing more will leave. */
  onWriteFailed(cause: unknown): void;
}

/** Bytes on their way to one client. */
export class Outbox {
  /** The buffer being filled; replaced when it grows. Write only what `reserve` gave. */
  bytes: Uint8Array<ArrayBuffer> = NO_BYTES;
  view: DataView = new DataView(NO_BYTES.buffer);
  /** Whether it stands in the list of outboxes to flush; kept by whoever runs it. */
  isDirty = false;
  /** When the write under way began, ms; Infinity when there is none. */
  writingSinceMs = Infinity;
  #length = 0;
  #spare: Uint8Array<ArrayBuffer> = NO_BYTES;
  #hasFailed = false;
  #drained: { promise: Promise<void>; resolve: () => void } | undefined;

  constructor(readonly owner: OutboxOwner) {}

  /** Whether it takes no more for now. */
  get isFull(): boolean {
    return this.#length >= LIMIT_BYTES;
  }

  /** Whether everything has been written. */
  get isEmpty(): boolean {
    return this.#length === 0 && this.writingSinceMs === Infinity;
  }

  /** Makes room for `count` bytes and says where; they are then counted as filled. */
  reserve(count: number): number {
    const at = this.#length;
    if (at + count > this.bytes.length) this.#grow(at + count);
    this.#length = at + count;
    if (!this.isDirty) {
      this.isDirty = true;
      this.owner.flushLater(this);
    }
    return at;
  }

  /** Adds a whole frame; it is copied. */
  append(frame: Uint8Array): void {
    const at = this.reserve(frame.length);
    this.bytes.set(frame, at);
  }

  /** Begins writing what has collected, unless a write is under way. */
  flush(nowMs: number): void {
    this.isDirty = false;
    if (this.#length === 0 || this.writingSinceMs !== Infinity || this.#hasFailed) return;
    this.writingSinceMs = nowMs;
    void this.#writeOut();
  }

  /** Resolves when everything has been written or nothing more can be. */
  drained(): Promise<void> {
    if (this.isEmpty || this.#hasFailed) return Promise.resolve();
    this.#drained ??= Promise.withResolvers<void>();
    return this.#drained.promise;
  }

  async #writeOut(): Promise<void> {
    try {
      while (this.#length > 0) {
        const full = this.bytes;
        const length = this.#length;
        const wasFull = this.isFull;
        this.#use(this.#spare);
        this.#length = 0;
        if (wasFull) this.owner.onRoom();
        for (let at = 0; at < length;) at += await this.owner.write(full.subarray(at, length));
        this.#spare = full;
      }
      this.#rest();
    } catch (cause) {
      this.#hasFailed = true;
      this.owner.onWriteFailed(cause);
    }
    this.writingSinceMs = Infinity;
    this.#drained?.resolve();
    this.#drained = undefined;
  }

  #rest(): void {
    if (this.bytes.length > IDLE_BYTES_MAX) {
      pool.give(this.bytes);
      this.#use(NO_BYTES);
    }
    if (this.#spare.length > IDLE_BYTES_MAX) {
      pool.give(this.#spare);
      this.#spare = NO_BYTES;
    }
  }

  #use(bytes: Uint8Array<ArrayBuffer>): void {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
  }

  #grow(capacity: number): void {
    assert(capacity < 2 ** 31, "an outbox stays below 2 GiB");
    const grown = pool.take(Math.max(capacity, CAPACITY_BYTES_START));
    grown.set(this.bytes.subarray(0, this.#length));
    if (this.bytes.length > 0) pool.give(this.bytes);
    this.#use(grown);
  }
}
