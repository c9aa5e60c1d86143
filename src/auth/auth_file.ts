// The file of users: TOML, or JSON when its name ends in `.json`. What it cannot mean is refused with the key's name, and
// so is every key that is not known: a slip of the pen must not leave a door open. Its text never appears in an error.

// @ts-types="../base/std_types/toml.d.ts"
import { parse as parseToml } from "@std/toml";
import { reasonOf } from "../base/system_error.ts";
import { type AuthorizationRow, Authorizations } from "./authorizations.ts";
import { type Role, roles } from "./identity.ts";
import { readTokenHash, type TokenHash } from "./token_hash.ts";
import { type User, UserBook } from "./user_book.ts";

/** The keys of a user and of an authorization. */
const authFileKeys = {
  user: {
    name: "who this is; without `:`",
    tokens: "list of token hashes",
    role: "what it may do over HTTP: `view`, `operate` or `admin`; nothing where it is left out",
    identity_url: "where people find out more, shown in /stats",
    authorizations: "list of what it may do with topics and channels",
  },
  authorization: {
    topic: "regular expression, found anywhere in a topic's name",
    channels: 'list of such expressions for channels; `[".*"]` where it is left out',
    permissions: "list of `subscribe` and `publish`",
  },
} as const;

const ANY_CHANNEL = [".*"];

/** The file cannot be used; the message names it and the place in it. */
export class AuthFileError extends Error {
  override readonly name = "AuthFileError";
}

/**
 * Reads the file at `path`; `readTextFile` returns its text or throws.
 * @throws {AuthFileError}
 */
export function readAuthFile(path: string, readTextFile: (path: string) => string): UserBook {
  try {
    const document = parsed(readTextFile(path), path.endsWith(".json"));
    return new UserBook(readUsers(document));
  } catch (error) {
    throw new AuthFileError(`${path}: ${reasonOf(error)}`);
  }
}

function parsed(text: string, isJson: boolean): unknown {
  try {
    return isJson ? JSON.parse(text) : parseToml(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new SyntaxError(placeOf(error.message));
  }
}

/** Keeps of a parser's message where it stopped, and nothing of the text it stopped at. */
function placeOf(message: string): string {
  const [place] = /line \d+,? column \d+/.exec(message) ?? [];
  return place === undefined ? "is not well-formed" : `is not well-formed at ${place}`;
}

type Table = Readonly<Record<string, unknown>>;

function readUsers(document: unknown): User[] {
  const { users: list } = tableAt(document, "the file", { users: "" });
  const users = tablesAt(list, "users").map((value, index) => readUser(value, `users[${index}]`));
  if (users.length === 0) throw new SyntaxError("users: names nobody, so nobody could come in");
  const names = new Set<string>();
  for (const [index, { name }] of users.entries()) {
    if (names.has(name)) throw new SyntaxError(`users[${index}].name: ${name} is there twice`);
    names.add(name);
  }
  return users;
}

function readUser(value: unknown, where: string): User {
  const table = tableAt(value, where, authFileKeys.user);
  const name = textAt(table["name"], `${where}.name`);
  if (name === "" || name.includes(":")) {
    throw new SyntaxError(`${where}.name: must not be empty and not contain a colon`);
  }
  return {
    name,
    url: textAt(table["identity_url"] ?? "", `${where}.identity_url`),
    role: roleAt(table["role"], `${where}.role`),
    tokens: textsAt(table["tokens"], `${where}.tokens`).map((text, index) =>
      tokenAt(text, `${where}.tokens[${index}]`)
    ),
    authorizations: authorizationsAt(table["authorizations"] ?? [], `${where}.authorizations`),
  };
}

function roleAt(value: unknown, where: string): Role | undefined {
  if (value === undefined) return undefined;
  const role = roles.find((known) => known === value);
  if (role === undefined) throw new SyntaxError(`${where}: must be ${roles.join(", ")}`);
  return role;
}

function tokenAt(text: string, where: string): TokenHash {
  try {
    return readTokenHash(text);
  } catch (error) {
    throw new SyntaxError(`${where}: ${reasonOf(error)}`);
  }
}

function authorizationsAt(value: unknown, where: string): Authorizations {
  const rows = tablesAt(value, where).map((table, index): AuthorizationRow => {
    const place = `${where}[${index}]`;
    const row = tableAt(table, place, authFileKeys.authorization);
    return {
      topic: textAt(row["topic"], `${place}.topic`),
      channels: textsAt(row["channels"] ?? ANY_CHANNEL, `${place}.channels`),
      permissions: textsAt(row["permissions"], `${place}.permissions`),
    };
  });
  try {
    return Authorizations.read(rows);
  } catch (error) {
    throw new SyntaxError(`${where}${reasonOf(error)}`);
  }
}

function tableAt(value: unknown, where: string, known: object): Table {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw new SyntaxError(`${where}: must be a table`);
  }
  for (const key of Object.keys(value)) {
    if (Object.hasOwn(known, key)) continue;
    const keys = Object.keys(known).join(", ");
    throw new SyntaxError(`${where}: ${JSON.stringify(key)} is no key here; there are ${keys}`);
  }
  return value as Table;
}

function tablesAt(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new SyntaxError(`${where}: must be a list of tables`);
  return value;
}

function textAt(value: unknown, where: string): string {
  if (typeof value !== "string") throw new SyntaxError(`${where}: must be a text`);
  return value;
}

function textsAt(value: unknown, where: string): readonly string[] {
  if (!Array.isArray(value)) throw new SyntaxError(`${where}: must be a list of texts`);
  return value.map((text, index) => textAt(text, `${where}[${index}]`));
}
