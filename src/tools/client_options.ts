// From what `--consumer-opt` and `--producer-opt` were given to the options of the client library.

import { reasonOf } from "../base/system_error.ts";
import type { ConnectionOptions } from "../client/connection_options.ts";
import type { ConsumerOptions } from "../client/consumer_options.ts";
import type { LookupSettings } from "../client/discovery.ts";
import { goQuote } from "../base/go_quote.ts";
import { isWithin } from "../options/bounds.ts";
import { OptionError } from "../options/option_error.ts";
import { configKey, type OptionRow, rowsOf } from "../options/option_row.ts";
import { valueTypeOf } from "../options/value_types.ts";
import { readClientTls } from "../transport/tls_material.ts";
import type { TlsClientSettings } from "../transport/tls_client.ts";
import { TransportError } from "../transport/transport.ts";
import {
  type ClientOptions,
  clientOptionTable,
  LOOKUP_LIMIT_MS,
  UNAVAILABLE,
} from "./client_option_table.ts";

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
    const reason = reasonOf(error);
    throw refusal(`failed to coerce option ${name} (${word}) - ${reason}`);
  }
  if (typeof value === "number" && row.bounds && !isWithin(row.bounds, value)) {
    throw refusal(`invalid ${name} ! ${word} ${violatedBound(row, value)}`);
  }
  if (row.group === UNAVAILABLE && value !== row.default) {
    throw refusal(`the option ${name} cannot be had in this program; leave it out`);
  }
  return [key, value];
}

/** Which end of its row's bounds a value is beyond. */
function violatedBound(row: OptionRow, value: number): string {
  const { from = -Infinity, to = Infinity } = row.bounds ?? {};
  const [sign, end] = value < from ? ["<", from] : [">", to];
  return `${sign} ${row.type === "duration" && end !== 0 ? valueTypeOf(row).toText(end) : end}`;
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
  const { tlsRootCaFile: rootCaFile = "", tlsCert = "", tlsKey = "" } = options;
  if ((tlsCert === "") !== (tlsKey === "")) {
    throw new OptionError("tls_cert and tls_key go together", 1);
  }
  try {
    return {
      ...readClientTls({ rootCaFile, certFile: tlsCert, keyFile: tlsKey }, readTextFile),
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
