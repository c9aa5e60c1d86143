// Invariants of the product: a broken one is a bug of ours, never a client's doing.

/** Throws an `Error` naming the broken invariant when `condition` is false. */
export function assert(condition: boolean, invariant: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${invariant}`);
}
