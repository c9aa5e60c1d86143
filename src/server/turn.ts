// The end of an event-loop turn. All reads that the loop had ready run first; then, once: published batches reach the
// channels, waiting messages the consumers, and every outbox that was filled is written. This is why a thousand PUBs
// cost one batch and their replies one write a connection, and why nobody waits for a timer to flush.
// When a thousand connections have something to say at once, a turn ends after READS_MAX of them, and another begins.
// A turn has one time, read when the first thing happens in it: asking the system costs 0.1 to 0.5 us, as much as parsing
// a PUB (measured), and a hundred connections would each ask.

import process from "node:process";
import type { PairedClock } from "../base/clock.ts";
import type { Outbox } from "./outbox.ts";

/** So many batches of 40 KB are read in 8 ms, so many PUBs in 1 ms: nobody waits longer for what others send. */
const READS_MAX = 128;

/** Does what is to be done once a turn. */
export class Turn {
  /** When the turn began, on both clocks; of the latest turn after its end. */
  nowMs = 0;
  wallMs = 0;
  readonly #clock: PairedClock;
  readonly #settle: (nowMs: number) => void;
  readonly #afterwards: (nowMs: number) => void;
  #outboxes: Outbox[] = [];
  #isScheduled = false;
  #isQueued = false;
  #reads = 0;
  readonly #run = () => {
    this.#isQueued = false;
    if (this.#isScheduled) this.finish();
  };

  /** @param settle moves messages @param afterwards runs last, for instance to set the timer */
  constructor(
    clock: PairedClock,
    settle: (nowMs: number) => void,
    afterwards: (nowMs: number) => void,
  ) {
    this.#clock = clock;
    this.#settle = settle;
    this.#afterwards = afterwards;
  }

  /** Asks for `finish` at the end of this turn, and reads the clocks if nobody has asked yet. */
  schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.nowMs = this.#clock.nowMs();
    this.wallMs = this.#clock.wallAt(this.nowMs);
    if (this.#isQueued) return;
    this.#isQueued = true;
    // Measured: nextTick callbacks run after all reads (and their microtasks) of a loop iteration, for 0.4 us.
    process.nextTick(this.#run);
  }

  /** A connection was read, and nothing of it has been looked at yet: the same, after a turn that has had enough. */
  read(): void {
    if (this.#reads === READS_MAX) this.finish();
    this.#reads++;
    this.schedule();
  }

  /** Has this outbox flushed at the end of this turn. */
  flush(outbox: Outbox): void {
    this.#outboxes.push(outbox);
    this.schedule();
  }

  /** Ends the turn now. */
  finish(): void {
    const nowMs = this.#clock.nowMs();
    this.#reads = 0;
    this.#settleOrGoOn(nowMs);
    const outboxes = this.#outboxes;
    this.#outboxes = [];
    for (const outbox of outboxes) outbox.flush(nowMs);
    this.#afterwards(nowMs);
  }

  /** A fault is for whoever hears of faults. What is left of the turn comes in the next one, in spite of it. */
  #settleOrGoOn(nowMs: number): void {
    try {
      this.#settle(nowMs);
      this.#isScheduled = false;
    } catch (fault) {
      this.#isScheduled = false;
      // Not in this iteration of the loop: a fault that comes back each time must let sockets in.
      setTimeout(() => this.schedule(), 0);
      throw fault;
    }
  }
}
