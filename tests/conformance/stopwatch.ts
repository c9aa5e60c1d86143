/**
 * How long something took since a case's `mark`, when the one who measures may be late himself.
 *
 * A replayer that stood still before it came to the mark, sees what the broker began earlier come
 * too early. So the longest it can have taken counts from when the broker was last told something.
 */

/** The time since the mark, in seconds; what is measured took between the two. */
export type Elapsed = { readonly shortestS: number; readonly longestS: number };

/** Measures from one mark at a time. */
export class Stopwatch {
  readonly #nowMs: () => number;
  #saidMs: number;
  #markedMs: number;
  #beganMs: number;

  /** Stands at its mark at once. `nowMs` is a clock that only goes forward. */
  constructor(nowMs = () => performance.now()) {
    this.#nowMs = nowMs;
    this.#saidMs = this.#markedMs = this.#beganMs = nowMs();
  }

  /** The broker is told something now. After the mark, this is what is measured. */
  said(): void {
    this.#saidMs = this.#nowMs();
    this.#beganMs = this.#markedMs;
  }

  /** Sets the mark. */
  mark(): void {
    this.#markedMs = this.#nowMs();
    this.#beganMs = this.#saidMs;
  }

  /** What has passed by now. */
  get elapsed(): Elapsed {
    const nowMs = this.#nowMs();
    return {
      shortestS: (nowMs - this.#markedMs) / 1000,
      longestS: (nowMs - this.#beganMs) / 1000,
    };
  }
}
