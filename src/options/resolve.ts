// Puts the options of a program together: a flag beats the file, the file beats the default. Serves
// any table; the keys `version` and `config` have a meaning here when the table has them.
// Invariant: every key of the table has a value, and `given` names those a person chose.

import { readConfigFile } from "./config_file.ts";
import { parseFlags } from "./flag_parser.ts";
import { flagName, type KeyOf, type OptionsOf, type OptionTable, rowsOf } from "./option_row.ts";

/** What the command line asks for. */
export type Resolution<Table extends OptionTable> =
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | {
    readonly kind: "options";
    readonly options: OptionsOf<Table>;
    /** Keys of the options given on the command line or in the file. */
    readonly given: ReadonlySet<KeyOf<Table>>;
    /** The words after the flags. */
    readonly rest: readonly string[];
  };

/** What resolving needs from outside. */
export interface ResolveInputs<Table extends OptionTable> {
  /** Returns the text of the file that `--config` names, or throws. */
  readonly readTextFile: (path: string) => string;
  /** Defaults that are only known at start; they take the place of the rows'. */
  readonly defaults?: Partial<OptionsOf<Table>>;
}

/** An option that was given although it changes nothing. */
export interface IdleOption {
  /** The flag, with dashes. */
  readonly name: string;
  readonly reason: string;
}

/**
 * Resolves a command line, without the program's name. `--version` wins before the file is read.
 * Throws OptionError.
 */
export function resolveOptions<Table extends OptionTable>(
  table: Table,
  words: readonly string[],
  inputs: ResolveInputs<Table>,
): Resolution<Table> {
  const flags = parseFlags(table, words);
  if (flags.kind === "help") return flags;
  const typed: Readonly<Record<string, unknown>> = flags.values;
  if (typed.version === true) return { kind: "version" };
  const path = typed.config;
  const fromFile = typeof path === "string" && path !== ""
    ? readConfigFile(table, path, inputs.readTextFile, flags.given)
    : {};
  const given = new Set([...flags.given, ...Object.keys(fromFile) as KeyOf<Table>[]]);
  const options = { ...defaultsOf(table), ...inputs.defaults, ...fromFile, ...flags.values };
  return { kind: "options", options, given, rest: flags.rest };
}

/** The options when nothing is given and nothing is computed. */
export function defaultsOf<Table extends OptionTable>(table: Table): OptionsOf<Table> {
  const entries = rowsOf(table).map(([key, row]) => [key, row.default]);
  return Object.fromEntries(entries) as OptionsOf<Table>;
}

/** Those of the `given` options that have no effect, in the table's order, for a warning. */
export function optionsWithoutEffect<Table extends OptionTable>(
  table: Table,
  given: ReadonlySet<KeyOf<Table>>,
): readonly IdleOption[] {
  return rowsOf(table).flatMap(([key, row]) =>
    given.has(key) && row.noEffect !== undefined
      ? [{ name: `--${flagName(key, row)}`, reason: row.noEffect }]
      : []
  );
}
