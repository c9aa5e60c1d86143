// The shape of a list of options, and what follows from one by type alone: the `Options` type and
// the names of an option on the command line and in a file. Knows no particular option.
// Invariant: an option's key, flag name and file key are three spellings of one name.

import type { Bounds } from "./bounds.ts";

/** How much is logged: a level shows itself and everything after it. */
export type LogLevel = "debug" | "info" | "warn" | "error" | "fatal";
/** Which connections must be encrypted: none, TCP and HTTPS but not HTTP, or all. */
export type TlsRequired = "false" | "tcp-https" | "true";
/** The oldest TLS version that is accepted. */
export type TlsMinVersion = "tls1.0" | "tls1.1" | "tls1.2" | "tls1.3";

/** The type in code of each type of option. */
export interface OptionValues {
  string: string;
  /** `host:port`, or the path of a unix socket. */
  address: string;
  path: string;
  int: number;
  float: number;
  bool: boolean;
  /** Milliseconds, with a fraction if need be. */
  duration: number;
  /** One of the row's `choices`. */
  choice: string;
  list: readonly string[];
  /** Sorted, largest first. */
  percentiles: readonly number[];
  level: LogLevel;
  tlsRequired: TlsRequired;
  tlsMinVersion: TlsMinVersion;
}

/** The name of a type of option. */
export type OptionType = keyof OptionValues;
/** A value of an option of any type. */
export type OptionValue = OptionValues[OptionType];

interface RowBase {
  /** The heading under which help and documentation show the option. */
  readonly group: string;
  /** One line, without a full stop; the default and the unit are added from the row. */
  readonly help: string;
  /** What a number counts, such as `bytes`. */
  readonly unit?: string;
  /** What a number may be; checked after all values are known. */
  readonly bounds?: Bounds;
  /** The flag's name, where it is not the key with dashes. */
  readonly flag?: string;
  /** The key in the file, where it is not the flag's name with underscores; false: no key. */
  readonly configKey?: string | false;
  /** Says in words where the default comes from, when the program computes it at start. */
  readonly computedDefault?: string;
  /** Set while giving the option changes nothing: why not. */
  readonly noEffect?: string;
  /** Shown last, and only accepted for the sake of old scripts. */
  readonly deprecated?: true;
}

type RowOf<T extends OptionType> = RowBase & {
  readonly type: T;
  readonly default: OptionValues[T];
};

/** One option: everything there is to know about it apart from its use. */
export type OptionRow =
  | { [T in Exclude<OptionType, "choice">]: RowOf<T> }[Exclude<OptionType, "choice">]
  | RowOf<"choice"> & { readonly choices: readonly string[] };

/** A list of options by key, the flag's name in camelCase. Its order is the order of the help. */
export type OptionTable = Readonly<Record<string, OptionRow>>;

/** The keys of a table. */
export type KeyOf<Table extends OptionTable> = keyof Table & string;

type ValueOf<Row extends OptionRow> = Row extends
  { readonly type: "choice"; readonly choices: readonly (infer Choice)[] } ? Choice
  : OptionValues[Row["type"]];

/** The options that a table describes, each with the type of its row. */
export type OptionsOf<Table extends OptionTable> = {
  readonly [Key in keyof Table]: ValueOf<Table[Key]>;
};

/** The keys and rows of a table, in order. */
export function rowsOf<Table extends OptionTable>(
  table: Table,
): readonly (readonly [KeyOf<Table>, OptionRow])[] {
  return Object.entries(table) as [KeyOf<Table>, OptionRow][];
}

/** The name of an option on the command line, without dashes in front: `mem-queue-size`. */
export function flagName(key: string, row: OptionRow): string {
  return row.flag ?? key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The name of an option in a file, `mem_queue_size`, or undefined if a file cannot set it. */
export function configKey(key: string, row: OptionRow): string | undefined {
  if (row.configKey === false) return undefined;
  return row.configKey ?? flagName(key, row).replaceAll("-", "_");
}
