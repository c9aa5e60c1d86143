// The types an option may have, declared once: how each is read from a flag's text and from a value
// in a file, and how it is shown. Knows neither flags nor files.
// Invariant: `fromText(toText(value))` gives the value back.

import { formatGoDuration, nanosecondsOf, parseGoDuration } from "../base/go_duration.ts";
import { parseGoBoolean, parseGoFloat, parseGoInteger } from "../base/go_number.ts";
import { goQuoteText } from "../base/go_quote.ts";
import { describeBounds } from "./bounds.ts";
import { OptionError } from "./option_error.ts";
import type {
  LogLevel,
  OptionRow,
  OptionType,
  OptionValue,
  OptionValues,
  TlsMinVersion,
  TlsRequired,
} from "./option_row.ts";

/** What is known of a type of option whose values are of type `Value`. */
export interface ValueType<Value> {
  /** Stands for the value in the help; empty for a flag that needs none. */
  readonly placeholder: string;
  /** What a file must hold, after "expected". */
  readonly fileForm: string;
  /** The flag may be given several times and holds an array of all it was given. */
  readonly isRepeatable?: true;
  /** The flag may stand without a value, meaning `true`. */
  readonly isSwitch?: true;
  /** A bad value in a file is reported before any other mistake, and in its own words. */
  readonly isCheckedFirst?: true;
  /**
   * Reads a flag's text. Throws SyntaxError or RangeError, whose message is the reason, or
   * OptionError where the whole sentence differs.
   */
  fromText(text: string, row: OptionRow): Value;
  /** Converts a value of a TOML file. Throws SyntaxError or RangeError if it cannot. */
  fromFile(value: unknown, row: OptionRow): Value;
  /** The value as a person would type it. */
  toText(value: Value): string;
  /** The value as the `/config` route shows it, before JSON. */
  toJson(value: Value): unknown;
}

const LOG_LEVELS: Readonly<Record<LogLevel, number>> = {
  debug: 1,
  info: 2,
  warn: 3,
  error: 4,
  fatal: 5,
};
const TLS_VERSIONS: Readonly<Record<TlsMinVersion, number>> = {
  "tls1.0": 769,
  "tls1.1": 770,
  "tls1.2": 771,
  "tls1.3": 772,
};
const TLS_REQUIREMENTS: Readonly<Record<TlsRequired, number>> = {
  "false": 0,
  "tcp-https": 1,
  "true": 2,
};

/** Reads a log level in any case. Throws SyntaxError for another word. */
export function parseLogLevel(text: string): LogLevel {
  const level = text.toLowerCase();
  if (isKeyOf(LOG_LEVELS, level)) return level;
  throw new SyntaxError(`invalid log level '${text}' (${Object.keys(LOG_LEVELS).join(", ")})`);
}

function parseTlsRequired(text: string): TlsRequired {
  const word = text.toLowerCase();
  if (word === "tcp-https") return word;
  try {
    return parseGoBoolean(word) ? "true" : "false";
  } catch {
    throw new SyntaxError(`strconv.ParseBool: parsing ${goQuoteText(word)}: invalid syntax`);
  }
}

function parseTlsMinVersion(text: string): TlsMinVersion {
  const version = text.toLowerCase() || "tls1.0";
  if (isKeyOf(TLS_VERSIONS, version)) return version;
  throw new SyntaxError(`unknown tlsVersionOption ${goQuoteText(version)}`);
}

function parseChoice(text: string, row: OptionRow): string {
  if (row.type !== "choice" || row.choices.includes(text)) return text;
  throw new SyntaxError(`choose one of ${row.choices.join(", ")}`);
}

function isKeyOf<Key extends string>(
  record: Readonly<Record<Key, number>>,
  key: string,
): key is Key {
  return Object.hasOwn(record, key);
}

function malformed(): never {
  throw new SyntaxError("wrong type");
}

/** Text as it is; a number or boolean becomes the text one would have typed for it. */
function textFromFile(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return malformed();
}

function integerFromFile(value: unknown): number {
  if (typeof value === "string") return parseGoInteger(value, 10);
  const isInteger = typeof value === "number" && Number.isInteger(value);
  // 2 ** 63 itself is what the largest 64-bit integer is rounded to.
  return isInteger && Math.abs(value) <= 2 ** 63 ? value : malformed();
}

function booleanFromFile(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  if (typeof value === "string") return parseGoBoolean(value);
  // Upstream reads 0 as true and every other integer as false. Files that rely on it must keep
  // their meaning when nsqd is exchanged for this program.
  return integerFromFile(value) === 0;
}

function durationFromFile(value: unknown): number {
  return typeof value === "string" ? parseGoDuration(value) : integerFromFile(value);
}

