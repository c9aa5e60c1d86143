// The first JSON value of a request's body, with what Go's decoder says of one that is malformed: upstream shows those
// texts to its users. Whatever follows the value is not looked at, as there.

import { goQuoteText } from "../base/go_quote.ts";

/** The body cannot be read; the message is the text of Go's decoder. */
export class JsonBodyError extends Error {
  override readonly name = "JsonBodyError";
}

const NESTED_MAX = 1000;
const SPACE = /[ \t\r\n]/;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const BROKEN_NUMBER = /\.|[eE][+-]?/y;
const LITERALS = { t: "true", f: "false", n: "null" } as const;

/** Reads the first JSON value of a text. Throws JsonBodyError. */
export function firstJsonValue(text: string): unknown {
  const scanner = new Scanner(text);
  scanner.skipSpace();
  if (scanner.isAtEnd) throw new JsonBodyError("EOF");
  const start = scanner.at;
  scanner.value(0);
  return JSON.parse(text.slice(start, scanner.at));
}

/** Walks over one value; what it has passed is JSON. */
class Scanner {
  readonly #text: string;
  at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.at >= this.#text.length;
  }

  skipSpace(): void {
    while (SPACE.test(this.#text[this.at] ?? "")) this.at++;
  }

  value(depth: number): void {
    const first = this.#next();
    if (depth > NESTED_MAX) throw new JsonBodyError("exceeded max depth");
    if (first === "{") return this.#object(depth);
    if (first === "[") return this.#array(depth);
    if (first === '"') return this.#string();
    if (first === "t" || first === "f" || first === "n") return this.#literal(LITERALS[first]);
    this.#number(first);
  }

  #number(first: string): void {
    NUMBER.lastIndex = this.at;
    const number = NUMBER.exec(this.#text)?.[0];
    if (number === undefined) {
      if (first !== "-") throw this.#invalid("looking for beginning of value");
      this.at++;
      throw this.#invalid("in numeric literal");
    }
    this.at += number.length;
    BROKEN_NUMBER.lastIndex = this.at;
    const broken = BROKEN_NUMBER.exec(this.#text)?.[0];
    const isPoint = broken === ".";
    if (broken === undefined || (isPoint ? /[.eE]/ : /[eE]/).test(number)) return;
    // Go takes `1.` and `1e` for numbers that go on.
    this.at += broken.length;
    throw this.#invalid(
      isPoint ? "after decimal point in numeric literal" : "in exponent of numeric literal",
    );
  }

  #object(depth: number): void {
    this.at++;
    if (this.#next() === "}") return void this.at++;
    while (true) {
      if (this.#next() !== '"') throw this.#invalid("looking for beginning of object key string");
      this.#string();
      if (this.#next() !== ":") throw this.#invalid("after object key");
      this.at++;
      this.value(depth + 1);
      const end = this.#next();
      if (end !== "," && end !== "}") throw this.#invalid("after object key:value pair");
      this.at++;
      if (end === "}") return;
    }
  }

  #array(depth: number): void {
    this.at++;
    if (this.#next() === "]") return void this.at++;
    while (true) {
      this.value(depth + 1);
      const end = this.#next();
      if (end !== "," && end !== "]") throw this.#invalid("after array element");
      this.at++;
      if (end === "]") return;
    }
  }

  #string(): void {
    for (this.at++;; this.at++) {
      const character = this.#here();
      if (character === '"') return void this.at++;
      if (character < " ") throw this.#invalid("in string literal");
      if (character === "\\") this.#escape();
    }
  }

  #escape(): void {
    this.at++;
    const kind = this.#here();
    if (!'"\\/bfnrtu'.includes(kind)) throw this.#invalid("in string escape code");
    if (kind !== "u") return;
    for (let count = 0; count < 4; count++) {
      this.at++;
      if (!/[0-9a-fA-F]/.test(this.#here())) {
        throw this.#invalid("in \\u hexadecimal character escape");
      }
    }
  }

  #literal(word: string): void {
    for (const expected of word) {
      if (this.#here() !== expected) {
        throw this.#invalid(`in literal ${word} (expecting '${expected}')`);
      }
      this.at++;
    }
  }

  /** The next character that is no space. */
  #next(): string {
    this.skipSpace();
    return this.#here();
  }

  #here(): string {
    if (this.isAtEnd) throw new JsonBodyError("unexpected EOF");
    return this.#text[this.at]!;
  }

  #invalid(where: string): JsonBodyError {
    if (this.isAtEnd) return new JsonBodyError("unexpected EOF");
    // Go looks at bytes, and shows each as the character of that number.
    const [byte = 0] = new TextEncoder().encode(
      String.fromCodePoint(this.#text.codePointAt(this.at)!),
    );
    const character = String.fromCharCode(byte);
    return new JsonBodyError(`invalid character ${quoted(character)} ${where}`);
  }
}

function quoted(character: string): string {
  if (character === "'") return `'\\''`;
  if (character === '"') return `'"'`;
  return `'${goQuoteText(character).slice(1, -1)}'`;
}

/**
 * Texts of an object by key; absent ones are empty. As in Go keys may be in any case, and `null` is an empty object.
 * Throws JsonBodyError.
 */
export function bodyTexts<Key extends string>(
  text: string,
  keys: readonly Key[],
): Readonly<Record<Key, string>> {
  const value = firstJsonValue(text) ?? {};
  if (typeof value !== "object" || Array.isArray(value)) {
    const struct = keys.map((key) => `${capitalised(key)} string "json:\\"${key}\\""`).join("; ");
    throw new JsonBodyError(
      `json: cannot unmarshal ${kindOf(value)} into Go value of type struct { ${struct} }`,
    );
  }
  const found = new Map<string, string>();
  for (const [name, field] of Object.entries(value)) {
    const key = keys.find((one) => one.toLowerCase() === name.toLowerCase());
    if (key === undefined || field === null) continue;
    if (typeof field !== "string") {
      throw new JsonBodyError(
        `json: cannot unmarshal ${kindOf(field)} into Go struct field .${key} of type string`,
      );
    }
    found.set(key, field);
  }
  return Object.fromEntries(keys.map((key) => [key, found.get(key) ?? ""])) as Record<Key, string>;
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}
