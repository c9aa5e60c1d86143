// The reply of an auth server, read by the rules of Go's JSON: keys in any case, unknown ones ignored, null is absent.

import type { AuthorizationRow } from "./authorizations.ts";

/** What a server says of a client. */
export interface AuthReply {
  /** How long it holds, seconds, above 0. */
  readonly ttlS: number;
  readonly identity: string;
  readonly identityUrl: string;
  readonly authorizations: readonly AuthorizationRow[];
}

/** Beyond this a client is not asked about again while anybody looks: 100 years. */
const TTL_S_MAX = 100 * 366 * 24 * 3600;

/**
 * Reads a reply.
 * @throws {SyntaxError} saying what is wrong with it
 */
export function readAuthReply(body: string): AuthReply {
  const reply = fieldsOf(parsed(body), "the reply");
  const ttlS = reply("ttl") ?? 0;
  if (typeof ttlS !== "number" || !Number.isInteger(ttlS)) throw wrong("ttl", "an integer");
  if (ttlS <= 0) throw new SyntaxError(`ttl ${ttlS} is not above 0`);
  const authorizations = listIn(reply, "authorizations").map((value, index) =>
    authorizationRow(value, `authorizations[${index}]`)
  );
  return {
    ttlS: Math.min(ttlS, TTL_S_MAX),
    identity: textIn(reply, "identity"),
    identityUrl: textIn(reply, "identity_url"),
    authorizations,
  };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // The engine's own words may quote the reply, which is no business of a log.
    throw new SyntaxError("the reply is not JSON");
  }
}

type Fields = (name: string) => unknown;

/** The fields of an object by lower-case name; a later spelling of a key wins. */
function fieldsOf(value: unknown, what: string): Fields {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw wrong(what, "an object");
  }
  const fields = new Map<string, unknown>();
  for (const [key, field] of Object.entries(value)) fields.set(key.toLowerCase(), field);
  return (name) => fields.get(name) ?? undefined;
}

function authorizationRow(value: unknown, where: string): AuthorizationRow {
  const fields = fieldsOf(value ?? {}, where);
  return {
    topic: textIn(fields, "topic", where),
    channels: textsIn(fields, "channels", where),
    permissions: textsIn(fields, "permissions", where),
  };
}

function textIn(fields: Fields, name: string, where?: string): string {
  const value = fields(name) ?? "";
  if (typeof value !== "string") throw wrong(placed(name, where), "a string");
  return value;
}

function textsIn(fields: Fields, name: string, where: string): string[] {
  return listIn(fields, name, where).map((value) => {
    if (typeof value !== "string") throw wrong(placed(name, where), "a list of strings");
    return value;
  });
}

function listIn(fields: Fields, name: string, where?: string): readonly unknown[] {
  const value = fields(name) ?? [];
  if (!Array.isArray(value)) throw wrong(placed(name, where), "a list");
  return value;
}

function placed(name: string, where: string | undefined): string {
  return where === undefined ? name : `${where}.${name}`;
}

function wrong(what: string, expected: string): SyntaxError {
  return new SyntaxError(`${what} is not ${expected}`);
}
