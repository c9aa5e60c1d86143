// One request on its way to a handler. The path is decided by then; the query is read by those who want it, because
// a broken one matters only to them.

import type { Identity } from "../auth/identity.ts";
import type { ApiRequest } from "../web/api_request.ts";
import type { HttpHost } from "./host.ts";

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
  /** Says from where it was sent. */
  readonly remote: () => string;
}

/** Answers a request; may throw HttpError. */
export type Handler = (call: Call) => Response | Promise<Response>;
