// The query of a request, by the rules of Go's net/url: a broken escape or a semicolon spoils all of it, `+` is a
// space, the first of repeated parameters counts. Values are byte strings.

import { percentDecoded } from "./percent.ts";
import { generalError } from "./reply_error.ts";

/** The first value of each parameter, by name. */
export type Query = ReadonlyMap<string, string>;

const NOTHING: Query = new Map();
const SPECIAL = /[%+;]/;

/** Reads what follows the question mark. Throws ReplyError `INVALID_REQUEST`. */
export function parseQuery(text: string): Query {
  if (text === "") return NOTHING;
  const decode = SPECIAL.test(text) ? decoded : asIs;
  const query = new Map<string, string>();
  for (let start = 0; start < text.length;) {
    const next = text.indexOf("&", start);
    const end = next < 0 ? text.length : next;
    if (end > start) readParameter(query, text.slice(start, end), decode);
    start = end + 1;
  }
  return query;
}

function readParameter(
  query: Map<string, string>,
  text: string,
  decode: (text: string) => string,
): void {
  const equals = text.indexOf("=");
  const name = decode(equals < 0 ? text : text.slice(0, equals));
  const value = equals < 0 ? "" : decode(text.slice(equals + 1));
  if (!query.has(name)) query.set(name, value);
}

function asIs(text: string): string {
  return text;
}

function decoded(text: string): string {
  const value = percentDecoded(text.replaceAll("+", " "));
  if (value === undefined || text.includes(";")) throw generalError("INVALID_REQUEST");
  return value;
}

const SWITCHES: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["1", true],
  ["false", false],
  ["0", false],
]);

/** A parameter that is true or false: undefined when it is neither or absent. */
export function switchOf(query: Query, name: string): boolean | undefined {
  return SWITCHES.get(query.get(name) ?? "");
}
