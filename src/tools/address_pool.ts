// Which of several addresses is used next: in turn, in turn without those that failed lately, or mostly the fastest.
// Knows neither what is sent nor how; time and chance are arguments.

/** How the next address is chosen. */
export const POOL_MODES = ["round-robin", "hostpool", "epsilon-greedy"] as const;
/** One of the modes. */
export type PoolMode = typeof POOL_MODES[number];

const REST_MS = 30_000;
const REST_MS_MAX = 15 * 60_000;
/** The share of choices that try any address instead of the fastest: it falls, but not to nothing. */
const EXPLORE_START = 0.3;
const EXPLORE_DECAY = 0.9;
const EXPLORE_END = 0.01;
const EXPLORE_STEP_MS = 10_000;
/** How fast the past is forgotten. */
const WINDOW_MS = 5 * 60_000;

interface Host {
  restMs: number;
  restsUntilMs: number;
  /** A mean of durations in which old ones count less; undefined before the first. */
  meanMs: number | undefined;
  measuredAtMs: number;
}

/** Addresses by index. */
export class AddressPool {
  readonly #mode: PoolMode;
  readonly #random: () => number;
  readonly #hosts: readonly Host[];
  #turn: number;
  #explore = EXPLORE_START;
  #exploreAtMs = -Infinity;

  /** `count` is at least 1; `random` gives numbers from 0 to below 1. */
  constructor(count: number, mode: PoolMode, random: () => number) {
    this.#mode = mode;
    this.#random = random;
    // Upstream counts before it chooses, in this mode only: the second address is first.
    this.#turn = mode === "round-robin" ? 1 % count : 0;
    this.#hosts = Array.from({ length: count }, () => ({
      restMs: 0,
      restsUntilMs: -Infinity,
      meanMs: undefined,
      measuredAtMs: 0,
    }));
  }

  /** The index of the address to use now. When all rest, all are tried again. */
  next(nowMs: number): number {
    const all = [...this.#hosts.keys()];
    if (this.#mode === "round-robin") return this.#inTurn(all);
    let awake = all.filter((index) => this.#hosts[index]!.restsUntilMs <= nowMs);
    if (awake.length === 0) {
      for (const host of this.#hosts) this.#wake(host);
      awake = all;
    }
    if (this.#mode === "hostpool" || this.#random() < this.#exploration(nowMs)) {
      return this.#inTurn(awake);
    }
    return this.#fastest(awake) ?? this.#inTurn(awake);
  }

  /** Tells how the use of an address ended, and how long it took. */
  report(index: number, isSuccess: boolean, durationMs: number, nowMs: number): void {
    const host = this.#hosts[index];
    if (host === undefined) return;
    if (isSuccess) {
      this.#wake(host);
      const age = Math.min((nowMs - host.measuredAtMs) / WINDOW_MS, 1);
      const weight = host.meanMs === undefined ? 1 : Math.max(age, 0.1);
      host.meanMs = (host.meanMs ?? 0) * (1 - weight) + durationMs * weight;
      host.measuredAtMs = nowMs;
    } else if (host.restsUntilMs <= nowMs) {
      // Failures of what was under way already are one failure.
      host.restMs = Math.min(host.restMs === 0 ? REST_MS : host.restMs * 2, REST_MS_MAX);
      host.restsUntilMs = nowMs + host.restMs;
    }
  }

  #wake(host: Host): void {
    host.restMs = 0;
    host.restsUntilMs = -Infinity;
  }

  #inTurn(indexes: readonly number[]): number {
    const count = this.#hosts.length;
    const distance = (index: number) => (index - this.#turn + count) % count;
    const chosen = indexes.reduce((a, b) => distance(b) < distance(a) ? b : a);
    this.#turn = (chosen + 1) % count;
    return chosen;
  }

  #exploration(nowMs: number): number {
    if (nowMs - this.#exploreAtMs > EXPLORE_STEP_MS) {
      const isFirst = this.#exploreAtMs === -Infinity;
      this.#exploreAtMs = nowMs;
      if (!isFirst) this.#explore = Math.max(this.#explore * EXPLORE_DECAY, EXPLORE_END);
    }
    return this.#explore;
  }

  /** Undefined while one of them is unknown: it comes in turn. */
  #fastest(indexes: readonly number[]): number | undefined {
    const means = indexes.map((index) => this.#hosts[index]!.meanMs);
    if (means.includes(undefined)) return undefined;
    const least = Math.min(...means.map((mean) => mean ?? Infinity));
    return indexes[means.indexOf(least)];
  }
}
