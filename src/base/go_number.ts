// Numbers and booleans in the text forms that Go's standard library reads, because that is how
// people already write them on command lines and in files. Knows no flag and no file.
// Invariant: a result is a finite number or a boolean, never NaN.

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

const TRUE_WORDS: ReadonlySet<string> = new Set(["1", "t", "T", "true", "TRUE", "True"]);
const FALSE_WORDS: ReadonlySet<string> = new Set(["0", "f", "F", "false", "FALSE", "False"]);

// An underscore may follow a base prefix or stand between digits. A leading zero alone means octal.
const INTEGER_FORMS: readonly { form: RegExp; prefix: string }[] = [
  { form: /^0[xX]((?:_?[0-9a-fA-F])+)$/, prefix: "0x" },
  { form: /^0[bB]((?:_?[01])+)$/, prefix: "0b" },
  { form: /^0[oO]((?:_?[0-7])+)$/, prefix: "0o" },
  { form: /^0((?:_?[0-7])+)$/, prefix: "0o" },
  { form: /^([1-9](?:_?[0-9])*|0)$/, prefix: "" },
];
const DECIMAL_FORM: readonly { form: RegExp; prefix: string }[] = [
  { form: /^([0-9]+)$/, prefix: "" },
];
const FLOAT_FORM = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;

/**
 * Reads a signed 64-bit integer: decimal, `0x`, `0o`, `0b` or a leading zero for octal, with `_`
 * between digits; or, with `base` 10, plain decimal digits alone.
 * Beyond 2^53 the result is the nearest number.
 * Throws SyntaxError when the text is no integer, RangeError when it needs more than 64 bits.
 */
export function parseGoInteger(text: string, base: 0 | 10 = 0): number {
  const isNegative = text.startsWith("-");
  const digits = /^[+-]/.test(text) ? text.slice(1) : text;
  for (const { form, prefix } of base === 0 ? INTEGER_FORMS : DECIMAL_FORM) {
    const match = form.exec(digits)?.[1];
    if (match === undefined) continue;
    const magnitude = BigInt(prefix + match.replaceAll("_", ""));
    const value = isNegative ? -magnitude : magnitude;
    if (value < INT64_MIN || value > INT64_MAX) throw new RangeError("value out of range");
    return Number(value);
  }
  throw new SyntaxError("parse error");
}

/** Reads `1 t T true TRUE True` or `0 f F false FALSE False`. Throws SyntaxError otherwise. */
export function parseGoBoolean(text: string): boolean {
  if (TRUE_WORDS.has(text)) return true;
  if (FALSE_WORDS.has(text)) return false;
  throw new SyntaxError("parse error");
}

/**
 * Reads a decimal number such as `0.99`, `.5` or `1e-3`. Infinity and NaN are refused: no quantity
 * is meant by them. Throws SyntaxError for other text, RangeError when it is too large.
 */
export function parseGoFloat(text: string): number {
  if (!FLOAT_FORM.test(text)) throw new SyntaxError("parse error");
  const value = Number(text);
  if (!Number.isFinite(value)) throw new RangeError("value out of range");
  return value;
}
