// Asks nsqd's and nsqlookupd's over HTTP, as their API expects it. Redirects are not followed and no proxy is used; the one
// place it is sent on to is NSQ's: a 403 may name the port where the same host speaks TLS.
// Invariant: an answer takes at most the time for a request, and all answers together never hold more than a budget of
// memory, whatever the daemons send.

import http from "node:http";
import https from "node:https";
import { byteString, byteStringOfText } from "../base/byte_string.ts";
import { type ClientTls, nodeOptionsOf } from "../base/client_tls.ts";
import type { Clock } from "../base/clock.ts";
import { Gangway } from "../base/gangway.ts";
import { goQuote } from "../base/go_quote.ts";
import { oneOrJoined } from "../base/joined_bytes.ts";
import type { Logger } from "../base/logger.ts";
import { httpsPortIn } from "../wire/https_port.ts";
import { goNetError } from "./go_net_error.ts";

/** Requests under way at once. */
const REQUESTS_MAX = 64;
/** The longest answer: /stats of ten thousand topics with their clients has some 20 MB. */
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;
const BUDGET_BYTES = 4 * ANSWER_BYTES_MAX;
/** What an error shows of an answer. */
const QUOTED_BYTES_MAX = 1024;
/** What daemons call themselves ends up in URLs. */
const PLACE = /^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+(%[\w.]+)?\]):\d{1,5}$/;
const ACCEPT = "application/vnd.nsq; version=1.0";

/** What a program is. */
export type DaemonKind = "nsqd" | "nsqlookupd";

/** How daemons are asked. */
export interface DaemonClientSettings {
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly tls: ClientTls & { readonly isInsecure: boolean };
  /** What only nsqd's get to see, as a bearer token; empty is nothing. */
  readonly nsqdToken: string;
  readonly userAgent: string;
  readonly clock: Pick<Clock, "nowMs">;
  readonly log: Logger;
}

/** One request. */
export interface DaemonRequest {
  readonly kind: DaemonKind;
  readonly method: "GET" | "POST";
  /** `host:port`. */
  readonly address: string;
  /** Path and query, escaped. */
  readonly target: string;
  readonly body?: Uint8Array;
  /** Nobody asked for it just now: it is logged as a detail. */
  readonly isRoutine?: boolean;
}

/** What came back with another status than 200. */
export class DaemonRefusal extends Error {
  override readonly name = "DaemonRefusal";
  readonly status: number;
  /** What the body's `message` says; empty when it says nothing. */
  readonly code: string;

  constructor(reply: Reply) {
    const quoted = goQuote(
      byteString(reply.body, 0, Math.min(reply.body.length, QUOTED_BYTES_MAX)),
    );
    super(`got response ${reply.status} ${reply.statusText} ${quoted}`);
    this.status = reply.status;
    this.code = codeOf(reply.body);
  }
}

/** How many requests there were. */
export interface DaemonTally {
  asked: number;
  failed: number;
  /** In all, ms. */
  tookMs: number;
}

/** An answer. */
export interface SizedJson {
  readonly json: unknown;
  readonly byteCount: number;
}

interface Reply {
  readonly status: number;
  readonly statusText: string;
  readonly body: Uint8Array;
}

/** Asks daemons. */
export class DaemonClient {
  readonly #settings: DaemonClientSettings;
  readonly #gangway = new Gangway(REQUESTS_MAX, Infinity);
  readonly tallies: Readonly<Record<DaemonKind, DaemonTally>> = {
    nsqd: { asked: 0, failed: 0, tookMs: 0 },
    nsqlookupd: { asked: 0, failed: 0, tookMs: 0 },
  };
  #heldBytes = 0;

  constructor(settings: DaemonClientSettings) {
    this.#settings = settings;
  }

  /** What nsqd's are shown; empty is nothing. */
  get nsqdToken(): string {
    return this.#settings.nsqdToken;
  }

  /** The JSON of an answer, and how long it was. @throws as `getJson` */
  async getSizedJson(request: Omit<DaemonRequest, "method">): Promise<SizedJson> {
    const body = await this.#ask({ ...request, method: "GET" });
    return { json: jsonOf(body), byteCount: body.length };
  }

