// GET and PUT /config/:option. Every option of the table can be read; the few that can be set while the broker runs are
// a table of their own. `drain` is no option but a state: it can be read and set in the same way.

import { byteString, readableText } from "../../base/byte_string.ts";
import { parseGoDuration } from "../../base/go_duration.ts";
import { configValue } from "../../options/config_value.ts";
import { NSQD_OPTIONS } from "../../options/nsqd_options.ts";
import { parseLogLevel } from "../../options/value_types.ts";
import type { Call } from "../call.ts";
import { drainJson } from "../drain_switch.ts";
import type { HttpHost } from "../host.ts";
import { HttpError } from "../http_errors.ts";
import { jsonReply, textReply } from "../../web/replies.ts";
import { announcedLength, HEADROOM_BYTES, readBody } from "../request_body.ts";

/** Larger values are refused as those above `max_msg_size` are: they would only hold everybody up. */
const VALUE_BYTES_MAX = 64 * 1024;

/** Reads a new value and puts it into effect; any error means the value is wrong. */
type Setter = (host: HttpHost, text: string) => void;

const SETTERS = {
  log_level: (host, text) => host.setLogLevel(parseLogLevel(text)),
  nsqlookupd_tcp_addresses: (host, text) => host.setLookupdAddresses(parseAddresses(text)),
  drain: ({ drain }, text) => setDrain(drain, text.trim()),
} as const satisfies Record<string, Setter>;

function parseAddresses(text: string): string[] {
  const value: unknown = JSON.parse(text) ?? [];
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
  throw new SyntaxError("an array of strings is expected");
}

/** `true` or nothing begins, `false` calls it off, a duration begins with another limit than the options'. */
function setDrain(drain: HttpHost["drain"], text: string): void {
  if (text === "false") return drain.callOff();
  if (text === "" || text === "true") return drain.begin();
  const timeoutMs = parseGoDuration(text);
  if (timeoutMs < 0) throw new RangeError("a duration of 0 or more is expected");
  drain.begin(timeoutMs);
}

/** GET /config/:option. */
export function getOption({ host, segment }: Call): Response {
  if (segment === "drain") return jsonReply(drainJson(host.drain.view));
  const value = configValue(NSQD_OPTIONS, host.options, segment);
  if (value === undefined) throw new HttpError("INVALID_OPTION");
  return value.kind === "text" ? textReply(value.text) : jsonReply(value.value);
}

/** PUT /config/:option: the body is the new value. */
export async function putOption(call: Call): Promise<Response> {
  const { host, request, segment } = call;
  const maxMsgSize = Math.min(host.options.maxMsgSize, VALUE_BYTES_MAX);
  using body = await readBody(call, announcedLength(request), maxMsgSize + 1);
  const isMissing = body.length === 0 && segment !== "drain";
  if (isMissing || body.length > maxMsgSize) throw new HttpError("VALUE_SIZE");
  if (!isSettable(segment)) throw new HttpError("INVALID_OPTION");
  try {
    SETTERS[segment](host, readableText(byteString(body.bytes, HEADROOM_BYTES, body.end)));
  } catch (cause) {
    throw new HttpError("INVALID_VALUE", { cause });
  }
  return getOption(call);
}

function isSettable(name: string): name is keyof typeof SETTERS {
  return Object.hasOwn(SETTERS, name);
}
