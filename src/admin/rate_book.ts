// Rates of counters that are looked at now and then: remembers what each was the last time. Time is an argument.
// Invariant: what is remembered is bounded; what was looked at longest ago is forgotten first.

interface Entry {
  readonly atMs: number;
  readonly value: number;
  readonly rate: number | undefined;
}

const ENTRIES_MAX = 50_000;
/** Closer looks say little and get the rate of before; what is older says nothing about now. */
const APART_MS_MIN = 900;
const APART_MS_MAX = 120_000;

/** Remembers counters. */
export class RateBook {
  readonly #entries = new Map<string, Entry>();

  /** The rate per second of a counter that only grows; undefined at first, and when it fell. */
  rate(key: string, value: number, nowMs: number): number | undefined {
    const change = this.change(key, value, nowMs);
    return change !== undefined && change < 0 ? undefined : change;
  }

  /** How fast a figure changes, per second; undefined at first. */
  change(key: string, value: number, nowMs: number): number | undefined {
    const last = this.#entries.get(key);
    const apartMs = nowMs - (last?.atMs ?? -Infinity);
    if (last !== undefined && apartMs < APART_MS_MIN) return last.rate;
    const isComparable = last !== undefined && apartMs <= APART_MS_MAX;
    const rate = isComparable ? (value - last.value) * 1000 / apartMs : undefined;
    this.#entries.delete(key);
    this.#entries.set(key, { atMs: nowMs, value, rate });
    this.#forget();
    return rate;
  }

  #forget(): void {
    for (const key of this.#entries.keys()) {
      if (this.#entries.size <= ENTRIES_MAX) return;
      this.#entries.delete(key);
    }
  }
}
