// Durations in Go's text form: `1h30m`, `1.5s`, `250ms`. In our code a duration is a number of
// milliseconds, which may have a fraction. Knows neither clocks nor timers.
// Invariant: |duration| < 2^63 nanoseconds, and whole nanoseconds survive up to 104 days.

const INT64_MAX = 2n ** 63n - 1n;

const NANOSECONDS_OF_UNIT: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  "\u00b5s": 1_000n, // micro sign
  "\u03bcs": 1_000n, // Greek letter mu
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const PART = /([0-9]*)(?:\.([0-9]*))?(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/y;

/**
 * Reads a duration and returns milliseconds. Only `0` may stand without a unit; a fraction below
 * one nanosecond is dropped.
 * Throws SyntaxError, whose message says what is wrong, for other text and for durations of 2^63
 * nanoseconds or more.
 */
export function parseGoDuration(text: string): number {
  const isNegative = text.startsWith("-");
  const unsigned = /^[+-]/.test(text) ? text.slice(1) : text;
  if (unsigned === "0") return 0;
  if (/^[0-9]*\.?[0-9]+$/.test(unsigned)) {
    throw new SyntaxError(`time: missing unit in duration ${JSON.stringify(text)}`);
  }
  const nanoseconds = sumOfParts(unsigned);
  if (nanoseconds === undefined || nanoseconds > INT64_MAX) {
    throw new SyntaxError(`time: invalid duration ${JSON.stringify(text)}`);
  }
  const milliseconds = Number(nanoseconds) / 1e6;
  return isNegative && milliseconds !== 0 ? -milliseconds : milliseconds;
}

function sumOfParts(unsigned: string): bigint | undefined {
  let total = 0n;
  let position = 0;
  while (position < unsigned.length) {
    PART.lastIndex = position;
    const match = PART.exec(unsigned);
    const unit = NANOSECONDS_OF_UNIT[match?.[3] ?? ""];
    if (match === null || unit === undefined) return undefined;
    const whole = match[1] ?? "";
    const fraction = match[2] ?? "";
    if (whole === "" && fraction === "") return undefined;
    total += BigInt(whole || "0") * unit;
    total += BigInt(fraction || "0") * unit / 10n ** BigInt(fraction.length);
    position = PART.lastIndex;
  }
  return position === 0 ? undefined : total;
}

/** Whole nanoseconds of a duration in milliseconds. */
export function nanosecondsOf(durationMs: number): number {
  return Math.round(durationMs * 1e6);
}

/**
 * The shortest plain text of a duration in milliseconds, readable by `parseGoDuration`: `1h30m`,
 * `1.5s`, `250ms`, `250us`, `0s`.
 */
export function formatGoDuration(durationMs: number): string {
  if (durationMs < 0) return "-" + formatGoDuration(-durationMs);
  const nanoseconds = nanosecondsOf(durationMs);
  if (nanoseconds === 0) return "0s";
  if (nanoseconds < 1e3) return `${nanoseconds}ns`;
  if (nanoseconds < 1e6) return `${nanoseconds / 1e3}us`;
  if (nanoseconds < 1e9) return `${nanoseconds / 1e6}ms`;
  const minutes = Math.floor(nanoseconds / 60e9);
  const seconds = (nanoseconds - minutes * 60e9) / 1e9;
  const parts: readonly [number, string][] = [
    [Math.floor(minutes / 60), "h"],
    [minutes % 60, "m"],
    [seconds, "s"],
  ];
  return parts.filter(([count]) => count > 0).map(([count, unit]) => `${count}${unit}`).join("");
}
