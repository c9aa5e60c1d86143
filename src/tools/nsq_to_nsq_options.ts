// The options of nsq_to_nsq and what they amount to together.

import { OptionError } from "../options/option_error.ts";
import type { OptionTable } from "../options/option_row.ts";
import { isValidName } from "../wire/names.ts";
import { POOL_MODES, type PoolMode } from "./address_pool.ts";
import type { ClientOptions } from "./client_option_table.ts";
import { parseClientOptions } from "./client_options.ts";
import { consumingFlags, publishingFlags, withConnectionFlags } from "./connection_flags.ts";
import type { ConsumingSettings } from "./consuming.ts";
import type { FilterSettings } from "./json_filter.ts";
import { SOURCE, sourceFlags, sourceOf } from "./source_flags.ts";
import { OTHER, type ToolWords } from "./tool_options.ts";
import { topicFlags, topicSelection } from "./topic_flags.ts";

const TARGET = "Where to";
const FILTER = "What";

/** The flags of nsq_to_nsq. */
export const nsqToNsqTable = {
  ...topicFlags,
  channel: { group: SOURCE, type: "string", default: "nsq_to_nsq", help: "channel to read" },
  ...sourceFlags,
  destinationTopic: {
    group: TARGET,
    type: "string",
    default: "",
    computedDefault: "the topic a message is from",
    help: "topic to publish to",
  },
  destinationNsqdTcpAddress: {
    group: TARGET,
    type: "list",
    default: [],
    help: "host:port or socket path of an nsqd to publish to",
  },
  mode: {
    group: TARGET,
    type: "choice",
    choices: POOL_MODES,
    default: "hostpool",
    help: "which of several destinations: in turn, in turn without those that fail, or mostly " +
      "the fastest",
  },
  requireJsonField: {
    group: FILTER,
    type: "string",
    default: "",
    help: "pass on only JSON objects with this field; the others are finished",
  },
  requireJsonValue: {
    group: FILTER,
    type: "string",
    default: "",
    help: "and only where that field has this value: text, a number, true or false",
  },
  whitelistJsonField: {
    group: FILTER,
    type: "list",
    default: [],
    help: "pass on only JSON objects, and of their fields only this",
  },
  statusEvery: {
    group: OTHER,
    type: "int",
    default: 250,
    bounds: { from: 0 },
    help: "log durations after so many messages; 0 is never",
  },
  consumerOpt: consumingFlags.consumerOpt,
  ...publishingFlags,
} as const satisfies OptionTable;

/** What nsq_to_nsq is asked to do. */
export interface NsqToNsqSettings extends ConsumingSettings {
  readonly destinations: readonly string[];
  /** Undefined: each message's own. */
  readonly destinationTopic: string | undefined;
  readonly mode: PoolMode;
  readonly filter: FilterSettings;
  readonly statusEvery: number;
  readonly producerOptions: ClientOptions;
}

/** Puts the words together. Throws OptionError. */
export function nsqToNsqSettings(
  { options, rest }: ToolWords<typeof nsqToNsqTable>,
): NsqToNsqSettings {
  const { channel, destinationTopic, destinationNsqdTcpAddress } = options;
  if (rest.length > 0) throw new OptionError(`unknown arguments: [${rest.join(" ")}]`, 1);
  const missing = "--topic and --channel are required";
  if (channel === "") throw new OptionError(missing, 1);
  const topics = topicSelection(options, options.lookupdHttpAddress, {
    missing,
    invalid: "--topic is invalid",
  });
  if (destinationTopic !== "" && !isValidName(destinationTopic)) {
    throw new OptionError("--destination-topic is invalid", 1);
  }
  if (!isValidName(channel)) throw new OptionError("--channel is invalid", 1);
  const source = sourceOf(options);
  if (destinationNsqdTcpAddress.length === 0) {
    throw new OptionError("--destination-nsqd-tcp-address required", 1);
  }
  if (options.requireJsonValue !== "" && options.requireJsonField === "") {
    throw new OptionError("--require-json-value needs --require-json-field", 1);
  }
  return {
    topics,
    channel,
    source,
    destinations: [...new Set(destinationNsqdTcpAddress)],
    destinationTopic: destinationTopic || undefined,
    mode: options.mode,
    filter: {
      requiredField: options.requireJsonField || undefined,
      requiredValue: options.requireJsonValue || undefined,
      keptFields: options.whitelistJsonField,
    },
    maxInFlight: options.maxInFlight,
    statusEvery: options.statusEvery,
    clientOptions: withConnectionFlags(
      parseClientOptions(options.consumerOpt, "consumer-opt"),
      options,
    ),
    producerOptions: withConnectionFlags(
      parseClientOptions(options.producerOpt, "producer-opt"),
      options,
    ),
  };
}
