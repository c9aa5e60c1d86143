// Time limits for the bodies of requests. A timer for each request would cost a sixth of a /pub (measured: 3 us of 20),
// so those who wait stand in a set, and the server looks through it once a second.

import type { Clock } from "../base/clock.ts";
import type { Refusals } from "../transport/refusals.ts";
import { HttpError } from "./http_errors.ts";

interface Waiting {
  readonly dueMs: number;
  reject(error: HttpError): void;
}

/** The bodies that have not arrived yet. */
export class BodyWatch {
  readonly #clock: Pick<Clock, "nowMs">;
  readonly #refusals: Refusals;
  readonly #limitMs: number;
  readonly #waiting = new Set<Waiting>();

  /** @param limitMs how long a body may take to arrive; 0 is for ever */
  constructor(clock: Pick<Clock, "nowMs">, refusals: Refusals, limitMs: number) {
    this.#clock = clock;
    this.#refusals = refusals;
    this.#limitMs = limitMs;
  }

  /** How many are waited for. */
  get size(): number {
    return this.#waiting.size;
  }

  /** When a body that begins now must have arrived; Infinity is never. */
  dueMs(): number {
    return this.#limitMs === 0 ? Infinity : this.#clock.nowMs() + this.#limitMs;
  }

  /**
   * What `reading` gives. Rejects with HttpError `BODY_TIMEOUT` when it takes longer than `dueMs`, `INTERNAL_ERROR` when it
   * fails.
   */
  guard<Value>(reading: Promise<Value>, dueMs: number): Promise<Value> {
    return new Promise((resolve, reject) => {
      const waiting = { dueMs, reject };
      this.#waiting.add(waiting);
      const end = () => this.#waiting.delete(waiting);
      reading.then(
        (value) => (end(), resolve(value)),
        (cause) => (end(), reject(new HttpError("INTERNAL_ERROR", { cause }))),
      );
    });
  }

  /** Gives up on those whose time is over; to be called about once a second. */
  tick(): void {
    if (this.#waiting.size === 0) return;
    const nowMs = this.#clock.nowMs();
    for (const waiting of this.#waiting) {
      if (nowMs < waiting.dueMs) continue;
      this.#waiting.delete(waiting);
      this.#refusals.add("http_body_timeout", "HTTP: the body of a request did not come in time");
      waiting.reject(new HttpError("BODY_TIMEOUT"));
    }
  }
}
