// Randomness for what nobody may guess. It knows no seeds: whoever needs the same numbers again is given a function.

/** 32 random bits, from the system. */
export function randomUint32(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]!;
}
