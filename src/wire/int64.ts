// Decimal numbers as NSQ reads them from a command line: ASCII digits only, an empty text is 0, and what does not fit
// 64 bits wraps around instead of failing [quirk]. Numbers beyond 15 digits are bigint, so that nothing is rounded.

/** A signed 64-bit integer: a number where it is exact, else a bigint. */
export type Int64 = number | bigint;

const EXACT_DIGITS_MAX = 15;
const NANOSECONDS_PER_MS = 1_000_000n;

/** The digits from `start` to `end` as a signed 64-bit integer; undefined if another byte is among them. */
export function parseInt64(bytes: Uint8Array, start: number, end: number): Int64 | undefined {
  let value = 0;
  let text = "";
  for (let index = start; index < end; index++) {
    const digit = bytes[index]! - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
    if (end - start > EXACT_DIGITS_MAX) text += digit;
  }
  return end - start > EXACT_DIGITS_MAX ? BigInt.asIntN(64, BigInt(text)) : value;
}

/**
 * Milliseconds as the duration upstream makes of them: it multiplies to nanoseconds in 64 bits, unchecked, so large
 * values come out as something else, even negative [quirk].
 */
export function wrappedDurationMs(milliseconds: Int64): number {
  if (typeof milliseconds === "number" && milliseconds < 9_000_000_000_000) return milliseconds;
  return Number(BigInt.asIntN(64, BigInt(milliseconds) * NANOSECONDS_PER_MS)) / 1e6;
}
