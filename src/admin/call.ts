// What a handler is given, and what handlers read of it.

import type { Role } from "../auth/identity.ts";
import { byteString, readableText } from "../base/byte_string.ts";
import { joinedBytes } from "../base/joined_bytes.ts";
import type { ApiRequest } from "../web/api_request.ts";
import { percentDecoded } from "../web/percent.ts";
import { parseQuery } from "../web/query.ts";
import { generalError } from "../web/reply_error.ts";
import type { Sender } from "./access.ts";
import { JsonBodyError } from "./go_json_body.ts";
import type { AdminHost } from "./host.ts";
import { adminError, badRequest } from "./http_errors.ts";

/** A request with what is known of it. */
export interface Call {
  readonly host: AdminHost;
  readonly request: ApiRequest;
  /** What follows the question mark, as it came. */
  readonly queryText: string;
  /** What stands for each `:name` of the path, without escapes. */
  readonly segments: readonly string[];
  readonly sender: Sender;
  /** Where it came from. */
  readonly remote: string;
}

/** Answers a request; may throw ReplyError. */
export type Handler = (call: Call) => Response | Promise<Response>;

/** What is fixed about a route. */
export interface AdminRoute {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below the base path; `:name` stands for one segment. */
  readonly path: string;
  readonly handle: Handler;
  /** Who may use it where one has to log in; `open` is everybody. */
  readonly role: Role | "open";
  /** Whether --admin-user does not matter although the role is above `view`. */
  readonly isAclExempt: boolean;
  /** Whether each request is a line in the log. */
  readonly isLogged: boolean;
  /** One line for the documentation. */
  readonly help: string;
}

const BODY_BYTES_MAX = 3 * 1024 * 1024;
const BODY_WAIT_MS = 30_000;
const CUT_OFF = "unexpected EOF";

/** A segment of a path as text. Throws ReplyError `INVALID_REQUEST` for a broken escape. */
export function segmentText(segment: string): string {
  const decoded = percentDecoded(segment);
  if (decoded === undefined) throw generalError("INVALID_REQUEST");
  return readableText(decoded);
}

/** A parameter of the query as text; empty when it is absent. Throws ReplyError `INVALID_REQUEST`. */
export function parameter({ queryText }: Pick<Call, "queryText">, name: string): string {
  return readableText(parseQuery(queryText).get(name) ?? "");
}

/** A whole number of the query, cut to a range. */
export function numberParameter(
  call: Pick<Call, "queryText">,
  name: string,
  { standard, from, to }: { standard: number; from: number; to: number },
): number {
  const text = parameter(call, name);
  if (!/^\d{1,15}$/.test(text)) return standard;
  return Math.min(to, Math.max(from, Number(text)));
}

/**
 * The whole body.
 * Throws ReplyError `BODY_TOO_BIG`, or with Go's text for one that breaks off or takes too long.
 */
export async function bodyBytes({ request }: Call, bytesMax = BODY_BYTES_MAX): Promise<Uint8Array> {
  const { body } = request;
  if (body === null) return new Uint8Array(0);
  const reader = body.getReader();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    reader.cancel().catch(() => {});
  }, BODY_WAIT_MS);
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    for (let piece = await nextPiece(reader); !piece.done; piece = await nextPiece(reader)) {
      length += piece.value.length;
      if (length > bytesMax) throw adminError("BODY_TOO_BIG");
      pieces.push(piece.value.slice());
    }
  } finally {
    clearTimeout(timer);
    reader.cancel().catch(() => {});
  }
  if (isLate) throw badRequest(CUT_OFF);
  return joinedBytes(pieces);
}

async function nextPiece(reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>) {
  try {
    return await reader.read();
  } catch {
    throw badRequest(CUT_OFF); // the client is gone, and nobody will read this
  }
}

/** The whole body as text. Throws as `bodyBytes`. */
export async function bodyText(call: Call): Promise<string> {
  const bytes = await bodyBytes(call);
  const text = byteString(bytes);
  return readableText(text);
}

/** What reading a body gives; its mistakes become a ReplyError with their text. */
export function orBadRequest<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    throw error instanceof JsonBodyError ? badRequest(error.message) : error;
  }
}
