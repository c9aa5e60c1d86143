// How many messages each connection may have in flight, so that together they have `maxInFlight`. Pure arithmetic.
// Invariant: the shares add up to `maxInFlight` at most, and no two differ by more than one unless a limit makes them.

/** Shares `maxInFlight` among connections. `limits` holds the largest share each server takes. */
export function readyShares(maxInFlight: number, limits: readonly number[]): number[] {
  const count = limits.length;
  const base = Math.floor(maxInFlight / count);
  const extra = maxInFlight - base * count;
  return limits.map((limit, index) => Math.min(limit, base + (index < extra ? 1 : 0)));
}
