// A clock that stands until a test moves it, with the timers that hang on it.

import type { Timers } from "../../src/base/timers.ts";

/** Clock and timers in one; time starts at 0. */
export class ManualTime implements Timers {
  #nowMs = 0;
  readonly #due = new Map<number, { atMs: number; action: () => void }>();
  #next = 0;

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, action: () => void): () => void {
    const id = this.#next++;
    this.#due.set(id, { atMs: this.#nowMs + delayMs, action });
    return () => void this.#due.delete(id);
  }

  /** Moves time and runs what became due. */
  advance(ms: number): void {
    this.#nowMs += ms;
    for (const [id, { atMs, action }] of [...this.#due]) {
      if (atMs > this.#nowMs || !this.#due.delete(id)) continue;
      action();
    }
  }

  /** How many timers wait. */
  get waiting(): number {
    return this.#due.size;
  }
}
