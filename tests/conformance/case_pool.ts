/**
 * Plays many cases at once, a bounded number of them at a time.
 *
 * Most of a case's time is waiting, so results are prepared ahead of the one that is asked for;
 * but only once cases are asked for one after the other. A single selected case starts no other.
 * The slow cases of `pace.ts` do nothing but wait: they run beside the others, and begin early.
 */
import type { Daemon } from "./daemon.ts";
import { paceOf } from "./pace.ts";
import { killAll } from "./process.ts";
import { type CaseResult, replayCase } from "./replayer.ts";
import { mayShareDaemon, SharedDaemon } from "./shared_daemon.ts";
import type { Case } from "./vectors.ts";

/** How many cases run at a time when nothing else is said. */
export const JOBS_DEFAULT = Math.min(8, Math.max(2, 2 * navigator.hardwareConcurrency));

const AHEAD_MAX = 24;
/** Slow cases at a time, for each of the others. */
const SLOW_FOR_EACH = 2;

/** Cases that wait for their turn, and those whose turn it is. */
class Lane {
  readonly waiting: number[] = [];
  readonly running = new Set<Promise<void>>();
  readonly #jobsMax: number;

  constructor(jobsMax: number) {
    this.#jobsMax = jobsMax;
  }

  /** The next case, if one more may run. */
  next(): number | undefined {
    return this.running.size < this.#jobsMax ? this.waiting.shift() : undefined;
  }
}

/** A list of cases, each played at most once. */
export class CasePool {
  readonly #cases: readonly Case[];
  readonly #replay: typeof replayCase;
  readonly #results = new Map<number, PromiseWithResolvers<CaseResult>>();
  readonly #quick: Lane;
  readonly #slow: Lane;
  #shared: SharedDaemon | null = null;
  #lastAsked = -1;
  #askedInARow = 0;
  #isClosed = false;

  /** Plays nothing yet; `play` is how a case is played. */
  constructor(cases: readonly Case[], jobsMax = JOBS_DEFAULT, play = replayCase) {
    this.#cases = cases;
    this.#quick = new Lane(jobsMax);
    this.#slow = new Lane(SLOW_FOR_EACH * jobsMax);
    this.#replay = play;
  }

  /** The result of the case at that index; following ones may be played meanwhile. */
  async result(index: number): Promise<CaseResult> {
    this.#askedInARow = index === this.#lastAsked + 1 ? this.#askedInARow + 1 : 0;
    this.#lastAsked = index;
    const aheadCount = Math.min(AHEAD_MAX, 2 * this.#askedInARow);
    const end = Math.min(this.#cases.length, index + aheadCount + 1);
    const results = [];
    for (let next = index; next < end; next++) results.push(this.#schedule(next));
    if (aheadCount === AHEAD_MAX) this.#scheduleSlow(index);
    this.#playNext();
    return await results[0]!;
  }

  /** All results, as they come. */
  async playAll(each: (result: CaseResult) => void): Promise<void> {
    const all = this.#cases.map((_, index) => this.#schedule(index).then(each));
    this.#playNext();
    await Promise.all(all);
  }

  /** Whoever asks for so many in a row wants them all. */
  #scheduleSlow(from: number): void {
    for (let index = from; index < this.#cases.length; index++) {
      if (paceOf(this.#cases[index]!) > 1) this.#schedule(index);
    }
  }

  #schedule(index: number): Promise<CaseResult> {
    const known = this.#results.get(index);
    if (known !== undefined) return known.promise;
    const result = Promise.withResolvers<CaseResult>();
    result.promise.catch(() => {}); // reported to the one who asks for it
    this.#results.set(index, result);
    this.#laneOf(index).waiting.push(index);
    return result.promise;
  }

  #laneOf(index: number): Lane {
    return paceOf(this.#cases[index]!) > 1 ? this.#slow : this.#quick;
  }

  #playNext(): void {
    for (const lane of [this.#slow, this.#quick]) this.#playNextOf(lane);
  }

  #playNextOf(lane: Lane): void {
    while (!this.#isClosed) {
      const index = lane.next();
      if (index === undefined) return;
      const playing = this.#play(index).then(() => {
        lane.running.delete(playing);
        this.#playNextOf(lane);
      });
      lane.running.add(playing);
    }
  }

  async #play(index: number): Promise<void> {
    const result = this.#results.get(index)!;
    const recorded = this.#cases[index]!;
    try {
      result.resolve(await this.#replay(recorded, await this.#daemonFor(recorded)));
    } catch (error) {
      result.reject(error);
    }
  }

  /** The shared daemon, or null for one of its own; then a daemon that cannot start shows there. */
  async #daemonFor(recorded: Case): Promise<Daemon | null> {
    if (!mayShareDaemon(recorded)) return null;
    this.#shared ??= new SharedDaemon();
    return await this.#shared.borrow().catch(() => null);
  }

  /** Starts no more cases, cuts the running ones short and leaves no process and file behind. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await killAll();
    await Promise.allSettled([...this.#quick.running, ...this.#slow.running]);
    await this.#shared?.close();
  }
}
