// What completions know of a program: its names, its flags and what their values may be. Made of tables of options; the
// scripts for the shells are made of this. Pure.

import { flagName, type OptionRow, type OptionTable, rowsOf } from "../../options/option_row.ts";
import { valueTypeOf } from "../../options/value_types.ts";

/** What may stand behind a flag. */
export type FlagValue =
  | { readonly kind: "none" }
  | { readonly kind: "words"; readonly words: readonly string[] }
  /** A switch that is given a word only to turn it off or down: `--flag=word`, in one. */
  | { readonly kind: "joined words"; readonly words: readonly string[] }
  | { readonly kind: "path" }
  | { readonly kind: "text" };

/** A flag. */
export interface CompletedFlag {
  /** Without dashes. */
  readonly name: string;
  readonly help: string;
  readonly value: FlagValue;
  readonly isRepeatable: boolean;
}

/** A program. */
export interface CompletedProgram {
  /** As a first word behind `nsqd`. */
  readonly name: string;
  /** As a command of its own. */
  readonly linkName: string;
  readonly help: string;
  readonly flags: readonly CompletedFlag[];
  /** Words beside flags. */
  readonly words: readonly string[];
  readonly takesDirectories: boolean;
}

/** The flags of a table, and `--help`, which every program has. Those kept for old scripts are not offered. */
export function completedFlags(table: OptionTable): CompletedFlag[] {
  const flags = rowsOf(table).filter(([, { deprecated }]) => deprecated !== true)
    .map(([key, row]) => ({
      name: flagName(key, row),
      help: row.help,
      value: valueOf(row),
      isRepeatable: valueTypeOf(row).isRepeatable === true,
    }));
  if (flags.some(({ name }) => name === "help")) return flags;
  const help = {
    name: "help",
    help: "show the flags",
    value: { kind: "none" },
    isRepeatable: false,
  };
  return [...flags, help as CompletedFlag];
}

/** Words of the types that have few; the rows' own texts say them too. */
const FEW_WORDS: Readonly<Record<string, readonly string[]>> = {
  level: ["debug", "info", "warn", "error", "fatal"],
  tlsRequired: ["true", "false", "tcp-https"],
  tlsMinVersion: ["tls1.0", "tls1.1", "tls1.2", "tls1.3"],
};

function valueOf(row: OptionRow): FlagValue {
  if (row.type === "choice") return { kind: "words", words: row.choices };
  const words = FEW_WORDS[row.type];
  if (words !== undefined) return { kind: wordsKind(row), words };
  if (row.type === "path") return { kind: "path" };
  if (row.type === "bool") {
    return row.default ? { kind: wordsKind(row), words: ["true", "false"] } : { kind: "none" };
  }
  return { kind: "text" };
}

function wordsKind(row: OptionRow): "words" | "joined words" {
  return valueTypeOf(row).isSwitch ? "joined words" : "words";
}
