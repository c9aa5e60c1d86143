// What leaves a connection. The write policy, all of it:
//
//   Frames collect in a buffer. At the end of each turn the buffer is written, if no write is under way; what is
//   added meanwhile collects in a second buffer, which is written at the end of the turn in which the first is out.
//   Nobody waits for a timer. Nothing leaves in the middle of a turn: what it answers may not be committed yet.
//   From a position that is held on nothing leaves until what it waits for is safe.
//   When LIMIT_BYTES have collected the outbox is full: consumers are sent nothing more and commands are read no
//   more until it has been written, so a client that does not read costs a bounded amount of memory.
//
// Invariant: bytes leave in the order they were added; one write at most is under way.

import { assert } from "../base/assert.ts";
import { buffers } from "../base/buffer_pool.ts";

/** From here on the outbox is full. One frame may still go over it. Larger made nothing faster (64, 128, 256 KiB). */
const LIMIT_BYTES = 64 * 1024;
const CAPACITY_BYTES_START = 256;
/** Buffers larger than this are not kept by an idle connection. */
const IDLE_BYTES_MAX = 4 * 1024;
const NO_BYTES = new Uint8Array(0);

/** What an outbox needs of its connection. */
export interface OutboxOwner {
  /** Writes some of the bytes and says how many. */
  write(bytes: Uint8Array): Promise<number>;
  /** The time now, as `flush` is given it. */
  timeMs(): number;
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
  /** Whether it stands in the list of outboxes to flush; kept by whoever runs it. */
  isDirty = false;
  /** When the write under way began, ms; Infinity when there is none. */
  writingSinceMs = Infinity;
  #view: DataView | undefined;
  #length = 0;
  #spare: Uint8Array<ArrayBuffer> = NO_BYTES;
  #hasFailed = false;
  /** Bytes that left the buffer before what is in it now. */
  #taken = 0;
  #holds: { position: number }[] = [];
  #drained: { promise: Promise<void>; resolve: () => void } | undefined;

  constructor(readonly owner: OutboxOwner) {}

  /** The same buffer. Made when it is asked for: replies to PUBs need none, and it costs 0.1 us. */
  get view(): DataView {
    return this.#view ??= new DataView(this.bytes.buffer);
  }

  /** Whether it takes no more for now. */
  get isFull(): boolean {
    return this.#length >= LIMIT_BYTES;
  }

  /** Whether everything has been written. */
  get isEmpty(): boolean {
    return this.#length === 0 && this.writingSinceMs === Infinity;
  }

  /** How many bytes were ever added. */
  get position(): number {
    return this.#taken + this.#length;
  }

  /** Makes room for `count` bytes and says where; they are then counted as filled. */
  reserve(count: number): number {
    const at = this.#length;
    if (at + count > this.bytes.length) this.#grow(at + count);
    this.#length = at + count;
    this.#flushLater();
    return at;
  }

  #flushLater(): void {
    if (this.isDirty) return;
    this.isDirty = true;
    this.owner.flushLater(this);
  }

  /** Nothing added at `position` or after leaves before `safe` resolves. Call it in the turn that added it. */
  hold(position: number, safe: Promise<void>): void {
    const hold = { position };
    this.#holds.push(hold);
    void safe.then(() => {
      this.#holds.splice(this.#holds.indexOf(hold), 1);
      this.#flushLater();
    });
  }

  /** Takes back what was added in this turn at `position` or after. */
  cutFrom(position: number): void {
    this.#length = Math.min(this.#length, Math.max(0, position - this.#taken));
  }

  /** Adds a whole frame; it is copied. */
  append(frame: Uint8Array): void {
    const at = this.reserve(frame.length);
    this.bytes.set(frame, at);
  }

  /** Begins writing what has collected and is not held, unless a write is under way. */
  flush(nowMs: number): void {
    this.isDirty = false;
    if (this.writingSinceMs !== Infinity || this.#hasFailed) return;
    const length = Math.min(this.#length, this.#heldFrom - this.#taken);
    if (length <= 0) return;
    this.writingSinceMs = nowMs;
    void this.#writeOut(this.#take(length), length);
  }

  get #heldFrom(): number {
    let from = Infinity;
    for (const { position } of this.#holds) from = Math.min(from, position);
    return from;
  }

  /** Takes the buffer out; what is behind `length` goes to the next one. */
  #take(length: number): Uint8Array<ArrayBuffer> {
    const taken = this.bytes;
    const rest = length < this.#length ? taken.subarray(length, this.#length) : NO_BYTES;
    const wasFull = this.isFull;
    this.#use(this.#spare);
    this.#spare = NO_BYTES;
    this.#taken += length;
    this.#length = 0;
    if (rest.length > 0) this.bytes.set(rest, this.reserve(rest.length));
    if (wasFull && !this.isFull) this.owner.onRoom();
    return taken;
  }

  /** Resolves when everything has been written or nothing more can be. */
  drained(): Promise<void> {
    if (this.isEmpty || this.#hasFailed) return Promise.resolve();
    this.#drained ??= Promise.withResolvers<void>();
    return this.#drained.promise;
  }

  async #writeOut(bytes: Uint8Array<ArrayBuffer>, length: number): Promise<void> {
    try {
      let at = await this.owner.write(bytes.subarray(0, length));
      while (at < length) {
        // Each write has the whole time: a client that always has more to read is busy, not stuck.
        this.writingSinceMs = this.owner.timeMs();
        at += await this.owner.write(bytes.subarray(at, length));
      }
      this.#spare = bytes;
    } catch (cause) {
      this.#hasFailed = true;
      this.owner.onWriteFailed(cause);
    }
    this.writingSinceMs = Infinity;
    if (this.#length > 0 && !this.#hasFailed) return this.#flushLater();
    this.#rest();
    this.#drained?.resolve();
    this.#drained = undefined;
  }

  #rest(): void {
    if (this.bytes.length > IDLE_BYTES_MAX) {
      buffers.give(this.bytes);
      this.#use(NO_BYTES);
    }
    if (this.#spare.length > IDLE_BYTES_MAX) {
      buffers.give(this.#spare);
      this.#spare = NO_BYTES;
    }
  }

  #use(bytes: Uint8Array<ArrayBuffer>): void {
    this.bytes = bytes;
    this.#view = undefined;
  }

  #grow(capacity: number): void {
    assert(capacity < 2 ** 31, "an outbox stays below 2 GiB");
    const grown = buffers.take(Math.max(capacity, CAPACITY_BYTES_START));
    grown.set(this.bytes.subarray(0, this.#length));
    if (this.bytes.length > 0) buffers.give(this.bytes);
    this.#use(grown);
  }
}
