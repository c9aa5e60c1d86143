// GET /api/graphite, a rate from graphite, and GET /render, graphite's answers for the page.

import { reasonOf } from "../../base/system_error.ts";
import { parseQuery } from "../../web/query.ts";
import { jsonReply } from "../../web/replies.ts";
import { generalError } from "../../web/reply_error.ts";
import { type Call, parameter } from "../call.ts";
import { queryText } from "../cluster.ts";
import { askGraphite, firstPoint } from "../graphite.ts";
import { adminError } from "../http_errors.ts";

/** As Go prints `%.2f`: a half goes to the even digit. */
const TWO_DIGITS = new Intl.NumberFormat("en", {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
  roundingMode: "halfEven",
  useGrouping: false,
});

/** GET /api/graphite. */
export async function rate(call: Call): Promise<Response> {
  const { host } = call;
  if (parameter(call, "metric") !== "rate") throw adminError("INVALID_ARG_METRIC");
  if (!parseQuery(call.queryText).has("target")) throw adminError("INVALID_ARG_TARGET");
  const target = parameter(call, "target");
  const { graphiteUrl, statsdInterval, httpClientRequestTimeout: limitMs } = host.options;
  const seconds = Math.floor(statsdInterval / 1000);
  const from = Math.floor(2 * statsdInterval / 1000);
  const query = `format=json&from=-${from}sec&target=${queryText(target)}&until=-${seconds}sec`;
  const url = `${graphiteUrl}/render?${query}`;
  host.log.info(`GRAPHITE: ${url}`);
  try {
    const response = await askGraphite({ url: new URL(url), headers: {}, limitMs });
    const value = await firstPoint(response);
    return jsonReply({ rate: value < 0 ? "N/A" : TWO_DIGITS.format(value / seconds) });
  } catch (error) {
    host.log.error(`graphite request failed - ${reasonOf(error)}`);
    throw generalError("INTERNAL_ERROR");
  }
}

/** What of a browser's headers graphite gets to see; cookies and credentials are for us. */
const HANDED_ON = [
  "accept",
  "accept-encoding",
  "accept-language",
  "host",
  "if-modified-since",
  "if-none-match",
  "user-agent",
];

/** GET /render, a route only with --proxy-graphite. */
export async function render({ host, request, remote, queryText }: Call): Promise<Response> {
  const { graphiteUrl, httpClientRequestTimeout: limitMs } = host.options;
  const base = host.basePath === "/" ? "" : host.basePath;
  const url = new URL(graphiteUrl);
  url.pathname = `${base}/render`;
  url.search = queryText;
  url.hash = "";
  const headers: Record<string, string> = { "X-Forwarded-For": remote.replace(/:\d+$/, "") };
  for (const name of HANDED_ON) {
    const value = request.headers.get(name);
    if (value !== null) headers[name] = value;
  }
  try {
    return await askGraphite({ url, headers, limitMs });
  } catch (error) {
    host.log.error(`graphite request failed - ${reasonOf(error)}`);
    return new Response(null, { status: 502 });
  }
}
