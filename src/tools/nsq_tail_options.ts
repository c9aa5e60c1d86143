// The options of nsq_tail and what they amount to together.

import { OptionError } from "../options/option_error.ts";
import type { OptionTable } from "../options/option_row.ts";
import { isValidName } from "../wire/names.ts";
import { parseClientOptions } from "./client_options.ts";
import { consumingFlags, withConnectionFlags } from "./connection_flags.ts";
import type { ConsumingSettings } from "./consuming.ts";
import { SOURCE, sourceFlags, sourceOf } from "./source_flags.ts";
import type { ToolWords } from "./tool_options.ts";
import { topicFlags, topicSelection } from "./topic_flags.ts";

const AMOUNT = "How much";
const OUTPUT = "Output";

/** The flags of nsq_tail. */
export const nsqTailTable = {
  ...topicFlags,
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
  ...sourceFlags,
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
  ...consumingFlags,
} as const satisfies OptionTable;

/** What nsq_tail is asked to do. */
export interface NsqTailSettings extends ConsumingSettings {
  /** How many messages in all; Infinity when there is no end. */
  readonly messagesMax: number;
  readonly isTopicPrinted: boolean;
  readonly isJson: boolean;
}

/** Puts the words together. `random` is from 0 to below 1. Throws OptionError. */
export function nsqTailSettings(
  { options }: ToolWords<typeof nsqTailTable>,
  random: number,
): NsqTailSettings {
  const source = sourceOf(options);
  const listed = options.from.flatMap((names) => names.split(",")).map((name) => name.trim());
  const topic = [...options.topic, ...listed.filter((name) => name !== "")];
  const topics = topicSelection({ ...options, topic }, options.lookupdHttpAddress, {
    missing: "--topic required",
    invalid: "invalid topic name",
  });
  const number = String(Math.floor(random * 999_999)).padStart(6, "0");
  const channel = options.channel || `tail${number}#ephemeral`;
  if (!isValidName(channel)) throw new OptionError("invalid channel name", 1);
  return {
    topics,
    channel,
    source,
    maxInFlight: options.maxInFlight,
    messagesMax: options.n === 0 ? Infinity : options.n,
    isTopicPrinted: options.printTopic || listed.length > 0 || topics.names.length === 0,
    isJson: options.json,
    clientOptions: withConnectionFlags(
      parseClientOptions(options.consumerOpt, "consumer-opt"),
      options,
    ),
  };
}
