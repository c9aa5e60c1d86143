// A run: neighbouring messages of one batch that were handed to one consumer at the same time, so that they share
// attempts, delivery time and deadline. What is tracked is the run; a single message costs one bit, and that only when
// messages are not finished in order.

import type { Batch } from "./batch.ts";

/** Messages `index` to `index + count - 1` of a batch, in flight to one consumer. */
export class Run {
  /** Messages still in flight. */
  left: number;
  #finishedBelow = 0;
  #finished: Uint32Array | undefined;

  /**
   * @param attempts deliveries so far, this one included; an unsigned 16-bit number
   * @param deliveredMs and @param deadlineMs are on the monotonic clock
   */
  constructor(
    readonly batch: Batch,
    readonly index: number,
    readonly count: number,
    readonly attempts: number,
    readonly deliveredMs: number,
    readonly deadlineMs: number,
  ) {
    this.left = count;
  }

  /** Number of the first message. */
  get first(): number {
    return this.batch.first + this.index;
  }

  /** Number of the first message still in flight; valid while some are left. */
  get oldestNumber(): number {
    return this.first + this.#finishedBelow;
  }

  /** Whether message `number` is in flight in this run. */
  holds(number: number): boolean {
    const place = number - this.first;
    return place >= this.#finishedBelow && place < this.count && !this.#isFinished(place);
  }

  /** Message `number`, which the run holds, is in flight no more. */
  release(number: number): void {
    const place = number - this.first;
    this.left--;
    if (place === this.#finishedBelow) {
      this.#finishedBelow++;
      this.#skipFinished();
      return;
    }
    this.#finished ??= new Uint32Array((this.count + 31) >> 5);
    this.#finished[place >> 5]! |= 1 << (place & 31);
  }

  /** Message `number` as a run of its own, which no longer needs the whole batch. */
  extract(number: number): Run {
    const single = this.batch.extract(number - this.batch.first);
    return new Run(single, 0, 1, this.attempts, this.deliveredMs, this.deadlineMs);
  }

  /** The numbers still in flight, in order. */
  *numbers(): Iterable<number> {
    for (let place = this.#finishedBelow; place < this.count; place++) {
      if (!this.#isFinished(place)) yield this.first + place;
    }
  }

  #skipFinished(): void {
    if (this.#finished === undefined) return;
    while (this.#finishedBelow < this.count && this.#isFinished(this.#finishedBelow)) {
      this.#finishedBelow++;
    }
  }

  #isFinished(place: number): boolean {
    if (this.#finished === undefined) return place < this.#finishedBelow;
    return (this.#finished[place >> 5]! & (1 << (place & 31))) !== 0;
  }
}
