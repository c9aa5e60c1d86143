// How long a tool waits for an HTTP server: the two flags of NSQ's tools, which make one limit here.

import { OptionError } from "../options/option_error.ts";
import type { OptionsOf, OptionTable } from "../options/option_row.ts";

/** The flags, to be spread into a tool's table; `requestMs` is how long a request may take by default. */
export function httpTimeoutFlags<Group extends string>(group: Group, requestMs: number) {
  return {
    httpClientConnectTimeout: {
      group,
      type: "duration",
      default: 2_000,
      help: "time to connect; added to the time for a request",
    },
    httpClientRequestTimeout: {
      group,
      type: "duration",
      default: requestMs,
      help: "time for a request",
    },
  } as const satisfies OptionTable;
}

/** The limit for a request and its connection together, ms. Throws OptionError. */
export function httpLimitMs(
  { httpClientConnectTimeout: connectMs, httpClientRequestTimeout: requestMs }: OptionsOf<
    ReturnType<typeof httpTimeoutFlags>
  >,
): number {
  checkPositive("--http-client-connect-timeout", connectMs);
  checkPositive("--http-client-request-timeout", requestMs);
  return connectMs + requestMs;
}

/** Throws OptionError, in the words of NSQ's tools. */
export function checkPositive(flag: string, value: number): void {
  if (!(value > 0)) throw new OptionError(`${flag} should be positive`, 1);
}

/** Throws OptionError when an address of an HTTP server begins with `http:`, as NSQ's tools do. */
export function checkNoScheme(flag: string, addresses: readonly string[]): void {
  if (!addresses.some((address) => /^https?:/.test(address))) return;
  throw new OptionError(`${flag} error - address should not contain scheme`, 1);
}
