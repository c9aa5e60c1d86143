// The end of an event-loop turn. All reads that the loop had ready run first; then, once: published batches reach the
// channels, waiting messages the consumers, and every outbox that was filled is written. This is why a thousand PUBs
// cost one batch and their replies one write a connection, and why nobody waits for a timer to flush.

import process from "node:process";
import type { Clock } from "../base/clock.ts";
import type { Outbox } from "./outbox.ts";

/** Does what is to be done once a turn. */
export class Turn {
  readonly #clock: Clock;
  readonly #settle: (nowMs: number) => void;
  readonly #afterwards: () => void;
  #outboxes: Outbox[] = [];
  #isScheduled = false;
  readonly #run = () => this.finish();

  /** @param settle moves messages @param afterwards runs last, for instance to set the timer */
  constructor(clock: Clock, settle: (nowMs: number) => void, afterwards: () => void) {
    this.#clock = clock;
    this.#settle = settle;
    this.#afterwards = afterwards;
  }

  /** Asks for `finish` at the end of this turn. */
  schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // Measured: nextTick callbacks run after all reads (and their microtasks) of a loop iteration, for 0.4 us.
    process.nextTick(this.#run);
  }

  /** Has this outbox flushed at the end of this turn. */
  flush(outbox: Outbox): void {
    this.#outboxes.push(outbox);
    this.schedule();
  }

  /** Ends the turn now. */
  finish(): void {
    const nowMs = this.#clock.nowMs();
    this.#settle(nowMs);
    this.#isScheduled = false;
    const outboxes = this.#outboxes;
    this.#outboxes = [];
    for (const outbox of outboxes) outbox.flush(nowMs);
    this.#afterwards();
  }
}
