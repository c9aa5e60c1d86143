// The members of a JSON object as they were written: in their order, repeated keys included, and numbers with all their
// digits. JSON.parse keeps none of that. Knows no key and no type.

/** Go's decoder goes no deeper. */
const DEPTH_MAX = 10_000;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const BRACKETS_OPEN: readonly number[] = [0x5b, 0x7b];
const BRACKETS_CLOSE: readonly number[] = [0x5d, 0x7d];

/** One member of an object: its key, and its value still in JSON. */
export interface JsonMember {
  readonly key: string;
  readonly source: string;
}

/**
 * The members of the object that `text` holds; null if it is JSON for something else than an object or `null`, which
 * has none.
 * @throws {SyntaxError} when it is no JSON, or nested more than 10000 deep
 */
export function jsonMembers(text: string): JsonMember[] | null {
  const document: unknown = JSON.parse(text);
  if (typeof document !== "object" || Array.isArray(document)) return null;
  return document === null ? [] : membersOf(text);
}

/** Of an object that JSON.parse has found to be one: so every bracket and quote has its other half. */
function membersOf(text: string): JsonMember[] {
  const members: JsonMember[] = [];
  let depth = 0;
  let start = 0;
  let colon = 0;
  const take = (end: number) => {
    if (colon > start) members.push(memberOf(text.slice(start, colon), text.slice(colon + 1, end)));
    start = end + 1;
  };
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (BRACKETS_OPEN.includes(code)) {
      if (++depth > DEPTH_MAX) throw new SyntaxError("nested too deep");
      if (depth === 1) start = at + 1;
    } else if (BRACKETS_CLOSE.includes(code)) {
      if (depth-- === 1) take(at);
    } else if (depth === 1 && code === COLON) colon = at;
    else if (depth === 1 && code === COMMA) take(at);
  }
  return members;
}

/** Where the string ends that begins at `start`. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  for (let code = text.charCodeAt(at); code !== QUOTE; code = text.charCodeAt(at)) {
    at += code === BACKSLASH ? 2 : 1;
  }
  return at;
}

function memberOf(quotedKey: string, source: string): JsonMember {
  const quoted = quotedKey.trim();
  const key = quoted.includes("\\") ? JSON.parse(quoted) as string : quoted.slice(1, -1);
  return { key, source: source.trim() };
}
