/** A long line of small numbers that grows as it is written; what was never written is 0. */
export class Column {
  #numbers: Uint32Array;

  constructor(capacity = 1024) {
    this.#numbers = new Uint32Array(capacity);
  }

  /** The number at `index`. */
  at(index: number): number {
    return this.#numbers[index] ?? 0;
  }

  /** Writes the number at `index`. */
  set(index: number, value: number): void {
    if (index >= this.#numbers.length) {
      const grown = new Uint32Array(Math.max(index + 1, 2 * this.#numbers.length));
      grown.set(this.#numbers);
      this.#numbers = grown;
    }
    this.#numbers[index] = value;
  }
}
