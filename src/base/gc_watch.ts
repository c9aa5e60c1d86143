// Garbage collections of this thread. V8 writes four kilobytes about each while it is watched, so it is watched from the first
// time somebody asks until nobody has asked for ten minutes; who never asks pays nothing.

import * as v8 from "node:v8";

/** Deno has had it since 2.9; without it nothing is counted. */
const Profiler = (v8 as Partial<typeof v8>).GCProfiler;

/** How often what V8 has written is taken in. */
const TAKE_MS = 1000;
const UNWANTED_MS = 600_000;
/** So many of the latest pauses are kept for quantiles, as upstream does. */
const PAUSES_MAX = 256;
const NANOSECONDS_PER_MS = 1e6;

/** Collections of one kind since the watch began. */
export interface GcTally {
  count: number;
  pausesMs: number;
}

interface Profile {
  readonly statistics: readonly { readonly gcType: string; readonly cost: number }[];
}

/** Watches while it is asked. */
export class GcWatch {
  readonly #nowMs: () => number;
  readonly #tallies = new Map<string, GcTally>();
  readonly #pausesMs: number[] = [];
  #profiler: v8.GCProfiler | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #askedMs = 0;

  /** @param nowMs a clock that only goes forward */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Collections by V8's name of their kind; none before the second time somebody asks. */
  get tallies(): ReadonlyMap<string, Readonly<GcTally>> {
    this.#askedMs = this.#nowMs();
    if (this.#profiler === undefined) this.#start();
    else this.#take();
    return this.#tallies;
  }

  /** How many there were while it watched; asking does not begin to watch. */
  get count(): number {
    let count = 0;
    for (const tally of this.#tallies.values()) count += tally.count;
    return count;
  }

  /** The pause that so many percent of the latest did not exceed, ms; 0 while there are none. */
  pauseMs(percent: number): number {
    const sorted = this.#pausesMs.toSorted((one, other) => one - other);
    const index = Math.min(sorted.length - 1, Math.floor(percent / 100 * sorted.length + 0.5));
    return sorted[index] ?? 0;
  }

  #start(): void {
    if (Profiler === undefined) return;
    this.#profiler = begun(Profiler);
    const timer = setInterval(() => this.#tick(), TAKE_MS);
    Deno.unrefTimer(timer);
    this.#timer = timer;
  }

  #tick(): void {
    if (this.#nowMs() - this.#askedMs > UNWANTED_MS) this.stop();
    else this.#take();
  }

  #take(): void {
    // Deno's profiler can be stopped once; what happens until the next has begun is not counted.
    const profile = this.#profiler?.stop() as Profile | undefined;
    if (Profiler !== undefined) this.#profiler = begun(Profiler);
    for (const { gcType, cost } of profile?.statistics ?? []) {
      this.#note(gcType, cost / NANOSECONDS_PER_MS);
    }
  }

  #note(kind: string, pauseMs: number): void {
    const tally = this.#tallies.get(kind) ?? { count: 0, pausesMs: 0 };
    tally.count++;
    tally.pausesMs += pauseMs;
    this.#tallies.set(kind, tally);
    this.#pausesMs.push(pauseMs);
    if (this.#pausesMs.length > PAUSES_MAX) this.#pausesMs.shift();
  }

  /** Ends the watch until somebody asks again. */
  stop(): void {
    clearInterval(this.#timer);
    this.#profiler?.stop();
    this.#profiler = undefined;
  }
}

function begun(Profiler: typeof v8.GCProfiler): v8.GCProfiler {
  const profiler = new Profiler();
  profiler.start();
  return profiler;
}
