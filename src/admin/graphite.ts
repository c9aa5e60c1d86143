// Asks graphite: one number for the API, and whatever the page draws, handed through. Only the host of --graphite-url is
// ever asked.

import http from "node:http";
import https from "node:https";

const RATE_BYTES_MAX = 1024 * 1024;

/** Headers that concern one connection only. */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** A request to graphite. */
export interface GraphiteRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Until the head of the answer is there, ms. */
  readonly limitMs: number;
}

/** Begins a request and gives its answer, whose body streams. Rejects when there is none in time. */
export async function askGraphite({ url, headers, limitMs }: GraphiteRequest): Promise<Response> {
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
  const begin = url.protocol === "https:" ? https.request : http.request;
  const credentials = url.username === "" && url.password === ""
    ? undefined
    : `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  const plain = new URL(url);
  plain.username = plain.password = "";
  const request = begin(plain, {
    agent: false as const,
    headers: { ...headers, ...credentials === undefined ? {} : basic(credentials) },
  });
  const timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
  request.on("error", reject);
  request.on("response", resolve);
  request.end();
  try {
    return responseOf(await promise, request);
  } catch (error) {
    request.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function basic(credentials: string): Record<string, string> {
  return { Authorization: `Basic ${new TextEncoder().encode(credentials).toBase64()}` };
}

function responseOf(incoming: http.IncomingMessage, request: http.ClientRequest): Response {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value === undefined || HOP_BY_HOP.has(name)) continue;
    for (const one of Array.isArray(value) ? value : [value]) headers.append(name, one);
  }
  const pieces = (incoming as AsyncIterable<Uint8Array<ArrayBuffer>>)[Symbol.asyncIterator]();
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: () => void request.destroy(),
  });
  const { statusCode: status = 502 } = incoming;
  const isBare = status === 204 || status === 304;
  if (isBare) request.destroy();
  return new Response(isBare ? null : body, { status, headers });
}

/** The first point of the first series that graphite answers; throws when there is none. */
export async function firstPoint(response: Response): Promise<number> {
  if (response.status !== 200) throw new Error(`got response ${response.status}`);
  const series: unknown = JSON.parse(await boundedText(response));
  const points: unknown = Array.isArray(series) ? series[0]?.datapoints : undefined;
  const value: unknown = Array.isArray(points) ? points[0]?.[0] : undefined;
  if (typeof value !== "number") throw new Error("there is no point");
  return value;
}

async function boundedText({ body }: Response): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const piece of body ?? []) {
    text += decoder.decode(piece, { stream: true });
    if (text.length > RATE_BYTES_MAX) throw new Error("the answer is too long");
  }
  return text;
}
