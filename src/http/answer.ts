// From a request to its reply, without a socket: the route is found, its handler called, and whatever it throws becomes
// an error of the API. Invariant: every request is answered; the log has a line for each whose route wants one.

import type { Identity } from "../auth/identity.ts";
import type { ApiRequest } from "./call.ts";
import { durationText } from "./duration_text.ts";
import type { HttpHost } from "./host.ts";
import { HttpError } from "./http_errors.ts";
import { percentDecoded } from "./percent.ts";
import { errorReply, optionsReply, redirectReply } from "./replies.ts";
import { type Match, Router } from "./router.ts";
import { type RouteRow, routes } from "./routes.ts";

const router = new Router(routes);

/** Path and query of a request as they came, escapes and all. */
interface Target {
  uri: string;
  path: string;
  queryText: string;
}

/** Answers a request. `remote` says who sent it, for the log. */
export function answer(
  host: HttpHost,
  request: ApiRequest,
  remote: () => string,
): Promise<Response> | Response {
  const { uri, path, queryText } = targetOf(request.url);
  const match = router.find(request.method, path);
  // The hot routes are plain and not logged.
  if (match !== undefined && !match.route.isLogged) {
    return reply(host, request, match, queryText, remote);
  }
  return answerLogged(host, request, { uri, path, queryText }, match, remote);
}

async function answerLogged(
  host: HttpHost,
  request: ApiRequest,
  target: Target,
  match: Match | undefined,
  remote: () => string,
): Promise<Response> {
  const startMs = host.clock.nowMs();
  const { method } = request;
  const path = percentDecoded(target.path);
  const found = match ?? (path === undefined ? undefined : router.find(method, path));
  if (found === undefined) {
    const signpost = path === undefined ? undefined : signpostReply(method, path, target.queryText);
    if (signpost !== undefined) return signpost;
  }
  const response = found === undefined
    ? refusal(path)
    : await reply(host, request, found, target.queryText, remote);
  if (found?.route.isLogged ?? true) {
    const duration = durationText(host.clock.nowMs() - startMs);
    host.log.info(`${response.status} ${method} ${target.uri} (${remote()}) ${duration}`);
  }
  return response;
}

/** What stands after scheme and host. Deno gives the line's own spelling, broken escapes included. */
function targetOf(url: string): Target {
  const start = url.indexOf("/", url.indexOf("//") + 2);
  const question = url.indexOf("?", start);
  const uri = start < 0 ? "/" : url.slice(start);
  if (question < 0) return { uri, path: uri, queryText: "" };
  return { uri, path: url.slice(start, question), queryText: url.slice(question + 1) };
}

async function reply(
  host: HttpHost,
  request: ApiRequest,
  { route, segment }: Match,
  queryText: string,
  remote: () => string,
): Promise<Response> {
  try {
    const isOpen = host.gate === undefined || route.role === "open";
    const identity = isOpen ? undefined : await sender(host, request, route, remote);
    return await route.handle({ host, request, queryText, segment, identity });
  } catch (error) {
    if (error instanceof HttpError) return errorReply(error);
    host.log.error(`HTTP: ${request.method} ${route.path} failed - ${crashText(error)}`);
    return errorReply(new HttpError("INTERNAL_ERROR"));
  }
}

/** Who sends a request, who may. Throws HttpError `UNAUTHORIZED` or `FORBIDDEN`. */
async function sender(
  { gate, refusals }: HttpHost,
  { method, headers }: ApiRequest,
  { role, path }: RouteRow,
  remote: () => string,
): Promise<Identity | undefined> {
  if (gate === undefined || role === "open") return undefined;
  const admission = await gate.admit(headers.get("authorization"), role, remote);
  if (admission === "unknown") {
    refusals.add("http_unauthorized", `HTTP: ${method} ${path} of ${remote()} needs ${role}`);
    throw new HttpError("UNAUTHORIZED");
  }
  if (admission === "forbidden") {
    refusals.add("http_forbidden", `HTTP: ${method} ${path} of ${remote()} needs ${role}`);
    throw new HttpError("FORBIDDEN");
  }
  return admission;
}

function crashText(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}

/** A redirect to the right path or the answer to OPTIONS; neither is logged. */
function signpostReply(method: string, path: string, queryText: string): Response | undefined {
  const corrected = router.correctedPath(method, path);
  if (corrected !== undefined) {
    return redirectReply(method, queryText === "" ? corrected : `${corrected}?${queryText}`);
  }
  const allow = method === "OPTIONS" ? router.allow(path) : undefined;
  return allow === undefined ? undefined : optionsReply(allow);
}

function refusal(path: string | undefined): Response {
  if (path === undefined) return errorReply(new HttpError("INVALID_REQUEST"));
  const allow = router.allow(path);
  if (allow === undefined) return errorReply(new HttpError("NOT_FOUND"));
  return errorReply(new HttpError("METHOD_NOT_ALLOWED"), allow);
}
