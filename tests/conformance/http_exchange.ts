/**
 * A plain HTTP client that hides nothing: the request is the bytes it is given, the reply is
 * reported as it came. `fetch` would repair targets, follow redirects and reuse connections.
 *
 * Knows HTTP/1 framing and no route. One exchange uses one connection and closes it.
 */
import { connectTls } from "../../src/transport/tls_client.ts";
import type { Transport } from "../../src/transport/transport.ts";
import { ByteInlet } from "./byte_inlet.ts";
import { openSocket, type Target } from "./connection.ts";
import { Deadline, settleWithin } from "./deadline.ts";
import { joinBytes } from "./vectors.ts";

const CHUNK_BYTES = 1000;
const LINE_END = "\r\n";

/** The parts of a request; `body` null sends none. */
export type HttpRequest = {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | null;
  readonly isChunked: boolean;
  readonly version: string;
};

/** A reply; header names are in lower case, `isComplete` is false if the body was cut off. */
export type HttpReply = {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
  readonly isComplete: boolean;
};

/** The bytes of a request that asks the server to close afterwards. */
export function requestBytes(request: HttpRequest): Uint8Array {
  const { method, target, headers, body, isChunked, version } = request;
  const given = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const lines = [`${method} ${target} HTTP/${version}`];
  if (!given.has("host")) lines.push("Host: 127.0.0.1");
  if (!given.has("connection")) lines.push("Connection: close");
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  const hasLength = body !== null || method === "POST" || method === "PUT";
  if (isChunked) lines.push("Transfer-Encoding: chunked");
  else if (!given.has("content-length") && hasLength) {
    lines.push(`Content-Length: ${body?.length ?? 0}`);
  }
  const head = ascii(lines.join(LINE_END) + LINE_END + LINE_END);
  const content = body ?? new Uint8Array();
  return joinBytes([head, isChunked ? chunked(content) : content]);
}

function chunked(body: Uint8Array): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < body.length; at += CHUNK_BYTES) {
    const chunk = body.subarray(at, at + CHUNK_BYTES);
    pieces.push(ascii(chunk.length.toString(16) + LINE_END), chunk, ascii(LINE_END));
  }
  return joinBytes([...pieces, ascii("0" + LINE_END + LINE_END)]);
}

/**
 * Sends bytes and reads up to `count` replies, within `waitMs` milliseconds in all; fewer if the
 * server closes before. With `isBodiless` replies have no body (HEAD), with `isTls` the server may show any certificate.
 * Throws if nobody listens.
 */
export async function exchange(
  target: Target,
  bytes: Uint8Array,
  { count = 1, waitMs = 10_000, isBodiless = false, isTls = false } = {},
): Promise<HttpReply[]> {
  const connection = await openSocket(target);
  const socket = isTls ? await overTls(connection) : connection;
  try {
    const deadline = new Deadline(waitMs);
    // The answer may come before the request is taken (too large), so writing is not awaited alone.
    const writing = writeAll(socket, bytes);
    const reader = new ReplyReader(new ByteInlet(socket), deadline);
    const replies: HttpReply[] = [];
    while (replies.length < count) {
      const reply = await reader.next(isBodiless);
      if (reply === null) break;
      if (reply.status !== 100) replies.push(reply);
    }
    await settleWithin(writing, 0);
    return replies;
  } finally {
    socket.close();
  }
}

function overTls(connection: Transport): Promise<Transport> {
  return connectTls(connection, "localhost", { isInsecure: true }, 10_000);
}

async function writeAll(socket: Pick<Transport, "write">, bytes: Uint8Array): Promise<void> {
  try {
    for (let at = 0; at < bytes.length;) at += await socket.write(bytes.subarray(at));
  } catch {
    // the server has answered and closed before taking everything
  }
}

class ReplyReader {
  readonly #inlet: ByteInlet;
  readonly #deadline: Deadline;

  constructor(inlet: ByteInlet, deadline: Deadline) {
    this.#inlet = inlet;
    this.#deadline = deadline;
  }

  async next(isBodiless: boolean): Promise<HttpReply | null> {
    const head = await this.#until(LINE_END + LINE_END);
    if (head === null) return null;
    const [first = "", ...lines] = head.split(LINE_END);
    const match = /^HTTP\/1\.[01] (\d{3})/.exec(first);
    if (match === null) return null;
    const status = Number(match[1]);
    const headers = new Map(lines.map(headerOf));
    const hasBody = !isBodiless && status !== 100 && status !== 204 && status !== 304;
    const { body, isComplete } = hasBody
      ? await this.#body(headers)
      : { body: new Uint8Array(), isComplete: true };
    return { status, headers, body, isComplete };
  }

  async #body(headers: ReadonlyMap<string, string>) {
    if (headers.get("transfer-encoding")?.includes("chunked")) return await this.#chunks();
    const length = headers.get("content-length");
    if (length !== undefined) return await this.#exactly(Number(length));
    while (await this.#inlet.more(this.#deadline) === "ready");
    return { body: this.#inlet.take(this.#inlet.bytes.length), isComplete: true };
  }

  async #chunks() {
    const pieces: Uint8Array[] = [];
    while (true) {
      const line = await this.#until(LINE_END);
      const size = line === null ? NaN : parseInt(line, 16);
      if (Number.isNaN(size)) return { body: joinBytes(pieces), isComplete: false };
      const { body, isComplete } = await this.#exactly(size + LINE_END.length);
      pieces.push(body.subarray(0, size));
      if (size === 0 || !isComplete) return { body: joinBytes(pieces), isComplete };
    }
  }

  async #exactly(count: number) {
    const isComplete = await this.#inlet.need(count, this.#deadline) === "ready";
    return { body: this.#inlet.take(Math.min(count, this.#inlet.bytes.length)), isComplete };
  }

  async #until(mark: string): Promise<string | null> {
    while (true) {
      const text = new TextDecoder("latin1").decode(this.#inlet.bytes);
      const at = text.indexOf(mark);
      if (at >= 0) {
        this.#inlet.take(at + mark.length);
        return text.slice(0, at);
      }
      if (await this.#inlet.more(this.#deadline) !== "ready") return null;
    }
  }
}

function headerOf(line: string): [string, string] {
  const colon = line.indexOf(":");
  return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
