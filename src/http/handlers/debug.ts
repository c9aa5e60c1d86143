// /debug/* beside profiles: what upstream has for looking into the Go runtime. Two of these endpoints act there and then
// answer 500 all the same [quirk]; scripts that call them expect that. There is nothing for them to act on here: V8 frees
// memory by itself and has no profile of blocking. Profiles are in src/web/pprof.ts.

import { byteString, readableText } from "../../base/byte_string.ts";
import { goQuote } from "../../base/go_quote.ts";
import type { Call } from "../call.ts";
import { HttpError } from "../http_errors.ts";
import { parseQuery, type Query } from "../../web/query.ts";
import { plainReply } from "../../web/replies.ts";
import { announcedLength, HEADROOM_BYTES, readBody } from "../request_body.ts";

const FORM = "application/x-www-form-urlencoded";
const FORM_BYTES_MAX = 64 * 1024;
/** Up to a length that BigInt reads at once. */
const INTEGER = /^[+-]?[0-9]{1,1000}$/;

/** PUT /debug/setblockrate: checks `rate`, then answers as upstream does. */
export async function setBlockRate(call: Call): Promise<Response> {
  const query = parseQuery(call.queryText);
  const rate = (await formOf(call)).get("rate") ?? query.get("rate") ?? "";
  const isInteger = INTEGER.test(rate);
  if (isInteger && isInt64(rate)) throw new HttpError("INTERNAL_ERROR");
  const fault = isInteger ? "value out of range" : "invalid syntax";
  const reason = `strconv.Atoi: parsing ${readableText(goQuote(rate))}: ${fault}`;
  return plainReply(`invalid block rate : ${reason}`, 400);
}

function isInt64(digits: string): boolean {
  const value = BigInt(digits.replace("+", ""));
  return value === BigInt.asIntN(64, value);
}

async function formOf(call: Call): Promise<Query> {
  const { request } = call;
  if (!request.headers.get("content-type")?.startsWith(FORM)) return new Map();
  using body = await readBody(call, announcedLength(request), FORM_BYTES_MAX);
  return parseQuery(byteString(body.bytes, HEADROOM_BYTES, body.end));
}

/** POST /debug/freememory: nothing to do, answered as upstream does. */
export function freeMemory(): Response {
  throw new HttpError("INTERNAL_ERROR");
}
