// The keys of `--consumer-opt` and `--producer-opt`, in the form `key,value`: names, defaults and bounds are those of
// NSQ's tools, but that dialling may take 5 s instead of 1, since a busy machine is no broken one, and an nsqlookupd has
// 5 s to answer instead of 60. What cannot be done here is refused by name, never passed over.

import { BACKOFF_STRATEGIES } from "../client/backoff.ts";
import type { ConnectionOptions } from "../client/connection_options.ts";
import type { ConsumerOptions } from "../client/consumer_options.ts";
import type { LookupSettings } from "../client/discovery.ts";
import { goQuote } from "../base/go_quote.ts";
import { isWithin } from "../options/bounds.ts";
import { OptionError } from "../options/option_error.ts";
import {
  configKey,
  type OptionRow,
  type OptionsOf,
  type OptionTable,
  rowsOf,
} from "../options/option_row.ts";
import { boundsText, valueTypeOf } from "../options/value_types.ts";
import { readAuthorities, readPair } from "../transport/tls_material.ts";
import type { TlsClientSettings } from "../transport/tls_client.ts";
import { TransportError } from "../transport/transport.ts";

const TIMING = "Timing";
const FLOW = "Flow";
const IDENTITY = "Identity";
const SECURITY = "Security";
const UNAVAILABLE = "Accepted when empty only";

const MINUTE_MS = 60_000;
/** Somebody waits for the answer; NSQ's tools wait a minute. */
const LOOKUP_LIMIT_MS = 5_000;
const REQUEUE_BOUNDS = { from: 0, to: 60 * MINUTE_MS };

