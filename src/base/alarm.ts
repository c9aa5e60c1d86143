// One timer for many deadlines: it rings at the earliest, and is set again only when an earlier one comes up.

import type { Clock } from "./clock.ts";
import { systemTimers, type Timers } from "./timers.ts";

/** Longest single wait; a later deadline is waited for in several. */
const WAIT_MS_MAX = 24 * 60 * 60 * 1000;
/** So late it rings only when the process, or the machine, stood still: a turn under load takes a tenth of it. */
const STALL_MS = 100;
/** So long after a stall the sockets are read. */
const READING_MS = 10;

/** Calls `ring` when its time has come. */
export class Alarm {
  readonly #ring: () => void;
  readonly #clock: Pick<Clock, "nowMs">;
  readonly #timers: Timers;
  #ringsAtMs = Infinity;
  #cancel: (() => void) | undefined;

  /** @param ring what to do; it usually ends by setting the alarm again */
  constructor(ring: () => void, clock: Pick<Clock, "nowMs">, timers: Timers = systemTimers) {
    this.#ring = ring;
    this.#clock = clock;
    this.#timers = timers;
  }

  /** Makes sure that it rings at `atMs` at the latest, a day from `nowMs` at most. Infinity asks for nothing. */
  set(atMs: number, nowMs: number): void {
    if (atMs >= this.#ringsAtMs) return;
    this.#cancel?.();
    this.#ringsAtMs = atMs;
    // A timer may fire up to a millisecond early: round up, or it would ring twice.
    const waitMs = Math.ceil(Math.min(Math.max(0, atMs - nowMs), WAIT_MS_MAX));
    this.#cancel = this.#timers.after(waitMs, () => this.#due(nowMs + waitMs));
  }

  /**
   * After a stall everything is late, also what others sent in time and nobody has read yet: it is read first, so that
   * nobody misses a deadline that this process slept through.
   */
  #due(dueMs: number): void {
    const isStalled = this.#clock.nowMs() > dueMs + STALL_MS;
    if (isStalled) this.#cancel = this.#timers.after(READING_MS, () => this.#ringNow());
    else this.#ringNow();
  }

  #ringNow(): void {
    this.#ringsAtMs = Infinity;
    this.#ring();
  }

  /** Rings no more until it is set again. */
  cancel(): void {
    this.#cancel?.();
    this.#ringsAtMs = Infinity;
  }
}
