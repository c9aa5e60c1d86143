// Timers that fire when the test says that time has passed.

import type { Timers } from "../../src/base/timers.ts";

/** A clock that stands still until `advance`. */
export class FakeTimers implements Timers {
  nowMs = 0;
  #pending: { dueMs: number; action: () => void }[] = [];

  after(delayMs: number, action: () => void): () => void {
    const entry = { dueMs: this.nowMs + delayMs, action };
    this.#pending.push(entry);
    return () => {
      this.#pending = this.#pending.filter((other) => other !== entry);
    };
  }

  /** Lets time pass; what falls due runs in order. */
  advance(durationMs: number): void {
    const endMs = this.nowMs + durationMs;
    for (;;) {
      const next = this.#pending.toSorted((a, b) => a.dueMs - b.dueMs)[0];
      if (next === undefined || next.dueMs > endMs) break;
      this.#pending = this.#pending.filter((other) => other !== next);
      this.nowMs = next.dueMs;
      next.action();
    }
    this.nowMs = endMs;
  }
}
