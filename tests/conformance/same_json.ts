/**
 * Equality of JSON values, and where two of them differ.
 *
 * The order of keys is free, that of lists is not. Knows no placeholders: `normalise.ts` has put
 * them in before.
 */
import type { Json } from "./vectors.ts";

/** Whether both are the same value of the same type. */
export function isSameJson(a: Json, b: Json): boolean {
  return differingPath(a, b) === null;
}

/** The path to the first difference (`json/topics/0/depth`), "" for the whole, null if none. */
export function differingPath(a: Json, b: Json): string | null {
  if (a === b) return null;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length ? firstDifference(a.keys(), (i) => [a[i], b[i]]) : "";
  }
  if (!isObject(a) || !isObject(b)) return "";
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return firstDifference(keys, (key) => [a[key], b[key]]);
}

function firstDifference<Key extends string | number>(
  keys: Iterable<Key>,
  pairAt: (key: Key) => [Json | undefined, Json | undefined],
): string | null {
  for (const key of keys) {
    const [a, b] = pairAt(key);
    if (a === undefined || b === undefined) return `${key}`;
    const below = differingPath(a, b);
    if (below !== null) return below === "" ? `${key}` : `${key}/${below}`;
  }
  return null;
}

function isObject(value: Json): value is { [key: string]: Json } {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
