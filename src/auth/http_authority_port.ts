// Asks auth servers over HTTP(S), the way they expect it of NSQ: GET with a query, or POST with JSON. It judges nothing but
// the reply's form: status 200 and a bounded body. Redirects are not followed, since a server has no say in whom this
// broker connects to; the one exception is NSQ's: a 403 may name the port where the same server speaks TLS.
// Invariant: each question is answered within the time for a request, and only so many are under way at once.

import http from "node:http";
import https from "node:https";
import { readableText } from "../base/byte_string.ts";
import { joinedBytes } from "../base/joined_bytes.ts";
import { reasonOf } from "../base/system_error.ts";
import { httpsPortIn } from "../wire/https_port.ts";
import {
  AUTH_REPLY_BYTES_MAX,
  type AuthAnswer,
  type AuthorityPort,
  type AuthQuestion,
  type AuthServerSettings,
} from "./authority_port.ts";
import { Gangway } from "../base/gangway.ts";
import { authEndpoint } from "../options/auth_endpoint.ts";

/** Questions under way at once; a burst of clients must not become a burst of connections. */
const QUESTIONS_MAX = 256;
const ACCEPT = "application/vnd.nsq; version=1.0";

interface Reply {
  readonly status: number;
  readonly body: string;
}

/** Asks over HTTP. */
export class HttpAuthorityPort implements AuthorityPort {
  readonly #settings: AuthServerSettings;
  readonly #gangway = new Gangway(QUESTIONS_MAX, Infinity);

  constructor(settings: AuthServerSettings) {
    this.#settings = settings;
  }

  async ask(server: number, question: AuthQuestion): Promise<AuthAnswer> {
    const address = this.#settings.addresses[server];
    if (address === undefined) return failure(`there is no auth server ${server}`);
    try {
      return await this.#gangway.pass(() => this.#asked(authEndpoint(address), question));
    } catch (error) {
      return failure(reasonOf(error));
    }
  }

  async #asked(endpoint: string, question: AuthQuestion): Promise<AuthAnswer> {
    const deadlineMs = performance.now() + this.#settings.requestTimeoutMs;
    let reply = await this.#request(new URL(endpoint), question, deadlineMs);
    if (reply.status === 403 && endpoint.startsWith("http:")) {
      const elsewhere = tlsEndpoint(endpoint, reply.body);
      if (elsewhere !== undefined) reply = await this.#request(elsewhere, question, deadlineMs);
    }
    if (reply.status === 200) return { kind: "body", body: reply.body };
    return failure(`it answered with status ${reply.status}`);
  }

  async #request(url: URL, question: AuthQuestion, deadlineMs: number): Promise<Reply> {
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    const request = this.#begin(url, question);
    const { requestTimeoutMs } = this.#settings;
    const giveUp = () => request.destroy(new Error(`no answer within ${requestTimeoutMs} ms`));
    const timer = setTimeout(giveUp, Math.max(0, deadlineMs - performance.now()));
    const connectTimer = this.#watchConnecting(request);
    request.on("error", reject);
    request.on("response", (response: http.IncomingMessage) => receive(response, resolve, reject));
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      clearTimeout(connectTimer());
      request.destroy();
    }
  }

  #begin(url: URL, question: AuthQuestion): http.ClientRequest {
    const { method, rootCa, minVersion } = this.#settings;
    const body = method === "post" ? questionJson(question) : undefined;
    if (body === undefined) url.search += (url.search === "" ? "?" : "&") + questionQuery(question);
    const options = {
      method: method.toUpperCase(),
      // A connection of its own each time: one kept open may have been closed by the server just now.
      agent: false,
      headers: {
        "Accept": ACCEPT,
        ...(body === undefined ? {} : {
          "Content-Type": "application/json",
          "Content-Length": String(body.length),
        }),
      },
    } as const;
    const tls = { minVersion, ...(rootCa === undefined ? {} : { ca: rootCa }) };
    const request = url.protocol === "https:"
      ? https.request(url, { ...options, ...tls })
      : http.request(url, options);
    request.end(body);
    return request;
  }

  /** Ends a request that does not get a connection in time; what is returned gives the timer to clear. */
  #watchConnecting(request: http.ClientRequest): () => ReturnType<typeof setTimeout> | undefined {
    const { connectTimeoutMs } = this.#settings;
    let timer: ReturnType<typeof setTimeout> | undefined;
    request.on("socket", (socket) => {
      if (!socket.connecting) return;
      const giveUp = () =>
        request.destroy(new Error(`no connection within ${connectTimeoutMs} ms`));
      timer = setTimeout(giveUp, connectTimeoutMs);
      socket.once("connect", () => clearTimeout(timer));
    });
    return () => timer;
  }
}

function receive(
  response: http.IncomingMessage,
  resolve: (reply: Reply) => void,
  reject: (error: Error) => void,
): void {
  const pieces: Uint8Array[] = [];
  let byteCount = 0;
  response.on("data", (piece: Uint8Array) => {
    byteCount += piece.length;
    pieces.push(piece);
    if (byteCount <= AUTH_REPLY_BYTES_MAX) return;
    reject(new Error(`its answer is longer than ${AUTH_REPLY_BYTES_MAX} bytes`));
    response.destroy();
  });
  response.on("end", () => {
    const body = new TextDecoder().decode(joinedBytes(pieces));
    resolve({ status: response.statusCode ?? 0, body });
  });
  response.on("error", reject);
  // After "end" this is too late to matter; before it the answer was cut off.
  response.on("close", () => reject(new Error("its answer was cut off")));
}

function failure(reason: string): AuthAnswer {
  return { kind: "failure", reason };
}

/** Where the server says that it speaks TLS; undefined when it does not say. */
function tlsEndpoint(endpoint: string, body: string): URL | undefined {
  const port = httpsPortIn(body);
  if (port === undefined) return undefined;
  const url = new URL(endpoint);
  return new URL(`https://${url.hostname}:${port}${url.pathname}${url.search}`);
}

function questionQuery({ secret, remoteIp, isTls, commonName }: AuthQuestion): string {
  const text = new URLSearchParams({ common_name: commonName, remote_ip: remoteIp });
  // The secret may be any bytes, which URLSearchParams would take for characters.
  return `${text}&secret=${formEncoded(secret)}&tls=${isTls}`;
}

/** Every byte as a form writes it: a space is `+`, and what is no letter, digit or one of `-_.~` has an escape. */
function formEncoded(secret: string): string {
  return secret.replaceAll(
    /[^A-Za-z0-9\-_.~]/g,
    (character) =>
      character === " "
        ? "+"
        : "%" + character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0"),
  );
}

function questionJson({ secret, remoteIp, isTls, commonName }: AuthQuestion): Uint8Array {
  const document = {
    common_name: [commonName],
    remote_ip: [remoteIp],
    secret: [readableText(secret)],
    tls: [String(isTls)],
  };
  return new TextEncoder().encode(JSON.stringify(document));
}
