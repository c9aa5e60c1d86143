/**
 * Waiting until something is so, by looking again and again: no test assumes how long anything takes. A limit makes what never
 * comes about a failure that says what was seen.
 */

/** What never comes about is given up after so long, unless somebody says otherwise. */
const LIMIT_MS = 30_000;
const LOOK_EVERY_MS = 20;

/** Looks until it is so. Throws what `describe` says after `limitMs`. */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  describe: () => string = () => "it never came to that",
  limitMs = LIMIT_MS,
): Promise<void> {
  await seen(isSo, (value) => value, { describe, limitMs });
}

/** Looks until it is enough; what was seen then. Throws with what was seen last after `limitMs`. */
export async function seen<Value>(
  look: () => Value | Promise<Value>,
  isEnough: (value: Value) => boolean,
  { describe = JSON.stringify as (value: Value) => string, limitMs = LIMIT_MS } = {},
): Promise<Value> {
  for (const endMs = performance.now() + limitMs;;) {
    const value = await look();
    if (isEnough(value)) return value;
    if (performance.now() > endMs) throw new Error(`Not within ${limitMs} ms: ${describe(value)}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
