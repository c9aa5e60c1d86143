// Long work in short pieces: everybody else gets a turn of the event loop in between.

import type { Clock } from "../base/clock.ts";

/** How long one piece may be, ms: messages meanwhile wait no longer. */
const SLICE_MS_MAX = 5;

/** Counts the time of a piece of work. */
export class TimeSlices {
  readonly #clock: Pick<Clock, "nowMs">;
  #endMs: number;

  constructor(clock: Pick<Clock, "nowMs">) {
    this.#clock = clock;
    this.#endMs = clock.nowMs() + SLICE_MS_MAX;
  }

  /** Whether others should have a turn now. */
  get isOver(): boolean {
    return this.#clock.nowMs() >= this.#endMs;
  }

  /** Lets others have a turn if it is time; says whether they had. */
  async pause(): Promise<boolean> {
    if (!this.isOver) return false;
    await this.rest();
    return true;
  }

  /** Lets others have a turn. `setImmediate` would not: sockets wait behind it (a /ping beside /stats: 50 ms, so 15). */
  async rest(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#endMs = this.#clock.nowMs() + SLICE_MS_MAX;
  }
}
