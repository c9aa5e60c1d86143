// From a request to nsqd's HTTP API to its reply, without a socket: the route says who may use it, its handler does the
// rest. What every HTTP API does alike is in src/web/answering.ts.

import type { Identity } from "../auth/identity.ts";
import { Answering, type Routed } from "../web/answering.ts";
import type { ApiRequest } from "../web/api_request.ts";
import type { HttpHost } from "./host.ts";
import { HttpError } from "./http_errors.ts";
import { legacyRoutes } from "./legacy_routes.ts";
import { type RouteRow, routes } from "./routes.ts";

const answering = new Answering<RouteRow, HttpHost>(routes, handle);
const legacyAnswering = new Answering<RouteRow, HttpHost>([...routes, ...legacyRoutes], handle);

/** Answers a request. `remote` says who sent it, for the log. */
export function answer(
  host: HttpHost,
  request: ApiRequest,
  remote: () => string,
): Promise<Response> | Response {
  const { legacyHttp } = host.options;
  return (legacyHttp ? legacyAnswering : answering).answer(host, request, remote);
}

function handle(host: HttpHost, routed: Routed<RouteRow>): Promise<Response> | Response {
  const { request, match: { route, segment }, queryText, remote } = routed;
  if (host.gate === undefined || route.role === "open") {
    return route.handle({ host, request, queryText, segment, identity: undefined, remote });
  }
  return handleGated(host, routed);
}

async function handleGated(host: HttpHost, routed: Routed<RouteRow>): Promise<Response> {
  const { request, match: { route, segment }, queryText, remote } = routed;
  const identity = await sender(host, request, route, remote);
  return await route.handle({ host, request, queryText, segment, identity, remote });
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
