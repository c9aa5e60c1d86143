// When messages fail, take fewer: after a failure everything pauses for 2^level seconds, then one message is tried;
// if that succeeds the level falls, else it rises. At level 0 the full flow comes back. NSQ's clients do it this way.
// Knows neither timers nor connections: who owns it runs the pause.
// Invariant: level is 0 exactly in state "flowing".

/** How long a pause is: as long as its level says, or by chance up to that, so that many consumers do not return in step. */
export const BACKOFF_STRATEGIES = ["exponential", "full_jitter"] as const;
/** One of the strategies. */
export type BackoffStrategy = typeof BACKOFF_STRATEGIES[number];

/** How backing off behaves; times in milliseconds. */
export interface BackoffSettings {
  /** How long a pause is, given its level; `exponential`. */
  readonly backoffStrategy: BackoffStrategy;
  /** The pause at level n is this times 2^n. */
  readonly backoffMultiplierMs: number;
  /** No pause is longer; 0 turns backing off off. */
  readonly maxBackoffMs: number;
}

/** Full flow, none, or one message at a time. */
export type BackoffState = "flowing" | "pausing" | "probing";

/** The level of trouble, from outcomes of messages. */
export class Backoff {
  readonly #settings: BackoffSettings;
  #level = 0;
  #state: BackoffState = "flowing";

  constructor(settings: BackoffSettings) {
    this.#settings = settings;
  }

  /** How many failures deep we are. */
  get level(): number {
    return this.#level;
  }

  /** What may be asked of the server. */
  get state(): BackoffState {
    return this.#state;
  }

  /** How long a pause at the current level takes. `random` is from 0 to below 1. */
  pauseMs(random: number): number {
    const { backoffStrategy } = this.#settings;
    return this.#pauseMsAt(this.#level) * (backoffStrategy === "full_jitter" ? random : 1);
  }

  /**
   * Counts an outcome and says whether the state changed. Outcomes during a pause do not count: they come from
   * messages that were taken before it, and many failing at once are one trouble, not many.
   */
  record(isSuccess: boolean): boolean {
    const { maxBackoffMs } = this.#settings;
    if (maxBackoffMs === 0 || this.#state === "pausing") return false;
    if (isSuccess && this.#level === 0) return false;
    if (isSuccess) this.#level--;
    else if (this.#level === 0 || this.#pauseMsAt(this.#level) < maxBackoffMs) this.#level++;
    this.#state = this.#level === 0 ? "flowing" : "pausing";
    return true;
  }

  /** The pause is over: one message may be tried. */
  endPause(): void {
    if (this.#state === "pausing") this.#state = "probing";
  }

  #pauseMsAt(level: number): number {
    const { backoffMultiplierMs, maxBackoffMs } = this.#settings;
    return Math.min(backoffMultiplierMs * 2 ** level, maxBackoffMs);
  }
}
