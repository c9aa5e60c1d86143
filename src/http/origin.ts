// Which web pages may consume: a browser sends requests for any page, and says from where the page is. WebSockets and simple
// requests are not held back by the browser itself, so the broker has to look.

import type { Call } from "./call.ts";
import { HttpError } from "./http_errors.ts";

const ANY = "*";
const NO_HEADERS: Readonly<Record<string, string>> = {};

/**
 * The headers that let a page of another origin read the answer; none for a page of this very address, and for who is no
 * browser. Throws HttpError `FORBIDDEN_ORIGIN`.
 */
export function originHeaders({ host, request }: Call): Readonly<Record<string, string>> {
  const origin = request.headers.get("origin");
  if (origin === null || isOwn(origin, request.headers.get("host"))) return NO_HEADERS;
  const { httpAllowOrigin } = host.options;
  if (!httpAllowOrigin.includes(ANY) && !httpAllowOrigin.includes(origin)) {
    const text = `HTTP: refused a page of ${JSON.stringify(origin)}: see --http-allow-origin`;
    host.refusals.add("http_forbidden", text);
    throw new HttpError("FORBIDDEN_ORIGIN");
  }
  return { "Access-Control-Allow-Origin": origin, "Vary": "Origin" };
}

function isOwn(origin: string, host: string | null): boolean {
  return host !== null && URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}
