// How often names and tokens may be tried. Only what fails counts, but each attempt is counted until it is known to be
// right, so that many at once are no way around. Time is an argument.
// Invariant: what is remembered is bounded; who was forgotten begins anew.

/** Attempts at once and, after that, one each so often: for a user from an address, and for the address. */
const BOUNDS = {
  user: { burst: 5, everyMs: 12_000 },
  address: { burst: 30, everyMs: 2_000 },
} as const;
const REMEMBERED_MAX = 20_000;

interface Tally {
  /** Attempts that count at this moment. */
  count: number;
  atMs: number;
}

/** An attempt that is under way. */
export interface Attempt {
  /** It was right: it does not count. */
  forgive(): void;
}

/** Counts attempts. */
export class LoginAttempts {
  readonly #tallies = new Map<string, Tally>();

  /** Counts an attempt for a user, if one is named, or says after how many ms there may be one. */
  begin(user: string | undefined, address: string, nowMs: number): Attempt | number {
    const keys = [
      { key: `address ${address}`, bound: BOUNDS.address },
      ...user === undefined ? [] : [{ key: `user ${address} ${user}`, bound: BOUNDS.user }],
    ];
    const tallies = keys.map(({ key, bound }) => this.#tallyOf(key, bound.everyMs, nowMs));
    const waits = keys.map(({ bound }, index) =>
      (tallies[index]!.count + 1 - bound.burst) * bound.everyMs
    );
    const waitMs = Math.max(...waits);
    if (waitMs > 0) return waitMs;
    for (const tally of tallies) tally.count++;
    return {
      forgive: () => {
        for (const tally of tallies) tally.count = Math.max(0, tally.count - 1);
      },
    };
  }

  /** The tally, after what time has forgiven. */
  #tallyOf(key: string, everyMs: number, nowMs: number): Tally {
    const known = this.#tallies.get(key);
    this.#tallies.delete(key);
    const tally = known ?? { count: 0, atMs: nowMs };
    tally.count = Math.max(0, tally.count - (nowMs - tally.atMs) / everyMs);
    tally.atMs = nowMs;
    this.#tallies.set(key, tally);
    for (const oldest of this.#tallies.keys()) {
      if (this.#tallies.size <= REMEMBERED_MAX) break;
      this.#tallies.delete(oldest);
    }
    return tally;
  }
}
