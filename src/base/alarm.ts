// One timer for many deadlines: it rings at the earliest, and is set again only when an earlier one comes up.

import { systemTimers, type Timers } from "./timers.ts";

/** Longest single wait; a later deadline is waited for in several. */
const WAIT_MS_MAX = 24 * 60 * 60 * 1000;

/** Calls `ring` when its time has come. */
export class Alarm {
  readonly #ring: () => void;
  readonly #timers: Timers;
  #ringsAtMs = Infinity;
  #cancel: (() => void) | undefined;

  /** @param ring what to do; it usually ends by setting the alarm again */
  constructor(ring: () => void, timers: Timers = systemTimers) {
    this.#ring = ring;
    this.#timers = timers;
  }

  /** Makes sure that it rings at `atMs` at the latest, a day from `nowMs` at most. Infinity asks for nothing. */
  set(atMs: number, nowMs: number): void {
    if (atMs >= this.#ringsAtMs) return;
    this.#cancel?.();
    this.#ringsAtMs = atMs;
    // A timer may fire up to a millisecond early: round up, or it would ring twice.
    const waitMs = Math.ceil(Math.min(Math.max(0, atMs - nowMs), WAIT_MS_MAX));
    this.#cancel = this.#timers.after(waitMs, () => {
      this.#ringsAtMs = Infinity;
      this.#ring();
    });
  }

  /** Rings no more until it is set again. */
  cancel(): void {
    this.#cancel?.();
    this.#ringsAtMs = Infinity;
  }
}
