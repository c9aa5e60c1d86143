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

/** A deferred message and its time. */
export interface DeferredMessage extends DueMessage {
  readonly dueMs: number;
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
    this.#rise(this.#size++, dueMs, number, attempts);
  }

  /** Finds the place of a message between the root and `index`, which is free. */
  #rise(index: number, dueMs: number, number: number, attempts: number): void {
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
    const due = this.#at(0);
    this.#remove(0);
    return due;
  }

  #at(index: number): DeferredMessage {
    const number = this.#numbers[index]!;
    const batch = this.#batches.get(number);
    return { number, attempts: this.#attempts[index]!, batch, dueMs: this.#dueMs[index]! };
  }

  /** Message `number`, left where it is; undefined when it is not here. Takes a time that grows with how many there are. */
  find(number: number): DeferredMessage | undefined {
    const index = this.#indexOf(number);
    return index < 0 ? undefined : this.#at(index);
  }

  /** Takes message `number` out, whenever it is due; undefined when it is not here. Takes as long as `find`. */
  take(number: number): DeferredMessage | undefined {
    const index = this.#indexOf(number);
    if (index < 0) return undefined;
    const taken = this.#at(index);
    this.#remove(index);
    return taken;
  }

  #indexOf(number: number): number {
    const index = this.#numbers.indexOf(number);
    return index < this.#size ? index : -1;
  }

  /** The first `count` messages by due time, left where they are. */
  earliest(count: number): DeferredMessage[] {
    // The heap's own order, walked from the root: what comes next is a child of what has come.
    const open = this.#size === 0 ? [] : [0];
    const found: DeferredMessage[] = [];
    while (open.length > 0 && found.length < count) {
      let best = 0;
      for (let at = 1; at < open.length; at++) {
        if (this.#dueMs[open[at]!]! < this.#dueMs[open[best]!]!) best = at;
      }
      const [index] = open.splice(best, 1) as [number];
      found.push(this.#at(index));
      for (const child of [2 * index + 1, 2 * index + 2]) if (child < this.#size) open.push(child);
    }
    return found;
  }

  /** Lets go of everything. */
  clear(): void {
    this.#size = 0;
    this.#batches.clear();
    if (this.#dueMs.length > CAPACITY_MIN) this.#resize(CAPACITY_MIN);
  }

  #remove(at: number): void {
    this.#batches.delete(this.#numbers[at]!);
    const last = --this.#size;
    const dueMs = this.#dueMs[last]!;
    const number = this.#numbers[last]!;
    const attempts = this.#attempts[last]!;
    let index = at;
    while (true) {
      let child = 2 * index + 1;
      if (child >= last) break;
      if (child + 1 < last && this.#dueMs[child + 1]! < this.#dueMs[child]!) child++;
      if (this.#dueMs[child]! >= dueMs) break;
      this.#move(child, index);
      index = child;
    }
    // What stood last may be earlier than the parents of a place in the middle.
    if (at < last) this.#rise(index, dueMs, number, attempts);
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
