// The options of to_nsq and what they amount to together.

import { OptionError } from "../options/option_error.ts";
import type { OptionTable } from "../options/option_row.ts";
import { isValidName } from "../wire/names.ts";
import type { ClientOptions } from "./client_option_table.ts";
import { parseClientOptions } from "./client_options.ts";
import { publishingFlags, withConnectionFlags } from "./connection_flags.ts";
import { parseDelimiter } from "./line_splitter.ts";
import type { ToolWords } from "./tool_options.ts";

const TARGET = "Where to";
const INPUT = "What";

/** The flags of to_nsq. */
export const toNsqTable = {
  topic: { group: TARGET, type: "string", default: "", help: "the topic to publish to" },
  nsqdTcpAddress: {
    group: TARGET,
    type: "list",
    default: [],
    help: "host:port or socket path of an nsqd; each of several gets every message",
  },
  delimiter: {
    group: INPUT,
    type: "string",
    default: "\\n",
    help: "the byte that ends a message, or \\n, \\t, \\r, \\0, \\x1e",
  },
  rate: {
    group: INPUT,
    type: "float",
    default: 0,
    bounds: { from: 0 },
    help: "messages per second at most; 0 is as fast as possible",
  },
  ...publishingFlags,
} as const satisfies OptionTable;

/** What to_nsq is asked to do. */
export interface ToNsqSettings {
  readonly topic: string;
  readonly addresses: readonly string[];
  readonly delimiter: number;
  readonly rate: number;
  readonly clientOptions: ClientOptions;
}

/** Puts the words together. Throws OptionError. */
export function toNsqSettings({ options, rest }: ToolWords<typeof toNsqTable>): ToNsqSettings {
  if (rest.length > 0) throw new OptionError(`unknown arguments: [${rest.join(" ")}]`, 1);
  if (options.topic === "") throw new OptionError("--topic required", 1);
  if (!isValidName(options.topic)) throw new OptionError("invalid topic name", 1);
  const delimiter = parseDelimiter(options.delimiter);
  if (delimiter === undefined) throw new OptionError("--delimiter must be a single byte", 1);
  const addresses = [...new Set(options.nsqdTcpAddress)];
  if (addresses.length === 0) throw new OptionError("--nsqd-tcp-address required", 1);
  return {
    topic: options.topic,
    addresses,
    delimiter,
    rate: options.rate,
    clientOptions: withConnectionFlags(
      parseClientOptions(options.producerOpt, "producer-opt"),
      options,
    ),
  };
}
