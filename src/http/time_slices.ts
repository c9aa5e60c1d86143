// Long work in short pieces: everybody else gets a turn of the event loop in between.

import { setImmediate } from "node:timers";
import type { Clock } from "../base/clock.ts";

/** How long one piece may be, ms: messages meanwhile wait no longer. */
const SLICE_MS_MAX = 2;

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

  /** Lets others have a turn. A timer would take a millisecond and more, half as much again as a piece. */
  async rest(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#endMs = this.#clock.nowMs() + SLICE_MS_MAX;
  }
}
