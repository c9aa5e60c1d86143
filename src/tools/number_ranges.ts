// A set of whole numbers that come mostly in runs, such as the lines of a file that failed, and its text: `3, 10-12`.
// Invariant: ranges are sorted, apart by at least one number, and bounded in count: past the bound only the size grows.

/** Kept in memory. */
const RANGES_MAX = 10_000;
/** Shown to people. */
const RANGES_SHOWN_MAX = 50;

/** Numbers, remembered as ranges. */
export class NumberRanges {
  /** How many numbers were added; each is to be added once. */
  size = 0;
  readonly #ranges: { first: number; last: number }[] = [];

  /** Adds a number. */
  add(number: number): void {
    this.size++;
    const ranges = this.#ranges;
    // Mostly they come nearly in order, so the place is near the end.
    let index = ranges.length;
    while (index > 0 && ranges[index - 1]!.first > number) index--;
    const before = ranges[index - 1];
    const after = ranges[index];
    const joinsBefore = before !== undefined && before.last + 1 >= number;
    const joinsAfter = after !== undefined && after.first - 1 === number;
    if (joinsBefore && joinsAfter) {
      before.last = after.last;
      ranges.splice(index, 1);
    } else if (joinsBefore) before.last = Math.max(before.last, number);
    else if (joinsAfter) after.first = number;
    else if (ranges.length < RANGES_MAX) ranges.splice(index, 0, { first: number, last: number });
  }

  /** The ranges, the first fifty in full. */
  toString(): string {
    const shown = this.#ranges.slice(0, RANGES_SHOWN_MAX);
    const texts = shown.map(({ first, last }) => first === last ? `${first}` : `${first}-${last}`);
    const named = shown.reduce((sum, { first, last }) => sum + last - first + 1, 0);
    const rest = this.size - named;
    return texts.join(", ") + (rest > 0 ? ` and ${rest} more` : "");
  }
}
