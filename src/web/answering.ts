// From a request to its reply, without a socket: the route is found, the API's own handler called, and whatever it throws
// becomes an error of the API. It does not know what the routes are for.
// Invariant: every request is answered; the log has a line for each whose route wants one.

import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import type { ApiRequest } from "./api_request.ts";
import { durationText } from "./duration_text.ts";
import { percentDecoded } from "./percent.ts";
import { errorReply, optionsReply, plainReply, redirectReply } from "./replies.ts";
import { generalError, ReplyError } from "./reply_error.ts";
import { type Match, type RoutePath, Router } from "./router.ts";

/** A route as far as answering needs to know it. */
export interface ApiRoute extends RoutePath {
  /** Whether each request is a line in the log. */
  readonly isLogged: boolean;
}

/** What answering needs of the program. */
export interface AnsweringHost {
  readonly clock: Clock;
  readonly log: Logger;
}

/** A request whose route is known. */
export interface Routed<Route> {
  readonly request: ApiRequest;
  readonly match: Match<Route>;
  /** What follows the question mark, as it came. */
  readonly queryText: string;
  /** Says who sent it. */
  readonly remote: () => string;
}

/** Answers a request of a known route; may throw ReplyError. */
export type Handle<Route, Host> = (
  host: Host,
  routed: Routed<Route>,
) => Response | Promise<Response>;

/** Path and query of a request as they came, escapes and all. */
interface Target {
  uri: string;
  path: string;
  queryText: string;
}

/** Answers the requests of one API. */
export class Answering<Route extends ApiRoute, Host extends AnsweringHost> {
  readonly #router: Router<Route>;
  readonly #handle: Handle<Route, Host>;

  constructor(routes: readonly Route[], handle: Handle<Route, Host>) {
    this.#router = new Router(routes);
    this.#handle = handle;
  }

  /** Answers a request. `remote` says who sent it, for the log. */
  answer(host: Host, request: ApiRequest, remote: () => string): Promise<Response> | Response {
    const { uri, path, queryText } = targetOf(request.url);
    const match = this.#router.find(request.method, path);
    // The hot routes are plain and not logged.
    if (match !== undefined && !match.route.isLogged) {
      return this.#reply(host, { request, match, queryText, remote });
    }
    return this.#answerLogged(host, request, { uri, path, queryText }, match, remote);
  }

  async #answerLogged(
    host: Host,
    request: ApiRequest,
    target: Target,
    match: Match<Route> | undefined,
    remote: () => string,
  ): Promise<Response> {
    const startMs = host.clock.nowMs();
    const { method } = request;
    const { uri, queryText } = target;
    const path = percentDecoded(target.path);
    const found = match ?? (path === undefined ? undefined : this.#router.find(method, path));
    if (found === undefined) {
      const signpost = path === undefined ? undefined : this.#signpost(method, path, queryText);
      if (signpost !== undefined) return signpost;
    }
    const response = found === undefined
      ? this.#refusal(path)
      : await this.#reply(host, { request, match: found, queryText, remote });
    if (found?.route.isLogged ?? true) {
      const duration = durationText(host.clock.nowMs() - startMs);
      host.log.info(`${response.status} ${method} ${uri} (${remote()}) ${duration}`);
    }
    return response;
  }

  async #reply(host: Host, routed: Routed<Route>): Promise<Response> {
    try {
      return await this.#handle(host, routed);
    } catch (error) {
      if (error instanceof ReplyError) return errorReply(error);
      const { request, match } = routed;
      host.log.error(`HTTP: ${request.method} ${match.route.path} failed - ${crashText(error)}`);
      return errorReply(generalError("INTERNAL_ERROR"));
    }
  }

  /** A redirect to the right path or the answer to OPTIONS; neither is logged. */
  #signpost(method: string, path: string, queryText: string): Response | undefined {
    const corrected = this.#router.correctedPath(method, path);
    if (corrected !== undefined) {
      return redirectReply(method, queryText === "" ? corrected : `${corrected}?${queryText}`);
    }
    const allow = method === "OPTIONS" ? this.#router.allow(path) : undefined;
    return allow === undefined ? undefined : optionsReply(allow);
  }

  #refusal(path: string | undefined): Response {
    // Upstream's router never sees such a path: Go's server refuses it, in its own words.
    if (path === undefined) return plainReply("400 Bad Request", 400);
    const allow = this.#router.allow(path);
    if (allow === undefined) return errorReply(generalError("NOT_FOUND"));
    return errorReply(generalError("METHOD_NOT_ALLOWED"), allow);
  }
}

/** What stands after scheme and host. Deno gives the line's own spelling, broken escapes included. */
function targetOf(url: string): Target {
  const start = url.indexOf("/", url.indexOf("//") + 2);
  const question = url.indexOf("?", start);
  const uri = start < 0 ? "/" : url.slice(start);
  if (question < 0) return { uri, path: uri, queryText: "" };
  return { uri, path: url.slice(start, question), queryText: url.slice(question + 1) };
}

function crashText(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}
