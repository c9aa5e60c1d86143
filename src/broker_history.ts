// Has the history of a broker sampled: one timer, and a walk in pieces. It knows no figures.

import type { Clock } from "./base/clock.ts";
import type { History } from "./queue/history.ts";
import { STEP_MS } from "./queue/sample_ring.ts";

/** Samples until it is stopped. */
export class BrokerHistory {
  readonly #history: History;
  readonly #clock: Clock;
  readonly #timer: ReturnType<typeof setInterval>;
  #isSampling = false;

  constructor(history: History, clock: Clock) {
    this.#history = history;
    this.#clock = clock;
    this.#timer = setInterval(() => void this.#sample(), STEP_MS);
    Deno.unrefTimer(this.#timer);
  }

  async #sample(): Promise<void> {
    if (this.#isSampling) return;
    this.#isSampling = true;
    try {
      for (const _ of this.#history.sample(this.#clock.nowMs(), this.#clock.wallMs())) {
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
    } finally {
      this.#isSampling = false;
    }
  }

  /** Ends it. */
  stop(): void {
    clearInterval(this.#timer);
  }
}