function floatFromFile(value: unknown): number {
  if (typeof value === "string") return parseGoFloat(value.trim());
  return typeof value === "number" && Number.isFinite(value) ? value : malformed();
}

function itemsFromFile(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value !== "string") return malformed();
  return value.trim() === "" ? [] : value.split(",").map((item) => item.trim());
}

function parseDurationFlag(text: string): number {
  try {
    return parseGoDuration(text);
  } catch {
    // A flag's error names flag and value already; only a bare number deserves a reason, but
    // scripts may match NSQ's words.
    throw new SyntaxError("parse error");
  }
}

function parsePercentiles(text: string): readonly number[] {
  return text.split(",").map((item) => {
    try {
      return parseGoFloat(item);
    } catch {
      throw new OptionError(`Could not parse: ${item}`, 1);
    }
  });
}

function largestFirst(one: number, other: number): number {
  return other - one;
}

const asIs = (value: unknown) => value;

const TEXT: ValueType<string> = {
  placeholder: "text",
  fileForm: "a string",
  fromText: (text) => text,
  fromFile: textFromFile,
  toText: (value) => value,
  toJson: asIs,
};

/** Every type of option. */
const VALUE_TYPES: { readonly [Type in OptionType]: ValueType<OptionValues[Type]> } = {
  string: TEXT,
  address: { ...TEXT, placeholder: "address" },
  path: { ...TEXT, placeholder: "path" },
  choice: {
    ...TEXT,
    placeholder: "word",
    fileForm: "one of its words",
    fromText: parseChoice,
    fromFile: (value, row) => parseChoice(textFromFile(value), row),
  },
  int: {
    placeholder: "number",
    fileForm: "a whole number",
    fromText: (text) => parseGoInteger(text),
    fromFile: integerFromFile,
    toText: String,
    toJson: asIs,
  },
  float: {
    placeholder: "number",
    fileForm: "a number",
    fromText: parseGoFloat,
    fromFile: floatFromFile,
    toText: String,
    toJson: asIs,
  },
  bool: {
    placeholder: "",
    fileForm: "true or false",
    isSwitch: true,
    fromText: parseGoBoolean,
    fromFile: booleanFromFile,
    toText: String,
    toJson: asIs,
  },
  duration: {
    placeholder: "duration",
    fileForm: 'a string such as "5s", or whole milliseconds',
    fromText: parseDurationFlag,
    fromFile: durationFromFile,
    toText: formatGoDuration,
    toJson: nanosecondsOf,
  },
  list: {
    placeholder: "text",
    fileForm: "an array of strings, or one string with commas",
    isRepeatable: true,
    fromText: (text) => [text],
    fromFile: (value) => itemsFromFile(value).map(textFromFile),
    toText: (value) => value.join(","),
    toJson: asIs,
  },
  percentiles: {
    placeholder: "numbers",
    fileForm: "an array of numbers, or one string with commas",
    isRepeatable: true,
    fromText: (text) => parsePercentiles(text).toSorted(largestFirst),
    // As they are written there [quirk]; those of the flag are sorted.
    fromFile: (value) => itemsFromFile(value).map(floatFromFile),
    toText: (value) => value.join(","),
    toJson: asIs,
  },
  level: {
    placeholder: "level",
    fileForm: "the name of a log level",
    isCheckedFirst: true,
    fromText: parseLogLevel,
    fromFile: (value) => parseLogLevel(textFromFile(value)),
    toText: (value) => value,
    toJson: (value) => LOG_LEVELS[value],
  },
  tlsRequired: {
    placeholder: "",
    fileForm: "true, false or tcp-https",
    isSwitch: true,
    isCheckedFirst: true,
    fromText: parseTlsRequired,
    fromFile: (value) => parseTlsRequired(textFromFile(value)),
    toText: (value) => value,
    toJson: (value) => TLS_REQUIREMENTS[value],
  },
  tlsMinVersion: {
    placeholder: "version",
    fileForm: "the name of a TLS version",
    isCheckedFirst: true,
    fromText: parseTlsMinVersion,
    fromFile: (value) => parseTlsMinVersion(textFromFile(value)),
    toText: (value) => value,
    toJson: (value) => TLS_VERSIONS[value],
  },
};

/** The type of a row, for code that serves rows of all types alike. */
export function valueTypeOf(row: OptionRow): ValueType<OptionValue> {
  return VALUE_TYPES[row.type];
}

/** The bounds of a row, their ends written as its values are. */
export function boundsText(row: OptionRow): string {
  const type = valueTypeOf(row);
  const show = (end: number) => row.type === "duration" && end !== 0 ? type.toText(end) : `${end}`;
  return describeBounds(row.bounds ?? {}, show);
}
