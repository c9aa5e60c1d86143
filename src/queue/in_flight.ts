// The messages one consumer has been given and has not answered for.
// Long runs come fresh from the log, so their numbers only grow: they are a line searched by number. Runs of one
// message may be old ones delivered again: they are in a map. A message is in at most one run.
// Deadlines need no order: `earliestDeadlineMs` is a lower bound, and only when it is reached are the runs looked at.

import { Deque } from "../base/deque.ts";
import type { Run } from "./run.ts";

/** So many finished runs may wait behind an unfinished one before the line is compacted. */
const EMPTY_RUNS_MAX = 16;
/** A run of which less than this share (1 in 8) is left gives up its batch. */
const STRAGGLER_SHARE = 8;

/** What one consumer has in flight. */
export class InFlight {
  /** Messages in flight. */
  size = 0;
  /** No run is due before this, ms on the monotonic clock; Infinity when nothing was ever in flight. */
  earliestDeadlineMs = Infinity;
  #runs = new Deque<Run>();
  #emptyRuns = 0;
  readonly #singles = new Map<number, Run>();

  /** Takes a run just delivered. */
  add(run: Run): void {
    if (run.count === 1) this.#singles.set(run.first, run);
    else this.#runs.push(run);
    this.size += run.count;
    if (run.deadlineMs < this.earliestDeadlineMs) this.earliestDeadlineMs = run.deadlineMs;
  }

  /** The run that holds message `number`; undefined when it is not in flight here. */
  find(number: number): Run | undefined {
    const first = this.#runs.first();
    if (first !== undefined && first.holds(number)) return first;
    const single = this.#singles.get(number);
    if (single !== undefined) return single;
    const run = this.#runs.at(this.#indexOf(number));
    return run !== undefined && run.holds(number) ? run : undefined;
  }

  /** Message `number` of `run`, which holds it, is in flight no more. */
  release(run: Run, number: number): void {
    run.release(number);
    this.size--;
    if (run.count === 1) this.#singles.delete(number);
    else if (run.left === 0) this.#dropEmpty();
  }

  #dropEmpty(): void {
    this.#emptyRuns++;
    while (this.#runs.size > 0 && this.#runs.first()!.left === 0) {
      this.#runs.shift();
      this.#emptyRuns--;
    }
    if (this.#emptyRuns > EMPTY_RUNS_MAX && this.#emptyRuns * 2 > this.#runs.size) this.#compact();
  }

  /** An old message that nobody finishes must not keep alive what was finished around and behind it. */
  #compact(): void {
    const runs = this.#runs;
    this.#runs = new Deque<Run>();
    this.#emptyRuns = 0;
    for (const run of runs) {
      if (run.left * STRAGGLER_SHARE > run.count) this.#runs.push(run);
      else for (const number of run.numbers()) this.#singles.set(number, run.extract(number));
    }
  }

  /** Takes out every message whose deadline has passed, and looks for the next deadline. */
  takeExpired(nowMs: number): { run: Run; number: number }[] {
    if (nowMs < this.earliestDeadlineMs) return [];
    const expired: { run: Run; number: number }[] = [];
    let earliestMs = Infinity;
    for (const run of this.#all()) {
      if (run.left === 0) continue;
      if (run.deadlineMs > nowMs) earliestMs = Math.min(earliestMs, run.deadlineMs);
      else for (const number of run.numbers()) expired.push({ run, number });
    }
    // Looked up anew: releasing one may compact the line, and then another is in a run of its own.
    for (const { number } of expired) this.release(this.find(number)!, number);
    this.earliestDeadlineMs = earliestMs;
    return expired;
  }

  /** Forgets everything. */
  clear(): void {
    this.#runs.clear();
    this.#emptyRuns = 0;
    this.#singles.clear();
    this.size = 0;
    this.earliestDeadlineMs = Infinity;
  }

  /** The run with the lowest number, of the long ones and the first `singlesMax` single ones; undefined when all is done. */
  oldest(singlesMax: number): Run | undefined {
    let oldest: Run | undefined;
    for (const run of this.#runs) {
      if (run.left === 0) continue;
      oldest = run;
      break;
    }
    let left = singlesMax;
    for (const run of this.#singles.values()) {
      if (left-- === 0) break;
      if (oldest === undefined || run.first < oldest.oldestNumber) oldest = run;
    }
    return oldest;
  }

  /** Every message in flight, as the run it is in and its number. */
  *messages(): Iterable<{ run: Run; number: number }> {
    for (const run of this.#all()) {
      for (const number of run.numbers()) yield { run, number };
    }
  }

  *#all(): Iterable<Run> {
    yield* this.#runs;
    yield* this.#singles.values();
  }

  /** The index of the last long run that begins at or before `number`; -1 if none does. */
  #indexOf(number: number): number {
    let low = 0;
    let high = this.#runs.size;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#runs.at(middle)!.first <= number) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
