// Numbers that look random and are the same for the same seed. For tests only.

/** A generator (xorshift, 32 bits). */
export class Random {
  #state: number;

  /** @param seed any integer */
  constructor(seed: number) {
    // Neighbouring seeds must not begin alike, and 0 is the one state that never changes.
    this.#state = (Math.imul(seed + 1, 0x9e3779b1) ^ 0x5bd1e995) >>> 0 || 1;
    for (let round = 0; round < 4; round++) this.#next();
  }

  #next(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state >>> 0;
    return this.#state;
  }

  /** An integer from 0 to `bound` - 1. */
  below(bound: number): number {
    return this.#next() % bound;
  }

  /** True `percent` times of a hundred. */
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  /** One of the elements; undefined when there are none. */
  pick<T>(elements: readonly T[]): T | undefined {
    return elements[this.below(Math.max(1, elements.length))];
  }
}
