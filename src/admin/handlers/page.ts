// The page and its files.

import { randomBytes } from "node:crypto";
import { VERSION } from "../../base/version.ts";
import { plainReply } from "../../web/replies.ts";
import { type Call, parameter } from "../call.ts";
import { contentSecurityPolicy, type PageFacts, pageHtml } from "../page_shell.ts";

/** What a browser is told about everything that is served. */
const GUARDS = {
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
};

/** GET /ping. */
export function ping(): Response {
  return plainReply("OK");
}

/** The HTML, for every address of the page. */
export async function page(call: Call): Promise<Response> {
  const { host } = call;
  const nonce = randomBytes(16).toString("base64");
  const [script, style, icon] = await Promise.all(
    ["main.js", "main.css", "favicon.svg"].map(async (name) => {
      const address = await host.files.addressOf(name);
      return address === undefined ? undefined : below(host.basePath, address);
    }),
  );
  const { graphiteUrl, proxyGraphite } = host.options;
  const origin = proxyGraphite ? undefined : URL.parse(graphiteUrl)?.origin;
  return new Response(pageHtml(factsOf(call), { script, style, icon }, nonce), {
    headers: {
      "Content-Type": "text/html",
      "Cache-Control": "no-store",
      "Content-Security-Policy": contentSecurityPolicy(nonce, origin),
      ...GUARDS,
    },
  });
}

function below(basePath: string, address: string): string {
  return `${basePath === "/" ? "" : basePath}/${address}`;
}

function factsOf({ host, request, sender }: Call): PageFacts {
  const { options, access, cluster, basePath } = host;
  const isAdmin = access.isAdminByHeader(request) && sender.role === "admin";
  return {
    USER_AGENT: `nsqadmin/v${VERSION}`,
    VERSION,
    GRAPHITE_URL: options.proxyGraphite ? "" : options.graphiteUrl,
    GRAPH_ENABLED: options.graphiteUrl !== "",
    STATSD_COUNTER_FORMAT: options.statsdCounterFormat,
    STATSD_GAUGE_FORMAT: options.statsdGaugeFormat,
    STATSD_INTERVAL: Math.floor(options.statsdInterval / 1000),
    STATSD_PREFIX: options.statsdPrefix,
    NSQLOOKUPD: options.lookupdHttpAddress,
    IS_ADMIN: isAdmin,
    BASE_PATH: basePath,
    NSQADMIN: {
      login: access.isLoginOn,
      user: sender.user,
      role: sender.role,
      mode: cluster.isLookedUp ? "lookupd" : "nsqd",
    },
  };
}

/** GET /static/:asset and /fonts/:asset. */
export async function asset(call: Call): Promise<Response> {
  const { host, request, segments: [name = ""] } = call;
  const file = await host.files.find(name);
  if (file === undefined) return plainReply("NOT_FOUND", 404);
  const headers = { "Content-Type": file.contentType, ...GUARDS };
  if (file.hash === undefined) {
    return new Response(file.bytes, { headers: { ...headers, "Cache-Control": "no-store" } });
  }
  const tag = `W/"${file.hash}"`;
  const isExact = parameter(call, "v") === file.hash;
  const caching = {
    "ETag": tag,
    "Cache-Control": isExact ? "public, max-age=31536000, immutable" : "no-cache",
  };
  if (request.headers.get("if-none-match") === tag) {
    return new Response(null, { status: 304, headers: caching });
  }
  return new Response(file.bytes, { headers: { ...headers, ...caching } });
}
