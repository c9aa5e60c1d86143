// A log in memory only: all that ephemeral topics and channels ever have.

import { Deque } from "../base/deque.ts";
import type { Batch } from "./batch.ts";
import { type ChannelJournal, type Log, type LogListener, noJournal } from "./log.ts";

/** Batches in memory, oldest first. */
export class MemoryLog implements Log {
  listener: LogListener | undefined;
  readonly canFetch = false;
  readonly damageCount = 0;
  readonly byteSize = 0;
  readonly #batches = new Deque<Batch>();

  /** Messages in it. */
  count = 0;

  append(batch: Batch): void {
    this.#batches.push(batch);
    this.count += batch.count;
  }

  /** Whoever defers a message keeps it. */
  appendDeferred(): void {}

  commit(): undefined {}

  safe(): undefined {}

  at(number: number): Batch | undefined {
    return this.#batches.at(this.#indexOf(number));
  }

  /** What an ephemeral channel has dropped it has dropped knowingly. */
  lostWithin(): number {
    return 0;
  }

  fetch(number: number): Batch | undefined {
    const batch = this.holder(number);
    return batch?.extract(number - batch.first);
  }

  acceptedMs(number: number): number | undefined {
    return this.holder(number)?.wallMs;
  }

  /** The batch that holds message `number`. */
  holder(number: number): Batch | undefined {
    const batch = this.at(number);
    return batch !== undefined && batch.first <= number ? batch : undefined;
  }

  discardBefore(cursor: number): void {
    while (this.#batches.size > 0 && this.#batches.first()!.end <= cursor) this.shift();
  }

  /** Takes the oldest batch out. */
  shift(): Batch | undefined {
    const batch = this.#batches.shift();
    this.count -= batch?.count ?? 0;
    return batch;
  }

  /** The batches from the one that holds message `number` on, oldest first. */
  *from(number: number): Iterable<Batch> {
    let index = this.#indexOf(number);
    for (let batch = this.#batches.at(index); batch; batch = this.#batches.at(++index)) yield batch;
  }

  /** The oldest batch. */
  first(): Batch | undefined {
    return this.#batches.first();
  }

  discardFrom(number: number): void {
    while (this.#batches.size > 0 && this.#batches.last()!.end > number) {
      const batch = this.#pop();
      if (batch.first < number) this.append(batch.take(number - batch.first));
    }
  }

  /** Takes back the last `count` messages. */
  discardLast(count: number): void {
    while (count > 0 && this.#batches.size > 0) {
      const batch = this.#pop();
      if (batch.count > count) this.append(batch.take(batch.count - count));
      count -= batch.count;
    }
  }

  journal(): ChannelJournal {
    return noJournal;
  }

  paused(): void {}

  delete(): void {}

  #pop(): Batch {
    const batch = this.#batches.pop()!;
    this.count -= batch.count;
    return batch;
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
