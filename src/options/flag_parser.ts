// Reads a command line in the forms Go programs accept (`-x v`, `-x=v`, `--x v`, `--x=v`, a bare
// switch), for any table of options. Knows neither files nor defaults.
// Invariant: mistakes are reported in the order of the words, the first one ends the reading.

import { goQuoteText } from "../base/go_quote.ts";
// @ts-types="../base/std_types/parse_args.d.ts"
import { parseArgs } from "@std/cli/parse-args";
import { OptionError } from "./option_error.ts";
import {
  flagName,
  type KeyOf,
  type OptionRow,
  type OptionsOf,
  type OptionTable,
  type OptionValue,
  rowsOf,
} from "./option_row.ts";
import { valueTypeOf } from "./value_types.ts";

/** What a command line says: that help is wanted, or values of flags. */
export type ParsedFlags<Table extends OptionTable> =
  | { readonly kind: "help" }
  | {
    readonly kind: "flags";
    /** Only what was given. */
    readonly values: Partial<OptionsOf<Table>>;
    readonly given: ReadonlySet<KeyOf<Table>>;
    /** The words after the flags: from the first that is no flag, or after `--`. */
    readonly rest: readonly string[];
  };

/**
 * Parses the words of a command line, of which `table` names the flags. The last occurrence of a
 * flag wins, unless its type is repeatable. Throws OptionError.
 */
export function parseFlags<Table extends OptionTable>(
  table: Table,
  words: readonly string[],
): ParsedFlags<Table> {
  const rows = new Map(rowsOf(table).map(([key, row]) => [flagName(key, row), { key, row }]));
  const rewritten: string[] = [];
  const given = new Set<KeyOf<Table>>();
  let position = 0;
  while (position < words.length) {
    const flag = splitFlag(words[position] ?? "");
    if (flag === undefined) break;
    position++;
    const found = rows.get(flag.name);
    if (found === undefined) {
      if (flag.name === "help" || flag.name === "h") return { kind: "help" };
      throw new OptionError(`flag provided but not defined: -${flag.name}`, 2);
    }
    let text = flag.value;
    if (text === undefined) {
      if (valueTypeOf(found.row).isSwitch) text = "true";
      else if (position < words.length) text = words[position++] ?? "";
      else throw new OptionError(`flag needs an argument: -${flag.name}`, 2);
    }
    const value = readFlag(flag.name, text, found.row);
    // parse_args understands no switch words but true and false, and no single dash.
    rewritten.push(`--${flag.name}=${found.row.type === "bool" ? value : text}`);
    given.add(found.key);
  }
  if (words[position] === "--") position++;
  return {
    kind: "flags",
    values: collectValues(table, rewritten, given),
    given,
    rest: words.slice(position),
  };
}

/** Name and value of a flag; undefined for a word that ends the flags. */
function splitFlag(word: string): { name: string; value: string | undefined } | undefined {
  if (word.length < 2 || !word.startsWith("-") || word === "--") return undefined;
  const body = word.slice(word.startsWith("--") ? 2 : 1);
  if (/^[-=]/.test(body)) throw new OptionError(`bad flag syntax: ${word}`, 2);
  const equals = body.indexOf("=");
  if (equals === -1) return { name: body, value: undefined };
  return { name: body.slice(0, equals), value: body.slice(equals + 1) };
}

function readFlag(name: string, text: string, row: OptionRow): OptionValue {
  const type = valueTypeOf(row);
  try {
    return type.fromText(text, row);
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
    const subject = type.isSwitch
      ? `invalid boolean value ${goQuoteText(text)} for -${name}`
      : `invalid value ${goQuoteText(text)} for flag -${name}`;
    throw new OptionError(`${subject}: ${error.message}`, 2);
  }
}

/** The second stage: what the words, all of the form `--name=value`, amount to. */
function collectValues<Table extends OptionTable>(
  table: Table,
  words: readonly string[],
  given: ReadonlySet<KeyOf<Table>>,
): Partial<OptionsOf<Table>> {
  const rows = rowsOf(table);
  const namesWhere = (isWanted: (row: OptionRow) => boolean) =>
    rows.filter(([, row]) => isWanted(row)).map(([key, row]) => flagName(key, row));
  const parsed = parseArgs(words, {
    string: namesWhere((row) => row.type !== "bool"),
    boolean: namesWhere((row) => row.type === "bool"),
    collect: namesWhere((row) => valueTypeOf(row).isRepeatable === true),
  });
  const values = rows.filter(([key]) => given.has(key)).map(([key, row]) => {
    const name = flagName(key, row);
    return [key, typedValue(name, parsed[name], row)];
  });
  return Object.fromEntries(values);
}

function typedValue(name: string, parsed: unknown, row: OptionRow): unknown {
  if (typeof parsed === "boolean") return parsed;
  if (!Array.isArray(parsed)) return readFlag(name, String(parsed), row);
  // A percentile flag may hold several numbers and its result is sorted, so all occurrences are
  // read as one text; the items of other lists are literal, commas included.
  if (row.type === "percentiles") return readFlag(name, parsed.join(","), row);
  return parsed;
}