  /** The JSON of an answer. @throws {DaemonRefusal} @throws {Error} worded as upstream does */
  async getJson(request: Omit<DaemonRequest, "method">): Promise<unknown> {
    return jsonOf(await this.#ask({ ...request, method: "GET" }));
  }

  /** Has something done; the answer is not looked at. @throws as `getJson` */
  async post(request: Omit<DaemonRequest, "method">): Promise<void> {
    await this.#ask({ ...request, method: "POST" });
  }

  #ask(request: DaemonRequest): Promise<Uint8Array> {
    return this.#gangway.pass(async () => {
      const { log, clock } = this.#settings;
      if (!PLACE.test(request.address)) {
        throw new Error(`${goQuote(byteStringOfText(request.address))} is no host:port`);
      }
      const url = new URL(`http://${request.address}${request.target}`);
      const line = `CI: querying ${request.kind} ${url.href}`;
      if (request.isRoutine) log.debug(line);
      else log.info(line);
      const tally = this.tallies[request.kind];
      const startMs = clock.nowMs();
      tally.asked++;
      try {
        return await this.#answer(request, url);
      } catch (error) {
        tally.failed++;
        throw error;
      } finally {
        tally.tookMs += clock.nowMs() - startMs;
      }
    });
  }

  async #answer(request: DaemonRequest, url: URL): Promise<Uint8Array> {
    const reply = await this.#exchange(request, url);
    if (reply.status === 200) return reply.body;
    const port = reply.status === 403
      ? httpsPortIn(new TextDecoder().decode(reply.body))
      : undefined;
    if (port === undefined) throw new DaemonRefusal(reply);
    const elsewhere = new URL(url);
    elsewhere.protocol = "https:";
    elsewhere.port = String(port);
    const second = await this.#exchange(request, elsewhere);
    if (second.status === 200) return second.body;
    throw new DaemonRefusal(second);
  }

  async #exchange(request: DaemonRequest, url: URL): Promise<Reply> {
    const { connectTimeoutMs, requestTimeoutMs } = this.#settings;
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    const sent = this.#begin(request, url);
    const late = new Error(
      "context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
    );
    const timers = [setTimeout(() => reject(late), requestTimeoutMs)];
    sent.on("socket", (socket) => {
      const timer = setTimeout(() => {
        reject(Object.assign(new Error("i/o timeout"), { code: "ETIMEDOUT" }));
      }, connectTimeoutMs);
      timers.push(timer);
      socket.once("connect", () => clearTimeout(timer));
    });
    sent.on("error", reject);
    sent.on("response", (response: http.IncomingMessage) => {
      this.#receive(response).then(resolve, reject);
    });
    sent.end(request.body);
    try {
      return await promise;
    } catch (error) {
      throw goNetError({ method: request.method, url }, error);
    } finally {
      for (const timer of timers) clearTimeout(timer);
      sent.destroy();
    }
  }

  #begin({ kind, method, body }: DaemonRequest, url: URL): http.ClientRequest {
    const { tls, nsqdToken, userAgent } = this.#settings;
    const isTrusted = kind === "nsqd" && nsqdToken !== "";
    const options = {
      method,
      // One kept open may have been closed by the daemon just now.
      agent: false as const,
      headers: {
        Accept: ACCEPT,
        "User-Agent": userAgent,
        ...isTrusted ? { Authorization: `Bearer ${nsqdToken}` } : {},
        ...method === "POST" ? { "Content-Length": String(body?.length ?? 0) } : {},
      },
    };
    if (url.protocol === "http:") return http.request(url, options);
    return https.request(url, {
      ...options,
      rejectUnauthorized: !tls.isInsecure,
      ...nodeOptionsOf(tls),
    });
  }

  async #receive(response: http.IncomingMessage): Promise<Reply> {
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    let length = 0;
    try {
      for await (const piece of response as AsyncIterable<Uint8Array<ArrayBuffer>>) {
        length += piece.length;
        this.#heldBytes += piece.length;
        if (length > ANSWER_BYTES_MAX) {
          throw new Error(`the answer is longer than ${ANSWER_BYTES_MAX} bytes`);
        }
        if (this.#heldBytes > BUDGET_BYTES) throw new Error("too many long answers at once");
        pieces.push(piece);
      }
      if (!response.complete) throw new Error("unexpected EOF");
      const { statusCode: status = 0, statusMessage: statusText = "" } = response;
      return { status, statusText, body: oneOrJoined(pieces) };
    } finally {
      this.#heldBytes -= length;
    }
  }
}

function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch (cause) {
    if (body.length === 0) throw new Error("unexpected end of JSON input", { cause });
    const start = goQuote(byteString(body, 0, Math.min(body.length, 100)));
    throw new Error(`the answer is no JSON: ${start}`, { cause });
  }
}

function codeOf(body: Uint8Array): string {
  if (body.length > QUOTED_BYTES_MAX) return "";
  try {
    const message: unknown = JSON.parse(new TextDecoder().decode(body))["message"];
    return typeof message === "string" ? message : "";
  } catch {
    return "";
  }
}
