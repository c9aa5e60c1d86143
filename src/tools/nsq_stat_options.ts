// The options of nsq_stat and what they amount to together.

import { OptionError } from "../options/option_error.ts";
import type { OptionTable } from "../options/option_row.ts";
import { isValidName } from "../wire/names.ts";
import type { ToolWords } from "./tool_options.ts";

const SOURCE = "What";
const OUTPUT = "How often";
const OTHER = "Other";

/** The flags of nsq_stat. */
export const nsqStatTable = {
  topic: { group: SOURCE, type: "string", default: "", help: "the topic to watch" },
  channel: { group: SOURCE, type: "string", default: "", help: "its channel to watch" },
  nsqdHttpAddress: {
    group: SOURCE,
    type: "list",
    default: [],
    help: "host:port of an nsqd's HTTP API; figures of several are added up",
  },
  interval: { group: OUTPUT, type: "duration", default: 2_000, help: "time between rows" },
  count: {
    group: OUTPUT,
    type: "int",
    default: 0,
    computedDefault: "no end",
    help: "end after so many rows",
  },
  httpClientConnectTimeout: {
    group: OTHER,
    type: "duration",
    default: 2_000,
    help: "time to connect; added to the time for a request",
  },
  httpClientRequestTimeout: {
    group: OTHER,
    type: "duration",
    default: 5_000,
    help: "time for a request",
  },
  version: { group: OTHER, type: "bool", default: false, help: "print the version and exit" },
} as const satisfies OptionTable;

/** What nsq_stat is asked to do; times in milliseconds. */
export interface NsqStatSettings {
  readonly topic: string;
  readonly channel: string;
  readonly addresses: readonly string[];
  readonly intervalMs: number;
  /** Rows to print; Infinity when there is no end. */
  readonly rowsMax: number;
  /** For a request and its connection together. */
  readonly limitMs: number;
}

/** Puts the words together. `isCountGiven` tells 0 from nothing. Throws OptionError. */
export function nsqStatSettings(
  { options, rest }: ToolWords<typeof nsqStatTable>,
  isCountGiven: boolean,
): NsqStatSettings {
  const { topic, channel, interval, count, nsqdHttpAddress } = options;
  if (rest.length > 0) throw new OptionError(`unknown arguments: [${rest.join(" ")}]`, 1);
  if (topic === "" || channel === "") {
    throw new OptionError("--topic and --channel are required", 1);
  }
  if (!isValidName(topic)) throw new OptionError("invalid topic name", 1);
  if (!isValidName(channel)) throw new OptionError("invalid channel name", 1);
  checkPositive("--interval", interval);
  checkPositive("--http-client-connect-timeout", options.httpClientConnectTimeout);
  checkPositive("--http-client-request-timeout", options.httpClientRequestTimeout);
  if (isCountGiven) checkPositive("--count", count);
  if (nsqdHttpAddress.length === 0) throw new OptionError("--nsqd-http-address required", 1);
  if (nsqdHttpAddress.some((address) => /^https?:/.test(address))) {
    const text = "--nsqd-http-address error - address should not contain scheme";
    throw new OptionError(text, 1);
  }
  return {
    topic,
    channel,
    addresses: [...new Set(nsqdHttpAddress)],
    intervalMs: interval,
    rowsMax: isCountGiven ? count : Infinity,
    limitMs: options.httpClientConnectTimeout + options.httpClientRequestTimeout,
  };
}

function checkPositive(flag: string, value: number): void {
  if (!(value > 0)) throw new OptionError(`${flag} should be positive`, 1);
}
