/**
 * The number on the counter between two readings of the cluster. Pure.
 * Invariant: it never runs backwards while the cluster does not.
 */

/** The count some time after a reading, at a rate per second; never below what was shown. */
export function runningCount(
  reading: number,
  rate: number,
  elapsedMs: number,
  shown: number,
): number {
  const ahead = Math.floor(reading + Math.max(rate, 0) * elapsedMs / 1000);
  // A restarted node counts from zero: a large step back is the truth, a small one is our guess.
  return shown > ahead && shown - ahead < Math.max(rate, 1) * 10 ? shown : ahead;
}
