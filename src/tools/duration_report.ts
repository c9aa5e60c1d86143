// How long the latest deliveries took, a line now and then: for the log of tools that pass messages on. Pure.

/** Gathers durations and makes a line of each `every` of them. */
export class DurationReport {
  readonly #name: string;
  readonly #every: number;
  #durationsMs: number[] = [];
  #count = 0;

  /** `every` is 0 for no lines. */
  constructor(name: string, every: number) {
    this.#name = name;
    this.#every = every;
  }

  /** Adds one; returns the line when one is due. */
  add(durationMs: number): string | undefined {
    if (this.#every === 0) return undefined;
    this.#count++;
    this.#durationsMs.push(durationMs);
    if (this.#durationsMs.length < this.#every) return undefined;
    const sorted = this.#durationsMs.sort((a, b) => a - b);
    this.#durationsMs = [];
    const at = (share: number) => sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
    const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
    const text = (value: number) => `${value.toFixed(2)}ms`;
    return `[${this.#name}]: finished ${this.#count} - 99th: ${text(at(0.99))} - ` +
      `95th: ${text(at(0.95))} - avg: ${text(mean)}`;
  }
}
