// Messages that wait for their time, in one channel: a min-heap by due time in typed arrays, because there may be
// millions. 26 bytes a message; the body is kept only where the log cannot fetch it again.

import type { Batch } from "./batch.ts";

/** What could not be read is tried again after so long. */
export const FETCH_RETRY_MS = 1000;

const CAPACITY_MIN = 16;

/** A message whose time has come. */
export interface DueMessage {
  number: number;
  attempts: number;
  /** Undefined when it is to be fetched. */
  batch: Batch | undefined;
}

/** Deferred messages, the earliest first; equal times may leave in any order. */
export class DeferredMessages {
  #dueMs = new Float64Array(CAPACITY_MIN);
  #numbers = new Float64Array(CAPACITY_MIN);
  #attempts = new Uint16Array(CAPACITY_MIN);
  readonly #batches = new Map<number, Batch>();
  #size = 0;

  /** How many wait. */
  get size(): number {
    return this.#size;
  }

  /** When the first is due; Infinity when none waits. */
  get firstDueMs(): number {
    return this.#size === 0 ? Infinity : this.#dueMs[0]!;
  }

  /** Adds a message; `batch` is kept for it when given. */
  add(dueMs: number, number: number, attempts: number, batch: Batch | undefined): void {
    if (this.#size === this.#dueMs.length) this.#resize(this.#size * 2);
    if (batch !== undefined) this.#batches.set(number, batch);
    let index = this.#size++;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (this.#dueMs[parent]! <= dueMs) break;
      this.#move(parent, index);
      index = parent;
    }
    this.#put(index, dueMs, number, attempts);
  }

  /** Takes out the first message if it is due at `nowMs`. */
  takeDue(nowMs: number): DueMessage | undefined {
    if (this.firstDueMs > nowMs) return undefined;
    const number = this.#numbers[0]!;
    const due = { number, attempts: this.#attempts[0]!, batch: this.#batches.get(number) };
    this.#batches.delete(number);
    this.#removeFirst();
    return due;
  }

  /** Lets go of everything. */
  clear(): void {
    this.#size = 0;
    this.#batches.clear();
    if (this.#dueMs.length > CAPACITY_MIN) this.#resize(CAPACITY_MIN);
  }

  #removeFirst(): void {
    const last = --this.#size;
    const dueMs = this.#dueMs[last]!;
    const number = this.#numbers[last]!;
    const attempts = this.#attempts[last]!;
    let index = 0;
    while (true) {
      let child = 2 * index + 1;
      if (child >= last) break;
      if (child + 1 < last && this.#dueMs[child + 1]! < this.#dueMs[child]!) child++;
      if (this.#dueMs[child]! >= dueMs) break;
      this.#move(child, index);
      index = child;
    }
    if (last > 0) this.#put(index, dueMs, number, attempts);
    if (last * 4 < this.#dueMs.length && this.#dueMs.length > 1024) {
      this.#resize(this.#dueMs.length / 2);
    }
  }

  #put(index: number, dueMs: number, number: number, attempts: number): void {
    this.#dueMs[index] = dueMs;
    this.#numbers[index] = number;
    this.#attempts[index] = attempts;
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#dueMs[from]!, this.#numbers[from]!, this.#attempts[from]!);
  }

  #resize(capacity: number): void {
    const dueMs = new Float64Array(capacity);
    const numbers = new Float64Array(capacity);
    const attempts = new Uint16Array(capacity);
    dueMs.set(this.#dueMs.subarray(0, this.#size));
    numbers.set(this.#numbers.subarray(0, this.#size));
    attempts.set(this.#attempts.subarray(0, this.#size));
    this.#dueMs = dueMs;
    this.#numbers = numbers;
    this.#attempts = attempts;
  }
}
