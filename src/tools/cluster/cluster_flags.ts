// The flags by which top, doctor and check are told which cluster to look at and how patiently, and what they amount to.

import { formatHostPort, parseHostPort } from "../../base/host_port.ts";
import { reasonOf } from "../../base/system_error.ts";
import { VERSION } from "../../base/version.ts";
import { tokenIn } from "../../options/http_token.ts";
import { OptionError } from "../../options/option_error.ts";
import type { OptionsOf, OptionTable } from "../../options/option_row.ts";

const CLUSTER = "Cluster";

/** Where one looks when nothing is said. */
const NSQD_HTTP_USUAL = "127.0.0.1:4151";

/** The flags, to be spread into a tool's table. */
export const clusterFlags = {
  nsqdHttpAddress: {
    group: CLUSTER,
    type: "list",
    default: [],
    computedDefault: NSQD_HTTP_USUAL,
    help: "host:port of an nsqd's HTTP API",
  },
  lookupdHttpAddress: {
    group: CLUSTER,
    type: "list",
    default: [],
    help: "host:port of an nsqlookupd's HTTP API, to find all nsqds of a cluster",
  },
  httpAuthTokenFile: {
    group: CLUSTER,
    type: "path",
    default: "",
    configKey: false,
    help: "file with the token to present to a broker's HTTP API where --http-auth is on",
  },
  httpClientConnectTimeout: {
    group: CLUSTER,
    type: "duration",
    default: 2_000,
    bounds: { above: 0 },
    help: "time to connect; added to the time for a request",
  },
  httpClientRequestTimeout: {
    group: CLUSTER,
    type: "duration",
    default: 5_000,
    bounds: { above: 0 },
    help: "time for a request",
  },
} as const satisfies OptionTable;

/** Which cluster to look at. */
export interface ClusterSettings {
  /** `host:port` each, all different. */
  readonly nsqds: readonly string[];
  readonly lookupds: readonly string[];
  /** For a request and its connection together, ms. */
  readonly limitMs: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** Puts the flags together. Throws OptionError. */
export function clusterSettings(
  program: string,
  options: OptionsOf<typeof clusterFlags>,
  readTextFile: (path: string) => string = Deno.readTextFileSync,
): ClusterSettings {
  const lookupds = addresses("--lookupd-http-address", options.lookupdHttpAddress);
  const named = addresses("--nsqd-http-address", options.nsqdHttpAddress);
  return {
    nsqds: named.length + lookupds.length === 0 ? [NSQD_HTTP_USUAL] : named,
    lookupds,
    limitMs: options.httpClientConnectTimeout + options.httpClientRequestTimeout,
    headers: {
      "user-agent": `${program}/${VERSION}`,
      ...headersOf(options.httpAuthTokenFile, readTextFile),
    },
  };
}

function headersOf(path: string, readTextFile: (path: string) => string) {
  try {
    const token = tokenIn(path, readTextFile);
    return token === "" ? {} : { Authorization: `Bearer ${token}` };
  } catch (error) {
    throw new OptionError(reasonOf(error), 1);
  }
}

function addresses(flag: string, texts: readonly string[]): string[] {
  const read = texts.map((text) => {
    const address = parseHostPort(text);
    if (address === undefined || address.port === 0) {
      throw new OptionError(`${flag}=${text} is no address: write host:port, without http://`, 1);
    }
    return formatHostPort({ ...address, hostname: address.hostname || "127.0.0.1" });
  });
  return [...new Set(read)];
}
