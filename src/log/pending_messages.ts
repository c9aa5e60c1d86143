// Messages by number with what is to be remembered of each until it is finished: attempts, due time, where it lies.
// A million of them cost 34 bytes a slot and no objects: a hash table with open addressing, a column for each field.
// Invariant: the slots from a number's home to where it stands are all taken; at most three quarters are.

const SLOTS_MIN = 8;
const FREE = -1;
const UNKNOWN = -1;

/** What is known of a pending message. */
export interface PendingMessage {
  readonly number: number;
  /** Deliveries so far. */
  readonly attempts: number;
  /** When it may be delivered, ms since the Unix epoch; 0 is at once. */
  readonly dueWallMs: number;
  /** Where its record lies; undefined when the number has to lead there. */
  readonly place: Place | undefined;
}

/** Where a record lies. */
export interface Place {
  /** Number that its segment begins with. */
  readonly segment: number;
  /** Bytes before it in the segment. */
  readonly offset: number;
}

/** A table of pending messages. Setting, finding and deleting take constant time. */
export class PendingMessages {
  #size = 0;
  #numbers = new Float64Array(SLOTS_MIN).fill(FREE);
  #dues = new Float64Array(SLOTS_MIN);
  #segments = new Float64Array(SLOTS_MIN);
  #offsets = new Float64Array(SLOTS_MIN);
  #attempts = new Uint16Array(SLOTS_MIN);

  /** How many there are. */
  get size(): number {
    return this.#size;
  }

  /** Whether message `number` is among them. */
  has(number: number): boolean {
    return this.#numbers[this.#slotOf(number)] === number;
  }

  /** What is known of message `number`; undefined when it is not among them. */
  get(number: number): PendingMessage | undefined {
    const slot = this.#slotOf(number);
    return this.#numbers[slot] === number ? this.#messageIn(slot) : undefined;
  }

  /** Puts message `number` in, or changes it; without a place it keeps the one it has. */
  set(number: number, attempts: number, dueWallMs: number, place?: Place): void {
    let slot = this.#slotOf(number);
    if (this.#numbers[slot] !== number) {
      if ((this.#size + 1) * 4 > this.#numbers.length * 3) {
        this.#resize(this.#numbers.length * 2);
        slot = this.#slotOf(number);
      }
      this.#size++;
      this.#numbers[slot] = number;
      this.#segments[slot] = UNKNOWN;
    }
    this.#attempts[slot] = attempts;
    this.#dues[slot] = dueWallMs;
    if (place === undefined) return;
    this.#segments[slot] = place.segment;
    this.#offsets[slot] = place.offset;
  }

  /** Takes message `number` out; false when it was not there. */
  delete(number: number): boolean {
    const slot = this.#slotOf(number);
    if (this.#numbers[slot] !== number) return false;
    this.#size--;
    this.#closeGap(slot);
    if (this.#size * 8 < this.#numbers.length && this.#numbers.length > 1024) {
      this.#resize(this.#numbers.length / 2);
    }
    return true;
  }

  /** Takes out the messages from number `from` to `to` - 1. */
  deleteWithin(from: number, to: number): void {
    if (to - from <= this.#size) {
      for (let number = from; number < to; number++) this.delete(number);
      return;
    }
    const numbers = this.#numbers.filter((number) => number >= from && number < to);
    for (const number of numbers) this.delete(number);
  }

  /** Takes all of them out. */
  clear(): void {
    this.#size = 0;
    this.#allocate(SLOTS_MIN);
  }

  /** All of them, in no order. The table must not change meanwhile. */
  *[Symbol.iterator](): Iterator<PendingMessage> {
    for (let slot = 0; slot < this.#numbers.length; slot++) {
      if (this.#numbers[slot] !== FREE) yield this.#messageIn(slot);
    }
  }

  /** Their numbers, sorted, in fresh storage. */
  sortedNumbers(): Float64Array {
    return this.#numbers.filter((number) => number !== FREE).sort();
  }

  #messageIn(slot: number): PendingMessage {
    const segment = this.#segments[slot]!;
    return {
      number: this.#numbers[slot]!,
      attempts: this.#attempts[slot]!,
      dueWallMs: this.#dues[slot]!,
      place: segment === UNKNOWN ? undefined : { segment, offset: this.#offsets[slot]! },
    };
  }

  /** The slot where message `number` stands or would be put. */
  #slotOf(number: number): number {
    const mask = this.#numbers.length - 1;
    let slot = this.#homeOf(number);
    while (this.#numbers[slot] !== FREE && this.#numbers[slot] !== number) slot = (slot + 1) & mask;
    return slot;
  }

  #homeOf(number: number): number {
    const mixed = Math.imul((number >>> 0) ^ Math.floor(number / 2 ** 32), 0x9e3779b1);
    return (mixed ^ (mixed >>> 15)) & (this.#numbers.length - 1);
  }

  /** Frees a slot; what stands behind it moves up if that brings it nearer home. */
  #closeGap(gap: number): void {
    const mask = this.#numbers.length - 1;
    for (let slot = (gap + 1) & mask; this.#numbers[slot] !== FREE; slot = (slot + 1) & mask) {
      const distanceHome = (slot - this.#homeOf(this.#numbers[slot]!)) & mask;
      if (distanceHome < ((slot - gap) & mask)) continue;
      this.#copy(slot, gap);
      gap = slot;
    }
    this.#numbers[gap] = FREE;
  }

  #copy(from: number, to: number): void {
    this.#numbers[to] = this.#numbers[from]!;
    this.#dues[to] = this.#dues[from]!;
    this.#segments[to] = this.#segments[from]!;
    this.#offsets[to] = this.#offsets[from]!;
    this.#attempts[to] = this.#attempts[from]!;
  }

  #resize(slots: number): void {
    const numbers = this.#numbers;
    const dues = this.#dues;
    const segments = this.#segments;
    const offsets = this.#offsets;
    const attempts = this.#attempts;
    this.#allocate(slots);
    for (let from = 0; from < numbers.length; from++) {
      if (numbers[from] === FREE) continue;
      const to = this.#slotOf(numbers[from]!);
      this.#numbers[to] = numbers[from]!;
      this.#dues[to] = dues[from]!;
      this.#segments[to] = segments[from]!;
      this.#offsets[to] = offsets[from]!;
      this.#attempts[to] = attempts[from]!;
    }
  }

  #allocate(slots: number): void {
    this.#numbers = new Float64Array(slots).fill(FREE);
    this.#dues = new Float64Array(slots);
    this.#segments = new Float64Array(slots);
    this.#offsets = new Float64Array(slots);
    this.#attempts = new Uint16Array(slots);
  }
}
