// That numbers lie in the ranges their rows name.

import { isWithin } from "./bounds.ts";
import { OptionError } from "./option_error.ts";
import { flagName, type OptionRow, type OptionTable, rowsOf } from "./option_row.ts";
import { type Resolution, type ResolveInputs, resolveOptions } from "./resolve.ts";
import { boundsText } from "./value_types.ts";

/** Throws OptionError, exit code 1, when a number is out of its row's range. */
export function checkRange(key: string, row: OptionRow, value: unknown): void {
  if (row.bounds === undefined || typeof value !== "number" || isWithin(row.bounds, value)) return;
  throw new OptionError(`--${flagName(key, row)} must be ${boundsText(row)}`, 1);
}

/** The same for every row of a table. */
export function checkRanges(table: OptionTable, options: Readonly<Record<string, unknown>>): void {
  for (const [key, row] of rowsOf(table)) checkRange(key, row, options[key]);
}

/** Resolves a command line of which no more is asked than ranges. Throws OptionError. */
export function resolveChecked<Table extends OptionTable>(
  table: Table,
  words: readonly string[],
  inputs: ResolveInputs<Table>,
): Resolution<Table> {
  const resolution = resolveOptions(table, words, inputs);
  if (resolution.kind === "options") checkRanges(table, resolution.options);
  return resolution;
}
