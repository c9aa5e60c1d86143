// The replies of the HTTP API: which headers go with which kind of body. Content-Length and Date are Deno's doing.

import { goJson } from "./go_json.ts";
import type { HttpError } from "./http_errors.ts";

const NSQ: [string, string] = ["X-Nsq-Content-Type", "nsq; version=1.0"];
const TEXT: [string, string] = ["Content-Type", "text/plain; charset=utf-8"];
const JSON_TYPE: [string, string] = ["Content-Type", "application/json; charset=utf-8"];
const HTML: [string, string] = ["Content-Type", "text/html; charset=utf-8"];

const OK_INIT: ResponseInit = { headers: [TEXT, NSQ] };

/** `OK`. */
export function okReply(): Response {
  return new Response("OK", OK_INIT);
}

/** Success without a body. */
export function emptyReply(): Response {
  return new Response(null, { headers: [NSQ] });
}

/** Text; without a type when there is none. */
export function textReply(text: string): Response {
  return text === "" ? emptyReply() : new Response(text, { headers: [TEXT, NSQ] });
}

/** Text from outside the API proper (/ping, /debug): it has no NSQ header. */
export function plainReply(text: string, status = 200): Response {
  return new Response(text, { status, headers: [TEXT] });
}

/** JSON text that is written already. */
export function jsonTextReply(json: string): Response {
  return new Response(json, { headers: [JSON_TYPE, NSQ] });
}

/** A value as JSON. */
export function jsonReply(value: unknown): Response {
  return jsonTextReply(goJson(value));
}

/** An error; `allow` names the methods the path has. */
export function errorReply(error: HttpError, allow?: string): Response {
  const headers: [string, string][] = [JSON_TYPE, NSQ];
  if (allow !== undefined) headers.push(["Allow", allow]);
  return new Response(goJson({ message: error.text }), { status: error.status, headers });
}

/** The answer to OPTIONS. */
export function optionsReply(allow: string): Response {
  return new Response(null, { headers: [["Allow", allow]] });
}

/** Sends a client to the right path; only a GET gets a page. */
export function redirectReply(method: string, location: string): Response {
  if (method !== "GET") return new Response(null, { status: 308, headers: { location } });
  const page = `<a href="${htmlText(location)}">Moved Permanently</a>.\n\n`;
  return new Response(page, { status: 301, headers: [["Location", location], HTML] });
}

const HTML_ESCAPES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&#34;",
  "'": "&#39;",
};

function htmlText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => HTML_ESCAPES[character]!);
}
