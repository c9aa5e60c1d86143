// The options of nsq_tail and what they amount to together.

import type { ConsumerOptions } from "../client/consumer_options.ts";
import { OptionError } from "../options/option_error.ts";
import type { OptionTable } from "../options/option_row.ts";
import { isValidName } from "../wire/names.ts";
import { type ClientOptions, parseClientOptions } from "./client_option_table.ts";
import { connectionFlags, withConnectionFlags } from "./connection_flags.ts";
import type { ToolWords } from "./tool_options.ts";

const SOURCE = "Where from";
const AMOUNT = "How much";
const OUTPUT = "Output";
const OTHER = "Other";

/** The flags of nsq_tail. */
export const nsqTailTable = {
  topic: { group: SOURCE, type: "list", default: [], help: "topic to read" },
  from: {
    group: SOURCE,
    type: "list",
    default: [],
    help: "topics to read, with commas between; prints each message's topic",
  },
  channel: {
    group: SOURCE,
    type: "string",
    default: "",
    computedDefault: "tail, a random number, #ephemeral",
    help: "channel to read",
  },
  nsqdTcpAddress: {
    group: SOURCE,
    type: "list",
    default: [],
    help: "host:port or socket path of an nsqd",
  },
  lookupdHttpAddress: {
    group: SOURCE,
    type: "list",
    default: [],
    help: "host:port of the HTTP of an nsqlookupd, which says where the topics are",
  },
  maxInFlight: {
    group: AMOUNT,
    type: "int",
    default: 200,
    bounds: { from: 1 },
    help: "messages in flight at most",
  },
  n: {
    group: AMOUNT,
    type: "int",
    default: 0,
    bounds: { from: 0 },
    help: "end after so many messages in all; 0 is never",
  },
  printTopic: { group: OUTPUT, type: "bool", default: false, help: "print each message's topic" },
  json: {
    group: OUTPUT,
    type: "bool",
    default: false,
    help: "print each message as a line of JSON: topic, id, timestamp, attempts, body " +
      "(bodyBase64 when it is not UTF-8)",
  },
  consumerOpt: {
    group: OTHER,
    type: "list",
    default: [],
    help: "option of the connection as key,value, such as max_attempts,0",
  },
  ...connectionFlags,
  version: { group: OTHER, type: "bool", default: false, help: "print the version and exit" },
} as const satisfies OptionTable;

/** What nsq_tail is asked to do. */
export interface NsqTailSettings {
  readonly topics: readonly string[];
  readonly channel: string;
  readonly source: Pick<ConsumerOptions, "addresses" | "lookupdHttpAddresses">;
  readonly maxInFlight: number;
  /** How many messages in all; Infinity when there is no end. */
  readonly messagesMax: number;
  readonly isTopicPrinted: boolean;
  readonly isJson: boolean;
  readonly clientOptions: ClientOptions;
}

/** Puts the words together. `random` is from 0 to below 1. Throws OptionError. */
export function nsqTailSettings(
  { options }: ToolWords<typeof nsqTailTable>,
  random: number,
): NsqTailSettings {
  const source = sourceOf(options.nsqdTcpAddress, options.lookupdHttpAddress);
  const listed = options.from.flatMap((names) => names.split(",")).map((name) => name.trim());
  const topics = [...new Set([...options.topic, ...listed.filter((name) => name !== "")])];
  if (topics.length === 0) throw new OptionError("--topic required", 1);
  if (!topics.every(isValidName)) throw new OptionError("invalid topic name", 1);
  const number = String(Math.floor(random * 999_999)).padStart(6, "0");
  const channel = options.channel || `tail${number}#ephemeral`;
  if (!isValidName(channel)) throw new OptionError("invalid channel name", 1);
  return {
    topics,
    channel,
    source,
    maxInFlight: options.maxInFlight,
    messagesMax: options.n === 0 ? Infinity : options.n,
    isTopicPrinted: options.printTopic || listed.length > 0,
    isJson: options.json,
    clientOptions: withConnectionFlags(parseClientOptions(options.consumerOpt), options),
  };
}

/** Where messages come from, given one kind of address. Throws OptionError. */
export function sourceOf(
  addresses: readonly string[],
  lookupdHttpAddresses: readonly string[],
): NsqTailSettings["source"] {
  if (addresses.length > 0 && lookupdHttpAddresses.length > 0) {
    throw new OptionError("use --nsqd-tcp-address or --lookupd-http-address not both", 1);
  }
  if (addresses.length > 0) return { addresses };
  if (lookupdHttpAddresses.length > 0) return { lookupdHttpAddresses };
  throw new OptionError("--nsqd-tcp-address or --lookupd-http-address required", 1);
}
