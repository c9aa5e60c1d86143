/**
 * Chance that can be repeated: a small generator of numbers from a seed, and the choices actors make
 * with it. Every actor has its own, so that what one does never shifts the choices of another.
 */

/** A source of chance. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** The source of actor `index`. */
  static of(seed: number, index: number): Random {
    return new Random(Math.imul(seed ^ 0x9e3779b9, 2 * index + 1) + index);
  }

  /** From 0 to below 1. */
  next(): number {
    // A Weyl sequence, its values mixed by two rounds of multiplying and shifting.
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let value = this.#state;
    value = Math.imul(value ^ (value >>> 15), value | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `low` to `high`, both possible. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** True in `percent` of the cases. */
  chance(percent: number): boolean {
    return this.next() * 100 < percent;
  }

  /** One of these. */
  pick<T>(choices: readonly T[]): T {
    return choices[this.between(0, choices.length - 1)]!;
  }

  /** Random bytes. */
  bytes(count: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length: count }, () => this.between(0, 255));
  }
}

/** Waits. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The seed that SOAK_SEED names, or a new one; it is printed, so that a failure can be repeated. */
export function printedSeed(what: string): number {
  const named = Deno.env.get("SOAK_SEED");
  const seed = named ? Number(named) : Math.floor(Math.random() * 2 ** 32);
  say(`${what}: SOAK_SEED=${seed}`);
  return seed;
}

/** A line on stderr. */
export function say(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}
