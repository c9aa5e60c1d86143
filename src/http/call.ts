// One request on its way to a handler. The path is decided by then; the query is read by those who want it, because
// a broken one matters only to them.

import type { Identity } from "../auth/identity.ts";
import type { HttpHost } from "./host.ts";

/** What the API reads of a request: that of Deno.serve is one, and so is what stands in for node:http's. */
export interface ApiRequest {
  readonly method: string;
  /** Scheme, host, and the target as it was sent. */
  readonly url: string;
  readonly headers: Pick<Headers, "get" | "has">;
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>> | null;
  /** The whole body; for those whose length is known to be small. */
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
}

/** What a handler is given. */
export interface Call {
  readonly host: HttpHost;
  readonly request: ApiRequest;
  /** What follows the question mark, as it came. */
  readonly queryText: string;
  /** The segment that stands for `:option` in the route's path, a byte string; empty in other routes. */
  readonly segment: string;
  /** Who sends it; undefined where nobody is asked. */
  readonly identity: Identity | undefined;
}

/** Answers a request; may throw HttpError. */
export type Handler = (call: Call) => Response | Promise<Response>;
