// A bounded number of places: who finds none waits for one, first come, first served.

import { Deque } from "./deque.ts";

/** Lets so many pass at a time. */
export class Slots {
  #free: number;
  readonly #waiting = new Deque<() => void>();

  constructor(count: number) {
    this.#free = count;
  }

  /** Runs `work` as soon as there is a place for it. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}
