// One GET of a small document over HTTP or HTTPS, with a time limit for all of it and a bound for the body. Redirects are not
// followed, and no proxy is used: who answers is who was asked. Knows nothing of what the document says.
// Invariant: settles within the limit, and leaves no connection behind.

import http from "node:http";
import https from "node:https";
import { type ClientTls, nodeOptionsOf } from "./client_tls.ts";
import { joinedBytes } from "./joined_bytes.ts";

/** What to get, and how patiently. */
export interface GetRequest {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Who is trusted and what is shown where the URL says https. */
  readonly tls?: ClientTls | undefined;
  /** For everything together, ms. */
  readonly limitMs: number;
  /** The longest body. */
  readonly bytesMax: number;
}

/** What came back. */
export interface GetReply {
  readonly status: number;
  readonly body: string;
  /** The time the server says it has, as its `Date` header has it. */
  readonly date: string | undefined;
}

/**
 * Gets a document.
 * @throws {Error} when there is no complete answer in time, or it is too long
 */
export async function httpGet(
  { url, headers, tls, limitMs, bytesMax }: GetRequest,
): Promise<GetReply> {
  const { promise, resolve, reject } = Promise.withResolvers<GetReply>();
  // A connection of its own each time: one kept open may have been closed by the server just now.
  const options = { agent: false, headers: { ...headers } } as const;
  const request = url.startsWith("https:")
    ? https.request(url, { ...options, ...nodeOptionsOf(tls) })
    : http.request(url, options);
  const timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
  request.on("error", reject);
  request.on("response", (response: http.IncomingMessage) => {
    const { date } = response.headers;
    receive(response, bytesMax).then((reply) => resolve({ ...reply, date }), reject);
  });
  request.end();
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    request.destroy();
  }
}

async function receive(
  response: http.IncomingMessage,
  bytesMax: number,
): Promise<Omit<GetReply, "date">> {
  const pieces: Uint8Array[] = [];
  let byteCount = 0;
  for await (const piece of response as AsyncIterable<Uint8Array>) {
    byteCount += piece.length;
    if (byteCount > bytesMax) throw new Error(`the answer is longer than ${bytesMax} bytes`);
    pieces.push(piece);
  }
  if (!response.complete) throw new Error("the answer was cut off");
  return { status: response.statusCode ?? 0, body: new TextDecoder().decode(joinedBytes(pieces)) };
}
