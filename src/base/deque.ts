// A queue open at both ends, kept in one circular array.
// Invariant: 0 <= size <= capacity, capacity is a power of two, free slots hold undefined (so nothing is kept alive).

const CAPACITY_MIN = 8;

/** A first-in, first-out line with access by index; every operation takes constant time (growth amortised). */
export class Deque<T> {
  #slots: (T | undefined)[] = new Array(CAPACITY_MIN).fill(undefined);
  #head = 0;
  #size = 0;

  /** How many elements are in line. */
  get size(): number {
    return this.#size;
  }

  /** Puts an element at the end. */
  push(element: T): void {
    if (this.#size === this.#slots.length) this.#resize(this.#slots.length * 2);
    this.#slots[(this.#head + this.#size) & (this.#slots.length - 1)] = element;
    this.#size++;
  }

  /** Takes the first element out; undefined when the line is empty. */
  shift(): T | undefined {
    if (this.#size === 0) return undefined;
    const element = this.#slots[this.#head];
    this.#slots[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#slots.length - 1);
    this.#size--;
    if (this.#size * 8 < this.#slots.length && this.#slots.length > 1024) {
      this.#resize(this.#slots.length / 2);
    }
    return element;
  }

  /** Takes the last element out; undefined when the line is empty. */
  pop(): T | undefined {
    if (this.#size === 0) return undefined;
    this.#size--;
    const index = (this.#head + this.#size) & (this.#slots.length - 1);
    const element = this.#slots[index];
    this.#slots[index] = undefined;
    return element;
  }

  /** The element at `index` from the front, 0 being the first; undefined outside the line. */
  at(index: number): T | undefined {
    if (index < 0 || index >= this.#size) return undefined;
    return this.#slots[(this.#head + index) & (this.#slots.length - 1)];
  }

  /** The first element, left in place. */
  first(): T | undefined {
    return this.at(0);
  }

  /** The last element, left in place. */
  last(): T | undefined {
    return this.at(this.#size - 1);
  }

  /** Empties the line and lets go of its storage. */
  clear(): void {
    this.#slots = new Array(CAPACITY_MIN).fill(undefined);
    this.#head = 0;
    this.#size = 0;
  }

  /** The elements from first to last. The line must not change meanwhile. */
  *[Symbol.iterator](): Iterator<T> {
    for (let index = 0; index < this.#size; index++) yield this.at(index) as T;
  }

  #resize(capacity: number): void {
    const slots: (T | undefined)[] = new Array(capacity).fill(undefined);
    for (let index = 0; index < this.#size; index++) slots[index] = this.at(index);
    this.#slots = slots;
    this.#head = 0;
  }
}
