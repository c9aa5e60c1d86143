// The options of nsq_stat and what they amount to together.

import { OptionError } from "../options/option_error.ts";
import type { OptionTable } from "../options/option_row.ts";
import { isValidName } from "../wire/names.ts";
import {
  checkNoScheme,
  checkPositive,
  httpLimitMs,
  httpTimeoutFlags,
} from "./http_timeout_flags.ts";
import { OTHER, type ToolWords, versionFlag } from "./tool_options.ts";

const SOURCE = "What";
const OUTPUT = "How often";

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
  lookupdHttpAddress: {
    group: SOURCE,
    type: "list",
    default: [],
    help: "host:port of the HTTP of an nsqlookupd, which says before each row where the topic is",
  },
  interval: { group: OUTPUT, type: "duration", default: 2_000, help: "time between rows" },
  count: {
    group: OUTPUT,
    type: "int",
    default: 0,
    computedDefault: "no end",
    help: "end after so many rows",
  },
  ...httpTimeoutFlags(OTHER, 5_000),
  ...versionFlag,
} as const satisfies OptionTable;

/** What nsq_stat is asked to do; times in milliseconds. */
export interface NsqStatSettings {
  readonly topic: string;
  readonly channel: string;
  /** HTTP APIs of nsqds; none when nsqlookupds are asked for them. */
  readonly addresses: readonly string[];
  readonly lookupds: readonly string[];
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
  const { topic, channel, interval, count, nsqdHttpAddress, lookupdHttpAddress } = options;
  if (rest.length > 0) throw new OptionError(`unknown arguments: [${rest.join(" ")}]`, 1);
  if (topic === "" || channel === "") {
    throw new OptionError("--topic and --channel are required", 1);
  }
  if (!isValidName(topic)) throw new OptionError("invalid topic name", 1);
  if (!isValidName(channel)) throw new OptionError("invalid channel name", 1);
  checkPositive("--interval", interval);
  const limitMs = httpLimitMs(options);
  if (isCountGiven) checkPositive("--count", count);
  if (nsqdHttpAddress.length > 0 && lookupdHttpAddress.length > 0) {
    throw new OptionError("use --nsqd-http-address or --lookupd-http-address not both", 1);
  }
  if (nsqdHttpAddress.length + lookupdHttpAddress.length === 0) {
    throw new OptionError("--nsqd-http-address or --lookupd-http-address required", 1);
  }
  checkNoScheme("--nsqd-http-address", nsqdHttpAddress);
  checkNoScheme("--lookupd-http-address", lookupdHttpAddress);
  return {
    topic,
    channel,
    addresses: [...new Set(nsqdHttpAddress)],
    lookupds: lookupdHttpAddress,
    intervalMs: interval,
    rowsMax: isCountGiven ? count : Infinity,
    limitMs,
  };
}
