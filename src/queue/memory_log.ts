// A log in memory only: all that ephemeral topics and channels ever have.

import { Deque } from "../base/deque.ts";
import type { Batch } from "./batch.ts";
import type { Log } from "./log.ts";

/** Batches in memory, oldest first. */
export class MemoryLog implements Log {
  readonly #batches = new Deque<Batch>();

  append(batch: Batch): void {
    this.#batches.push(batch);
  }

  at(number: number): Batch | undefined {
    return this.#batches.at(this.#indexOf(number));
  }

  discardBefore(number: number): void {
    while (this.#batches.size > 0 && this.#batches.first()!.end <= number) this.#batches.shift();
  }

  discardFrom(number: number): void {
    while (this.#batches.size > 0 && this.#batches.last()!.end > number) {
      const batch = this.#batches.pop()!;
      if (batch.first < number) this.#batches.push(batch.take(number - batch.first));
    }
  }

  /** Takes back the last `count` messages. */
  discardLast(count: number): void {
    while (count > 0) {
      const batch = this.#batches.pop();
      if (batch === undefined) return;
      if (batch.count > count) this.#batches.push(batch.take(batch.count - count));
      count -= batch.count;
    }
  }

  /** The index of the first batch that ends behind `number`. */
  #indexOf(number: number): number {
    let low = 0;
    let high = this.#batches.size;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#batches.at(middle)!.end <= number) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
