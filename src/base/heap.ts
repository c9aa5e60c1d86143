// A binary min-heap by a number: the earliest deadline first.
// It knows nothing of what it holds; who changes a key removes the element before and adds it after.

interface Entry<T> {
  key: number;
  value: T;
}

/** Elements ordered by a numeric key; the smallest is always first. Push and shift take O(log size). */
export class Heap<T> {
  #entries: Entry<T>[] = [];

  /** How many elements it holds. */
  get size(): number {
    return this.#entries.length;
  }

  /** The smallest key; Infinity when empty. */
  get firstKey(): number {
    return this.#entries[0]?.key ?? Infinity;
  }

  /** Adds a value under a key; equal keys may leave in any order. */
  push(key: number, value: T): void {
    const entries = this.#entries;
    let index = entries.length;
    entries.push({ key, value });
    const entry = entries[index]!;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (entries[parent]!.key <= key) break;
      entries[index] = entries[parent]!;
      index = parent;
    }
    entries[index] = entry;
  }

  /** Takes out the value with the smallest key; undefined when empty. */
  shift(): T | undefined {
    const entries = this.#entries;
    const first = entries[0];
    const last = entries.pop();
    if (first === undefined || last === undefined) return undefined;
    if (entries.length > 0) this.#sink(last);
    return first.value;
  }

  /** Lets go of everything. */
  clear(): void {
    this.#entries = [];
  }

  /** The values in no particular order. */
  *values(): Iterable<T> {
    for (const entry of this.#entries) yield entry.value;
  }

  #sink(entry: Entry<T>): void {
    const entries = this.#entries;
    const size = entries.length;
    let index = 0;
    while (true) {
      let child = 2 * index + 1;
      if (child >= size) break;
      if (child + 1 < size && entries[child + 1]!.key < entries[child]!.key) child++;
      if (entries[child]!.key >= entry.key) break;
      entries[index] = entries[child]!;
      index = child;
    }
    entries[index] = entry;
  }
}
