// A set of whole numbers kept as ranges [first, end): sorted, disjoint, never touching. A run of neighbours costs two
// numbers however long it is. The ranges lie in blocks of bounded size, so that a change in the middle of very many
// moves one block only. Invariant: within and across blocks, end of a range < first of the next one.

/** A block that grows past this is cut in two. */
const BLOCK_RANGES_MAX = 512;

interface Block {
  firsts: number[];
  ends: number[];
  /** Numbers in all its ranges. */
  size: number;
}

/** A set of numbers; all are integers below 2^53. Adding at the end takes constant time. */
export class IntervalSet {
  #blocks: Block[] = [];
  #size = 0;

  /** A set of the ranges in `bounds`: first, end, first, end, and so on, in any order. */
  static from(bounds: ArrayLike<number>): IntervalSet {
    const set = new IntervalSet();
    for (let index = 0; index + 1 < bounds.length; index += 2) {
      set.add(bounds[index]!, bounds[index + 1]!);
    }
    return set;
  }

  /** How many numbers are in the set. */
  get size(): number {
    return this.#size;
  }

  /** How many ranges they form. */
  get rangeCount(): number {
    return this.#blocks.reduce((count, block) => count + block.firsts.length, 0);
  }

  /** Adds the numbers from `first` to `end` - 1; those already there make no difference. */
  add(first: number, end: number): void {
    if (end <= first) return;
    const block = this.#blocks.at(-1);
    const last = block?.ends.at(-1) ?? -Infinity;
    if (block === undefined || first > last) return this.#append(first, end);
    if (first < last) return this.#merge(first, end);
    block.ends[block.ends.length - 1] = end;
    this.#count(block, end - first);
  }

  #append(first: number, end: number): void {
    let block = this.#blocks.at(-1);
    if (block === undefined || block.firsts.length >= BLOCK_RANGES_MAX) {
      block = { firsts: [], ends: [], size: 0 };
      this.#blocks.push(block);
    }
    block.firsts.push(first);
    block.ends.push(end);
    this.#count(block, end - first);
  }

  /** Puts one range in the place of all that it overlaps or touches; there is a range that ends at or behind `first`. */
  #merge(first: number, end: number): void {
    const at = this.#blockEndingFrom(first);
    const block = this.#blocks[at]!;
    const index = lowerBound(block.ends, first);
    const mergedFirst = Math.min(first, block.firsts[index]!);
    const mergedEnd = Math.max(end, this.#absorb(at, index, end));
    block.firsts.splice(index, 0, mergedFirst);
    block.ends.splice(index, 0, mergedEnd);
    this.#count(block, mergedEnd - mergedFirst);
    if (block.firsts.length > BLOCK_RANGES_MAX) this.#cut(at);
  }

  /** Takes out the ranges from `index` of block `at` on that begin at or before `end`; says where the last one ended. */
  #absorb(at: number, index: number, end: number): number {
    const block = this.#blocks[at]!;
    let lastEnd = this.#takeOut(block, index, lowerBound(block.firsts, end + 1));
    if (index < block.firsts.length) return lastEnd;
    let next = at + 1;
    while (next < this.#blocks.length && this.#blocks[next]!.ends.at(-1)! <= end) {
      this.#count(this.#blocks[next]!, -this.#blocks[next]!.size);
      next++;
    }
    this.#blocks.splice(at + 1, next - at - 1);
    const following = this.#blocks[at + 1];
    if (following === undefined) return lastEnd;
    const taken = lowerBound(following.firsts, end + 1);
    lastEnd = Math.max(lastEnd, this.#takeOut(following, 0, taken));
    if (following.firsts.length === 0) this.#blocks.splice(at + 1, 1);
    return lastEnd;
  }

  #takeOut(block: Block, from: number, to: number): number {
    if (to <= from) return -Infinity;
    let size = 0;
    for (let index = from; index < to; index++) size += block.ends[index]! - block.firsts[index]!;
    const lastEnd = block.ends[to - 1]!;
    block.firsts.splice(from, to - from);
    block.ends.splice(from, to - from);
    this.#count(block, -size);
    return lastEnd;
  }

  #cut(at: number): void {
    const block = this.#blocks[at]!;
    const half = block.firsts.length >> 1;
    const firsts = block.firsts.splice(half);
    const ends = block.ends.splice(half);
    const size = ends.reduce((sum, end, index) => sum + end - firsts[index]!, 0);
    block.size -= size;
    this.#blocks.splice(at + 1, 0, { firsts, ends, size });
  }

  #count(block: Block, size: number): void {
    block.size += size;
    this.#size += size;
  }

  /** Whether `number` is in the set. */
  has(number: number): boolean {
    return this.gapFrom(number) !== number;
  }

  /** The smallest number that is not in the set and not below `number`. */
  gapFrom(number: number): number {
    const block = this.#blocks[this.#blockEndingFrom(number + 1)];
    if (block === undefined) return number;
    const index = lowerBound(block.ends, number + 1);
    return block.firsts[index]! <= number ? block.ends[index]! : number;
  }

  /** The smallest number of the set that is not below `number`; Infinity when there is none. */
  memberFrom(number: number): number {
    const block = this.#blocks[this.#blockEndingFrom(number + 1)];
    if (block === undefined) return Infinity;
    return Math.max(number, block.firsts[lowerBound(block.ends, number + 1)]!);
  }

  /** How many numbers from `first` to `end` - 1 are in the set. */
  countWithin(first: number, end: number): number {
    let count = 0;
    for (let at = this.#blockEndingFrom(first + 1); at < this.#blocks.length; at++) {
      const block = this.#blocks[at]!;
      if (block.firsts[0]! >= end) break;
      const isWhole = block.firsts[0]! >= first && block.ends.at(-1)! <= end;
      count += isWhole ? block.size : countInBlock(block, first, end);
    }
    return count;
  }

  /** Forgets every number below `number`. */
  removeBelow(number: number): void {
    const at = this.#blockEndingFrom(number + 1);
    for (const block of this.#blocks.splice(0, at)) this.#size -= block.size;
    const block = this.#blocks[0];
    if (block === undefined) return;
    this.#takeOut(block, 0, lowerBound(block.ends, number + 1));
    const excess = Math.max(0, number - block.firsts[0]!);
    block.firsts[0]! += excess;
    this.#count(block, -excess);
  }

  /** The ranges in order, as pairs first, end. The set must not change meanwhile. */
  *ranges(): Iterable<[first: number, end: number]> {
    for (const { firsts, ends } of this.#blocks) {
      for (let index = 0; index < firsts.length; index++) yield [firsts[index]!, ends[index]!];
    }
  }

  /** The index of the first block whose last range ends at or behind `number`. */
  #blockEndingFrom(number: number): number {
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#blocks[middle]!.ends.at(-1)! < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function countInBlock(block: Block, first: number, end: number): number {
  let count = 0;
  for (let index = lowerBound(block.ends, first + 1); index < block.ends.length; index++) {
    if (block.firsts[index]! >= end) break;
    count += Math.min(end, block.ends[index]!) - Math.max(first, block.firsts[index]!);
  }
  return count;
}

/** The index of the first element that is not below `value`. */
function lowerBound(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