/** Every key of the two flags. */
export const clientOptionTable = {
  dialTimeout: { group: TIMING, type: "duration", default: 5_000, help: "time to connect" },
  readTimeout: {
    group: TIMING,
    type: "duration",
    default: MINUTE_MS,
    bounds: { from: 100, to: 5 * MINUTE_MS },
    help: "how long the server may be silent",
  },
  writeTimeout: {
    group: TIMING,
    type: "duration",
    default: 1_000,
    bounds: { from: 100, to: 5 * MINUTE_MS },
    help: "accepted; the read timeout notices a server that takes nothing",
  },
  heartbeatInterval: {
    group: TIMING,
    type: "duration",
    default: 30_000,
    help: "how often the server asks whether the client is there",
  },
  msgTimeout: {
    group: TIMING,
    type: "duration",
    default: 0,
    bounds: { from: 0 },
    help: "time for a message; 0 is the server's choice",
  },
  outputBufferSize: { group: FLOW, type: "int", default: 16_384, help: "bytes the server gathers" },
  outputBufferTimeout: {
    group: FLOW,
    type: "duration",
    default: 250,
    help: "how long the server may gather",
  },
  sampleRate: {
    group: FLOW,
    type: "int",
    default: 0,
    bounds: { from: 0, to: 99 },
    help: "percent of the messages; 0 is all",
  },
  maxAttempts: {
    group: FLOW,
    type: "int",
    default: 5,
    bounds: { from: 0, to: 65535 },
    help: "attempts before a message is given up; 0 is no limit",
  },
  defaultRequeueDelay: {
    group: FLOW,
    type: "duration",
    default: 90_000,
    bounds: REQUEUE_BOUNDS,
    help: "delay of a failed message, times its attempts",
  },
  maxRequeueDelay: {
    group: FLOW,
    type: "duration",
    default: 15 * MINUTE_MS,
    bounds: REQUEUE_BOUNDS,
    help: "longest delay of a failed message",
  },
  backoffMultiplier: {
    group: FLOW,
    type: "duration",
    default: 1_000,
    bounds: REQUEUE_BOUNDS,
    help: "unit of the pause after failures",
  },
  maxBackoffDuration: {
    group: FLOW,
    type: "duration",
    default: 2 * MINUTE_MS,
    bounds: REQUEUE_BOUNDS,
    help: "longest pause after failures; 0 is none",
  },
  rdyRedistributeInterval: {
    group: FLOW,
    type: "duration",
    default: 5_000,
    bounds: { from: 1, to: 5_000 },
    help: "how often the turn moves on between servers",
  },
  lookupdPollInterval: {
    group: TIMING,
    type: "duration",
    default: MINUTE_MS,
    bounds: { from: 10, to: 5 * MINUTE_MS },
    help:
      "how often lookup servers are asked; longest wait before connecting again to a lost server",
  },
  clientId: { group: IDENTITY, type: "string", default: "", help: "name of the client" },
  hostname: { group: IDENTITY, type: "string", default: "", help: "name of the host" },
  userAgent: { group: IDENTITY, type: "string", default: "", help: "program and version" },
  maxInFlight: {
    group: FLOW,
    type: "int",
    default: 1,
    bounds: { from: 0 },
    help: "accepted; the tool's own flag decides",
  },
  lowRdyIdleTimeout: {
    group: FLOW,
    type: "duration",
    default: 10_000,
    bounds: { from: 1_000, to: 5 * MINUTE_MS },
    help: "accepted; turns follow rdy_redistribute_interval",
  },
  lowRdyTimeout: {
    group: FLOW,
    type: "duration",
    default: 30_000,
    bounds: { from: 1_000, to: 5 * MINUTE_MS },
    help: "accepted; turns follow rdy_redistribute_interval",
  },
  backoffStrategy: {
    group: FLOW,
    type: "choice",
    choices: BACKOFF_STRATEGIES,
    default: "exponential",
    help: "whether pauses after failures are as long as the level says, or by chance up to that",
  },
  lookupdPollJitter: {
    group: TIMING,
    type: "float",
    default: 0.3,
    bounds: { from: 0, to: 1 },
    help: "so much later lookup servers are asked at most, as a part of the interval",
  },
  lookupdPollTimeout: {
    group: TIMING,
    type: "duration",
    default: LOOKUP_LIMIT_MS,
    bounds: { above: 0 },
    help: "time for a lookup server to answer",
  },
  skipLookupdAuthorization: {
    group: SECURITY,
    type: "bool",
    default: true,
    help: "false sends the secret to lookup servers too, in plain text; upstream's key means the " +
      "opposite",
  },
  localAddr: {
    group: UNAVAILABLE,
    type: "string",
    default: "",
    help: "address to connect from; Deno cannot choose it",
  },
  tlsV1: {
    group: SECURITY,
    type: "bool",
    default: false,
    configKey: "tls_v1",
    help: "encrypt; a server without TLS is not spoken to",
  },
  tlsRootCaFile: {
    group: SECURITY,
    type: "path",
    default: "",
    help: "PEM file with the authorities trusted to sign the server's certificate",
  },
  tlsCert: { group: SECURITY, type: "path", default: "", help: "PEM file to show to the server" },
  tlsKey: { group: SECURITY, type: "path", default: "", help: "PEM file with its key" },
  tlsInsecureSkipVerify: {
    group: SECURITY,
    type: "bool",
    default: false,
    help: "encrypt, and take any server for the right one",
  },
  tlsMinVersion: {
    group: SECURITY,
    type: "choice",
    choices: ["ssl3.0", "tls1.0", "tls1.1", "tls1.2", "tls1.3"],
    default: "tls1.0",
    help: "oldest version accepted; everything before 1.2 means 1.2",
  },
  authSecret: {
    group: SECURITY,
    type: "string",
    default: "",
    help: "secret for a server that asks for one",
  },
  snappy: { group: FLOW, type: "bool", default: false, help: "compress with snappy" },
  deflate: { group: FLOW, type: "bool", default: false, help: "compress with deflate" },
  deflateLevel: {
    group: FLOW,
    type: "int",
    default: 6,
    bounds: { from: 1, to: 9 },
    help: "how hard to compress with deflate",
  },
} as const satisfies OptionTable;

/** Values of the keys that were given. */
export type ClientOptions = Partial<OptionsOf<typeof clientOptionTable>>;

/**
 * Reads all occurrences of one of the two flags; `key` alone means `key,true`.
 * Throws OptionError.
 */
export function parseClientOptions(
  texts: readonly string[],
  flag: "consumer-opt" | "producer-opt",
): ClientOptions {
  const values: Record<string, unknown> = {};
  for (const text of texts) {
    const refusal = (reason: string) =>
      new OptionError(`invalid value ${goQuote(text)} for flag -${flag}: ${reason}`, 2);
    const [key, value] = parsedOption(text, refusal);
    values[key] = value;
  }
  return values;
}

const ROWS: ReadonlyMap<string | undefined, readonly [string, OptionRow]> = new Map(
  rowsOf(clientOptionTable).map(([key, row]) => [configKey(key, row), [key, row]]),
);

function parsedOption(
  text: string,
  refusal: (reason: string) => OptionError,
): [key: string, value: unknown] {
  const comma = text.indexOf(",");
  const name = (comma < 0 ? text : text.slice(0, comma)).replaceAll("-", "_");
  const word = comma < 0 ? "true" : text.slice(comma + 1);
  const found = ROWS.get(name);
  if (found === undefined) throw refusal(`invalid option ${name}`);
  const [key, row] = found;
  let value: unknown;
  try {
    value = valueTypeOf(row).fromText(word, row);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw refusal(`failed to coerce option ${name} (${word}) - ${reason}`);
  }
  if (typeof value === "number" && row.bounds && !isWithin(row.bounds, value)) {
    throw refusal(`invalid ${name} ! ${word} must be ${boundsText(row)}`);
  }
  if (row.group === UNAVAILABLE && value !== row.default) {
    throw refusal(`the option ${name} cannot be had in this program; leave it out`);
  }
  return [key, value];
}

