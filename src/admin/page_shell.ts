// The HTML in which the page lives: the same for all its addresses, with what its script has to know. Every value in it
// is JSON whose `<`, `>` and `&` are escaped, so none can end the script.

import { goJson } from "../web/go_json.ts";

/** What the page's script finds as global variables: upstream's, and ours under `NSQADMIN`. */
export interface PageFacts {
  readonly USER_AGENT: string;
  readonly VERSION: string;
  /** Empty where it is proxied. */
  readonly GRAPHITE_URL: string;
  readonly GRAPH_ENABLED: boolean;
  readonly STATSD_COUNTER_FORMAT: string;
  readonly STATSD_GAUGE_FORMAT: string;
  /** Seconds. */
  readonly STATSD_INTERVAL: number;
  readonly STATSD_PREFIX: string;
  readonly NSQLOOKUPD: readonly string[];
  readonly IS_ADMIN: boolean;
  readonly BASE_PATH: string;
  readonly NSQADMIN: {
    readonly login: boolean;
    readonly user: string | null;
    readonly role: string | null;
    readonly mode: "lookupd" | "nsqd";
  };
}

/** Where the page's files are; undefined for those there are not. */
export interface PageFiles {
  readonly script: string | undefined;
  readonly style: string | undefined;
  readonly icon: string | undefined;
}

/** The HTML; `nonce` is what the policy lets scripts in it run by. */
export function pageHtml(facts: PageFacts, files: PageFiles, nonce: string): string {
  const globals = Object.entries(facts).map(([name, value]) => `var ${name} = ${goJson(value)};`);
  const lines = [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    "<title>nsqadmin</title>",
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    ...files.icon === undefined ? [] : [`<link rel="icon" href="${files.icon}">`],
    ...files.style === undefined ? [] : [`<link rel="stylesheet" href="${files.style}">`],
    "</head>",
    "<body>",
    '<div id="container"></div>',
    `<script nonce="${nonce}">\n${globals.join("\n")}\n</script>`,
    ...files.script === undefined
      ? ["<p>This executable was built without the page; its API is there.</p>"]
      : [`<script type="module" src="${files.script}"></script>`],
    "<noscript>This page needs JavaScript.</noscript>",
    "</body>",
    "</html>",
  ];
  return lines.join("\n") + "\n";
}

/** What the page may load: its own, and graphite's graphs where they come from there. */
export function contentSecurityPolicy(nonce: string, graphiteOrigin: string | undefined): string {
  const graphite = graphiteOrigin === undefined ? "" : ` ${graphiteOrigin}`;
  return [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}'`,
    "style-src 'self'",
    `img-src 'self' data:${graphite}`,
    "font-src 'self'",
    `connect-src 'self'${graphite}`,
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}
