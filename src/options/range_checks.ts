// Options of which nothing is asked but that numbers lie in their ranges: what programs without rules of their own use.

import { isWithin } from "./bounds.ts";
import { OptionError } from "./option_error.ts";
import { flagName, type OptionTable, rowsOf } from "./option_row.ts";
import { type Resolution, type ResolveInputs, resolveOptions } from "./resolve.ts";
import { boundsText } from "./value_types.ts";

/** Resolves a command line as `resolveOptions` does. Throws OptionError, exit code 1 for a number out of range. */
export function resolveChecked<Table extends OptionTable>(
  table: Table,
  words: readonly string[],
  inputs: ResolveInputs<Table>,
): Resolution<Table> {
  const resolution = resolveOptions(table, words, inputs);
  if (resolution.kind !== "options") return resolution;
  for (const [key, row] of rowsOf(table)) {
    const value: unknown = resolution.options[key];
    if (row.bounds === undefined || typeof value !== "number") continue;
    if (isWithin(row.bounds, value)) continue;
    throw new OptionError(`--${flagName(key, row)} must be ${boundsText(row)}`, 1);
  }
  return resolution;
}
