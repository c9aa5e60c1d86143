// What the servers of the HTTP API have in common, whatever they run on: how one answers, and how one is closed.

import type { ApiRequest } from "./api_request.ts";

/** A running HTTP server. */
export interface HttpServer {
  /** The port really bound; -1 for a unix socket. */
  readonly port: number;
  /** The bound address as the log shows it. */
  readonly text: string;
  /** Takes no more requests, lets those under way end for `graceMs` (2 s) at most, then closes. */
  shutdown(graceMs?: number): Promise<void>;
}

/** Answers a request. `remote` says who sent it, for the log. */
export type Respond = (
  request: ApiRequest,
  remote: () => string,
) => Response | Promise<Response>;
