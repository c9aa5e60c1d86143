// Reads the values of options from a TOML file, for any table of options. Only the top level
// counts: unknown keys and keys in sections are somebody else's. Does not know what was typed on
// the command line, except which keys to leave alone.

// @ts-types="../base/std_types/toml.d.ts"
import { parse } from "@std/toml";
import { FileError, reasonOf } from "../base/system_error.ts";
import { OptionError } from "./option_error.ts";
import {
  configKey,
  type KeyOf,
  type OptionRow,
  type OptionsOf,
  type OptionTable,
  type OptionValue,
  rowsOf,
} from "./option_row.ts";
import { valueTypeOf } from "./value_types.ts";

/** Words of a key that Go's naming writes otherwise than with one capital. */
const GO_WORDS: Readonly<Record<string, string>> = {
  ca: "CA",
  e2e: "E2E",
  http: "HTTP",
  https: "HTTPS",
  id: "ID",
  nsqd: "NSQD",
  nsqlookupd: "NSQLookupd",
  tcp: "TCP",
  tls: "TLS",
  udp: "UDP",
};

/**
 * The values in the file at `path` for the options of `table`, except for the keys in `overridden`,
 * whose values are not even converted (unless their type is checked first).
 * `readTextFile` returns the file's text or throws. Throws OptionError with exit code 1.
 */
export function readConfigFile<Table extends OptionTable>(
  table: Table,
  path: string,
  readTextFile: (path: string) => string,
  overridden: ReadonlySet<string>,
): Partial<OptionsOf<Table>> {
  const document = parseFile(path, readTextFile);
  const found = rowsOf(table).flatMap(([key, row]) => {
    const name = configKey(key, row);
    const isPresent = name !== undefined && Object.hasOwn(document, name);
    return isPresent ? [{ key, row, name, value: document[name] }] : [];
  });
  for (const { name, row, value } of found) {
    if (!valueTypeOf(row).isCheckedFirst || converted(value, row) !== undefined) continue;
    throw new OptionError(`failed parsing ${name} ${plainText(value)}`, 1);
  }
  const values: [KeyOf<Table>, OptionValue][] = [];
  for (const { key, row, name, value } of found) {
    if (overridden.has(key)) continue;
    const option = converted(value, row);
    if (option === undefined) throw coercionError(name, row, value);
    values.push([key, option]);
  }
  return Object.fromEntries(values) as Partial<OptionsOf<Table>>;
}

function parseFile(path: string, readTextFile: (path: string) => string) {
  try {
    return parse(readText(path, readTextFile));
  } catch (error) {
    const reason = reasonOf(error);
    throw new OptionError(`failed to load config file ${path} - ${reason}`, 1);
  }
}

function readText(path: string, readTextFile: (path: string) => string): string {
  try {
    return readTextFile(path);
  } catch (error) {
    throw new FileError(`open ${path}`, error);
  }
}

function converted(value: unknown, row: OptionRow): OptionValue | undefined {
  try {
    return valueTypeOf(row).fromFile(value, row);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

function coercionError(name: string, row: OptionRow, value: unknown): OptionError {
  const type = valueTypeOf(row);
  const standard = Array.isArray(row.default) ? plainText(row.default) : type.toText(row.default);
  const subject = `${plainText(value)} (${standard}) for field ${goFieldName(name)}`;
  const reason = `expected ${type.fileForm}`;
  return new OptionError(`Resolve failed to coerce value ${subject} - ${reason}`, 1);
}

/** A value as Go's `%v` shows it, near enough for a message. */
function plainText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(plainText).join(" ")}]`;
  if (value instanceof Date) return value.toISOString();
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function goFieldName(name: string): string {
  const words = name.split("_").map((word) => {
    return GO_WORDS[word] ?? word.charAt(0).toUpperCase() + word.slice(1);
  });
  return words.join("");
}
