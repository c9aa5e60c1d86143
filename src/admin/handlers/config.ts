// GET and PUT /config/:option. Every option of the table can be read by those who may; two can be set.

import { parseHostPort } from "../../base/host_port.ts";
import { configValue } from "../../options/config_value.ts";
import { NSQADMIN_OPTIONS } from "../../options/nsqadmin_options.ts";
import { parseLogLevel } from "../../options/value_types.ts";
import { jsonReply, textReply } from "../../web/replies.ts";
import { ipOf } from "../access.ts";
import { AddressRange } from "../address_range.ts";
import { bodyBytes, type Call } from "../call.ts";
import type { AdminHost } from "../host.ts";
import { adminError } from "../http_errors.ts";

const VALUE_BYTES_MAX = 1024 * 1024;

/** Reads a new value and puts it into effect; any error means the value is wrong. */
type Setter = (host: AdminHost, text: string) => void;

const SETTERS = {
  log_level: (host, text) => host.setLogLevel(parseLogLevel(text)),
  nsqlookupd_http_addresses: (host, text) => host.setLookupdAddresses(parseAddresses(text)),
} as const satisfies Record<string, Setter>;

function parseAddresses(text: string): readonly string[] {
  const value: unknown = JSON.parse(text) ?? [];
  if (Array.isArray(value) && value.every(isAddress)) return value;
  throw new SyntaxError("an array of addresses is expected");
}

function isAddress(value: unknown): value is string {
  return typeof value === "string" && parseHostPort(value) !== undefined;
}

/** GET /config/:option. */
export function getOption(call: Call): Response {
  checkAddress(call);
  return shownOption(call);
}

/** PUT /config/:option: the body is the new value. */
export async function putOption(call: Call): Promise<Response> {
  const { host, segments: [name = ""] } = call;
  checkAddress(call);
  const bytes = await bodyBytes(call, VALUE_BYTES_MAX).catch(() => new Uint8Array(0));
  if (bytes.length === 0) throw adminError("VALUE_SIZE");
  if (!isSettable(name)) throw adminError("INVALID_OPTION");
  try {
    SETTERS[name](host, new TextDecoder().decode(bytes));
  } catch (cause) {
    throw Object.assign(adminError("INVALID_VALUE"), { cause });
  }
  return shownOption(call);
}

function shownOption({ host, segments: [name = ""] }: Call): Response {
  const value = configValue(NSQADMIN_OPTIONS, host.options, name);
  if (value === undefined) throw adminError("INVALID_OPTION");
  return value.kind === "text" ? textReply(value.text) : jsonReply(value.value);
}

function isSettable(name: string): name is keyof typeof SETTERS {
  return Object.hasOwn(SETTERS, name);
}

/** The address of the socket counts, whatever a proxy says. */
function checkAddress({ host, remote }: Call): void {
  const { allowConfigFromCidr: range } = host.options;
  if (range === "") return;
  const isAllowed = new AddressRange(range).includes(ipOf(remote));
  if (isAllowed === undefined) throw adminError("INVALID_REMOTE_ADDR");
  if (!isAllowed) throw adminError("FORBIDDEN");
}
