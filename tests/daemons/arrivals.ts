/** What comes from somewhere bit by bit, and those who wait for something in it. It keeps nothing and knows no content. */

/** What does not come within this never does. */
const WAIT_MS_MAX = 30_000;

/** Who is told that something has come. */
export class Arrivals {
  /** Nothing more will come. */
  hasEnded = false;
  #waiting: (() => void)[] = [];

  /** Something has come. */
  came(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Nothing more will come. */
  end(): void {
    this.hasEnded = true;
    this.came();
  }

  /** What `find` gives once that is something. Throws `describe` when nothing more comes, and after half a minute. */
  async first<Value>(find: () => Value | undefined, describe: () => string): Promise<Value> {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.came();
    }, WAIT_MS_MAX);
    try {
      for (;;) {
        const found = find();
        if (found !== undefined) return found;
        if (this.hasEnded) throw new Error(`It ended without ${describe()}`);
        if (isLate) throw new Error(`Not within ${WAIT_MS_MAX} ms: ${describe()}`);
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
      }
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The first group of the first match in one of the texts, or all of it when there is no group. */
export function firstMatch(pattern: RegExp, texts: Iterable<string>): string | undefined {
  for (const text of texts) {
    const match = pattern.exec(text);
    if (match !== null) return match[1] ?? match[0];
  }
  return undefined;
}
