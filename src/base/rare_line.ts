// A line in the log for what a stranger can make happen as often as he likes: the first time it is told at once, then at
// most once in a while, with how often it happened in between.

const PAUSE_MS = 10_000;

/** Tells of something rarely. */
export class RareLine {
  readonly #write: (text: string) => void;
  readonly #nowMs: () => number;
  #nextMs = -Infinity;
  #leftOut = 0;

  /** `write` takes a line; `nowMs` is a clock that only goes forward. */
  constructor(write: (text: string) => void, nowMs: () => number) {
    this.#write = write;
    this.#nowMs = nowMs;
  }

  /** It happened (again). */
  say(text: string): void {
    const nowMs = this.#nowMs();
    if (nowMs < this.#nextMs) {
      this.#leftOut++;
      return;
    }
    const others = this.#leftOut === 0 ? "" : ` (and ${this.#leftOut} more since the last line)`;
    this.#write(text + others);
    this.#leftOut = 0;
    this.#nextMs = nowMs + PAUSE_MS;
  }
}
