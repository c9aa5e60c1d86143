// How many messages each connection may have in flight, so that together they have `maxInFlight`. Pure arithmetic.
// Invariant: the shares add up to `maxInFlight` at most, and no two differ by more than one unless a limit makes them.

/**
 * Shares `maxInFlight` among connections. `limits` holds the largest share each server takes. When there are more
 * connections than messages some get none; `turn` counts up and moves on who that is.
 */
export function readyShares(
  maxInFlight: number,
  limits: readonly number[],
  turn: number,
): number[] {
  const count = limits.length;
  if (count === 0) return [];
  const base = Math.floor(maxInFlight / count);
  const extra = maxInFlight - base * count;
  return limits.map((limit, index) => {
    const place = (index + turn) % count;
    return Math.min(limit, base + (place < extra ? 1 : 0));
  });
}
