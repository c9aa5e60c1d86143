// What nsqd's options must fulfil together, beyond what each row says: defaults taken from the host
// name, implications, and the checks in upstream's order with upstream's sentences. The data path
// is not looked at here: it is locked before any of this.

import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { goQuoteText } from "../base/go_quote.ts";
import { authEndpoint } from "./auth_endpoint.ts";
import { isWithin } from "./bounds.ts";
import { NSQD_OPTIONS, type OptionKey, type Options } from "./nsqd_options.ts";
import { OptionError } from "./option_error.ts";
import { flagName } from "./option_row.ts";
import { checkRange } from "./range_checks.ts";
import { type Resolution, resolveOptions } from "./resolve.ts";
import { checkPair, checkReadable, checkTlsServer, withTlsImplied } from "./tls_options.ts";

/** The percentile that makes sense lies in here. */
const PERCENTILE = { above: 0, to: 1 };
const STATSD_INTERVAL_MS = { above: 1_000 };

/** What resolving and checking nsqd's options need from outside. */
export interface NsqdInputs {
  /** Returns the text of a file, or throws. */
  readonly readTextFile: (path: string) => string;
  /** The name of this machine. */
  readonly hostname: string;
}

/**
 * The options of an nsqd from its command line: flag, file, default, and what they imply.
 * Values are not checked against each other yet: see `checkOptions`. Throws OptionError.
 */
export function resolveNsqdOptions(
  words: readonly string[],
  inputs: NsqdInputs,
): Resolution<typeof NSQD_OPTIONS> {
  const resolution = resolveOptions(NSQD_OPTIONS, words, {
    readTextFile: inputs.readTextFile,
    defaults: {
      nodeId: defaultNodeId(inputs.hostname),
      broadcastAddress: inputs.hostname,
    },
  });
  if (resolution.kind !== "options") return resolution;
  return { ...resolution, options: withTlsImplied(resolution.options) };
}

/** The node id for a machine of this name, in [0, 1024). */
export function defaultNodeId(hostname: string): number {
  return crc32(createHash("md5").update(hostname).digest()) % 1024;
}

/**
 * Checks the options and throws OptionError, exit code 1, at the first that cannot be used or that
 * would leave this version's broker open although it was asked to be closed.
 */
export function checkOptions(
  options: Options,
  readTextFile: (path: string) => string,
): void {
  checkBounds(options, "maxDeflateLevel");
  checkBounds(options, "nodeId");
  checkTlsServer(options, readTextFile);
  if (options.authHttpRequestMethod !== "post" && options.authHttpRequestMethod !== "get") {
    throw new OptionError("--auth-http-request-method must be post or get", 1);
  }
  for (const percentile of options.e2eProcessingLatencyPercentile) {
    if (isWithin(PERCENTILE, percentile)) continue;
    throw new OptionError(`invalid E2E processing latency percentile: ${percentile}`, 1);
  }
  checkLookupTls(options, readTextFile);
  checkWhatUpstreamDoesNot(options);
  refuseToStartOpen(options);
}

/** Checks how the lookup servers are spoken to. */
function checkLookupTls(options: Options, readTextFile: (path: string) => string): void {
  for (const key of ["lookupdTlsRootCaFile", "lookupdTlsCert", "lookupdTlsKey"] as const) {
    if (options[key] === "" || options.lookupdTls) continue;
    const reason = "without it the lookup servers are spoken to in the clear";
    throw new OptionError(`--${nameOf(key)} needs --lookupd-tls: ${reason}`, 1);
  }
  const { lookupdTlsRootCaFile, lookupdTlsCert, lookupdTlsKey } = options;
  const pair = { "lookupd-tls-cert": lookupdTlsCert, "lookupd-tls-key": lookupdTlsKey };
  checkPair(pair, readTextFile);
  if (lookupdTlsRootCaFile === "") return;
  checkReadable(lookupdTlsRootCaFile, "failed to build client TLS config", readTextFile);
}

/** Values with which upstream starts, to panic later. */
function checkWhatUpstreamDoesNot(options: Options): void {
  for (const key of Object.keys(NSQD_OPTIONS) as OptionKey[]) checkBounds(options, key);
  const isReporting = options.statsdAddress !== "";
  if (isReporting && !isWithin(STATSD_INTERVAL_MS, options.statsdInterval)) {
    throw new OptionError("--statsd-interval must be > 1s", 1);
  }
  if (options.tcpAddress === "") {
    throw new OptionError("--tcp-address is empty: name a port, host:port or a path", 1);
  }
  options.authHttpAddress.forEach(checkAuthAddress);
}

function checkAuthAddress(address: string): void {
  const url = URL.parse(authEndpoint(address));
  if (url?.protocol === "http:" || url?.protocol === "https:") return;
  const forms = "give host:port, or a URL that begins with http:// or https://";
  throw new OptionError(`--auth-http-address ${goQuoteText(address)} is no address: ${forms}`, 1);
}

/** Whoever asks for a lock must not get an open door. */
function refuseToStartOpen(options: Options): void {
  if (options.httpAuth && options.authFile === "") {
    throw new OptionError("--http-auth needs --auth-file: it says who may use the HTTP API", 1);
  }
}

function checkBounds(options: Options, key: OptionKey): void {
  checkRange(key, NSQD_OPTIONS[key], options[key]);
}

function nameOf(key: OptionKey): string {
  return flagName(key, NSQD_OPTIONS[key]);
}
