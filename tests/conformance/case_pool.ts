/**
 * Plays many cases at once, a bounded number of them at a time.
 *
 * Most of a case's time is waiting, so results are prepared ahead of the one that is asked for;
 * but only once cases are asked for one after the other. A single selected case starts no other.
 */
import type { Daemon } from "./daemon.ts";
import { killAll } from "./process.ts";
import { type CaseResult, replayCase } from "./replayer.ts";
import { mayShareDaemon, SharedDaemon } from "./shared_daemon.ts";
import type { Case } from "./vectors.ts";

/** How many cases run at a time when nothing else is said. */
export const JOBS_DEFAULT = Math.min(8, Math.max(2, 2 * navigator.hardwareConcurrency));

const AHEAD_MAX = 24;

/** A list of cases, each played at most once. */
export class CasePool {
  readonly #cases: readonly Case[];
  readonly #jobsMax: number;
  readonly #replay: typeof replayCase;
  readonly #results = new Map<number, PromiseWithResolvers<CaseResult>>();
  readonly #waiting: number[] = [];
  #shared: SharedDaemon | null = null;
  readonly #running = new Set<Promise<void>>();
  #lastAsked = -1;
  #askedInARow = 0;
  #isClosed = false;

  /** Plays nothing yet; `play` is how a case is played. */
  constructor(cases: readonly Case[], jobsMax = JOBS_DEFAULT, play = replayCase) {
    this.#cases = cases;
    this.#jobsMax = jobsMax;
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
    this.#playNext();
    return await results[0]!;
  }

  /** All results, as they come. */
  async playAll(each: (result: CaseResult) => void): Promise<void> {
    const all = this.#cases.map((_, index) => this.#schedule(index).then(each));
    this.#playNext();
    await Promise.all(all);
  }

  #schedule(index: number): Promise<CaseResult> {
    const known = this.#results.get(index);
    if (known !== undefined) return known.promise;
    const result = Promise.withResolvers<CaseResult>();
    result.promise.catch(() => {}); // reported to the one who asks for it
    this.#results.set(index, result);
    this.#waiting.push(index);
    return result.promise;
  }

  #playNext(): void {
    while (this.#running.size < this.#jobsMax && !this.#isClosed) {
      const index = this.#waiting.shift();
      if (index === undefined) return;
      const playing = this.#play(index).then(() => {
        this.#running.delete(playing);
        this.#playNext();
      });
      this.#running.add(playing);
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
    await Promise.allSettled(this.#running);
    await this.#shared?.close();
  }
}
