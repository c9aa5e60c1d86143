// The range a number must lie in, and the sentence for one that does not. The lower end is given
// by `from` (included) or `above` (not), the upper by `to` (included) or `below` (not).

/** A range of numbers, in the unit of its option (milliseconds for a duration). */
export interface Bounds {
  readonly from?: number;
  readonly above?: number;
  readonly to?: number;
  readonly below?: number;
}

/** Whether a number lies inside. NaN never does. */
export function isWithin(bounds: Bounds, value: number): boolean {
  return value >= (bounds.from ?? -Infinity) && value <= (bounds.to ?? Infinity) &&
    (bounds.above === undefined || value > bounds.above) &&
    (bounds.below === undefined || value < bounds.below);
}

/** The range in text: `[1,9]`, `[0,1024)`, `>= 0`, `> 1s`. `show` renders an end. */
export function describeBounds(bounds: Bounds, show: (end: number) => string = String): string {
  const lower = bounds.from ?? bounds.above;
  const upper = bounds.to ?? bounds.below;
  const isOpenBelow = bounds.from === undefined;
  const isOpenAbove = bounds.to === undefined;
  if (lower !== undefined && upper !== undefined) {
    return `${isOpenBelow ? "(" : "["}${show(lower)},${show(upper)}${isOpenAbove ? ")" : "]"}`;
  }
  if (lower !== undefined) return `${isOpenBelow ? ">" : ">="} ${show(lower)}`;
  if (upper !== undefined) return `${isOpenAbove ? "<" : "<="} ${show(upper)}`;
  return "any number";
}