/**
 * The options of one connection. `userAgent` is what the tool calls itself, unless a key says otherwise.
 * @throws {OptionError} also when a certificate cannot be used
 */
export function connectionOptionsOf(
  options: ClientOptions,
  userAgent: string,
  readTextFile: (path: string) => string = Deno.readTextFileSync,
): ConnectionOptions {
  const { readTimeout = 60_000, heartbeatInterval = 30_000 } = options;
  if (heartbeatInterval > readTimeout) {
    throw new OptionError("heartbeat_interval must be less than read_timeout", 2);
  }
  return {
    userAgent: options.userAgent || userAgent,
    readTimeoutMs: readTimeout,
    heartbeatIntervalMs: heartbeatInterval,
    ...options.hostname && { hostname: options.hostname },
    ...options.clientId && { clientId: options.clientId },
    ...options.dialTimeout !== undefined && { dialTimeoutMs: options.dialTimeout },
    ...options.msgTimeout !== undefined && { msgTimeoutMs: options.msgTimeout },
    ...options.sampleRate !== undefined && { sampleRate: options.sampleRate },
    ...options.outputBufferSize !== undefined && { outputBufferSize: options.outputBufferSize },
    ...options.outputBufferTimeout !== undefined &&
      { outputBufferTimeoutMs: options.outputBufferTimeout },
    ...options.tlsV1 && { tls: tlsSettingsOf(options, readTextFile) },
    ...options.snappy && { snappy: true },
    ...options.deflate && { deflate: true },
    ...options.deflateLevel !== undefined && { deflateLevel: options.deflateLevel },
    ...options.authSecret && { authSecret: options.authSecret },
  };
}

function tlsSettingsOf(
  options: ClientOptions,
  readTextFile: (path: string) => string,
): TlsClientSettings {
  const { tlsRootCaFile = "", tlsCert = "", tlsKey = "" } = options;
  if ((tlsCert === "") !== (tlsKey === "")) {
    throw new OptionError("tls_cert and tls_key go together", 1);
  }
  try {
    const authorities = readAuthorities(tlsRootCaFile, readTextFile);
    const pair = tlsCert === "" ? undefined : readPair(tlsCert, tlsKey, readTextFile);
    return {
      ...authorities && { authorities },
      ...pair && { certificate: pair.cert, key: pair.key },
      ...options.tlsInsecureSkipVerify && { isInsecure: true },
      ...options.tlsMinVersion === "tls1.3" && { minVersion: "TLSv1.3" as const },
    };
  } catch (error) {
    if (error instanceof TransportError) throw new OptionError(error.message, 1);
    throw error;
  }
}

/** What the keys say about asking nsqlookupds. */
export function lookupSettingsOf(
  options: ClientOptions,
  lookupds: readonly string[],
): LookupSettings {
  const { lookupdPollTimeout = LOOKUP_LIMIT_MS, skipLookupdAuthorization = true } = options;
  const secret = skipLookupdAuthorization ? "" : options.authSecret ?? "";
  return { lookupds, limitMs: lookupdPollTimeout, secret };
}

/** What the keys say about a consumer beyond its connections. */
export function consumingOptionsOf(options: ClientOptions): Partial<ConsumerOptions> {
  const of = <Name extends keyof ConsumerOptions>(name: Name, value: ConsumerOptions[Name]) =>
    value === undefined ? {} : { [name]: value };
  return {
    ...of("maxAttempts", options.maxAttempts),
    ...of("defaultRequeueDelayMs", options.defaultRequeueDelay),
    ...of("maxRequeueDelayMs", options.maxRequeueDelay),
    ...of("backoffMultiplierMs", options.backoffMultiplier),
    ...of("maxBackoffMs", options.maxBackoffDuration),
    ...of("redistributeIntervalMs", options.rdyRedistributeInterval),
    ...of("reconnectDelayMsMax", options.lookupdPollInterval),
    ...of("discoveryIntervalMs", options.lookupdPollInterval),
    ...of("discoveryJitter", options.lookupdPollJitter),
    ...of("discoveryLimitMs", options.lookupdPollTimeout),
    ...of("backoffStrategy", options.backoffStrategy),
    ...options.skipLookupdAuthorization === false && { isSecretToldToLookupds: true },
  };
}
