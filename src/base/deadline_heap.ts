// Deadlines of many things, the earliest first, each thing at most once: a heap that knows where everything is,
// so that a deadline can be moved. Nothing is left behind when one is, however often.
// Invariant: entry.heapIndex is its place in the heap, or -1 outside; a parent's deadline is never after its children's.

/** Something that can have a deadline. The heap owns both fields while it holds the entry. */
export interface DeadlineEntry {
  /** Place in the heap; -1 while it has no deadline. */
  heapIndex: number;
  /** When it is due, ms. */
  deadlineMs: number;
}

/** Entries ordered by deadline; every change takes O(log size). */
export class DeadlineHeap<Entry extends DeadlineEntry> {
  readonly #entries: Entry[] = [];

  /** How many entries have a deadline. */
  get size(): number {
    return this.#entries.length;
  }

  /** The earliest deadline; Infinity when there is none. */
  get firstMs(): number {
    return this.#entries[0]?.deadlineMs ?? Infinity;
  }

  /** Gives the entry this deadline, whatever it had before. Infinity takes it out. */
  set(entry: Entry, deadlineMs: number): void {
    if (deadlineMs === Infinity) return this.remove(entry);
    const isLater = entry.heapIndex >= 0 && deadlineMs > entry.deadlineMs;
    entry.deadlineMs = deadlineMs;
    if (entry.heapIndex < 0) {
      entry.heapIndex = this.#entries.length;
      this.#entries.push(entry);
    }
    if (isLater) this.#sink(entry);
    else this.#rise(entry);
  }

  /** Takes the entry out; nothing happens when it is not in. */
  remove(entry: Entry): void {
    if (entry.heapIndex < 0) return;
    const last = this.#entries.pop()!;
    if (last !== entry) {
      last.heapIndex = entry.heapIndex;
      this.#entries[last.heapIndex] = last;
      this.#rise(last);
      this.#sink(last);
    }
    entry.heapIndex = -1;
  }

  /** Takes out the earliest entry if it is due at `nowMs`. */
  takeDue(nowMs: number): Entry | undefined {
    const entry = this.#entries[0];
    if (entry === undefined || entry.deadlineMs > nowMs) return undefined;
    this.remove(entry);
    return entry;
  }

  #rise(entry: Entry): void {
    const entries = this.#entries;
    let index = entry.heapIndex;
    while (index > 0) {
      const parent = entries[(index - 1) >> 1]!;
      if (parent.deadlineMs <= entry.deadlineMs) break;
      entries[index] = parent;
      parent.heapIndex = index;
      index = (index - 1) >> 1;
    }
    entries[index] = entry;
    entry.heapIndex = index;
  }

  #sink(entry: Entry): void {
    const entries = this.#entries;
    let index = entry.heapIndex;
    while (true) {
      let child = 2 * index + 1;
      if (child >= entries.length) break;
      const other = entries[child + 1];
      if (other !== undefined && other.deadlineMs < entries[child]!.deadlineMs) child++;
      if (entries[child]!.deadlineMs >= entry.deadlineMs) break;
      entries[index] = entries[child]!;
      entries[index]!.heapIndex = index;
      index = child;
    }
    entries[index] = entry;
    entry.heapIndex = index;
  }
}
