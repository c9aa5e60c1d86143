// The options of nsq_pub and what they amount to together.

import type { ClientOptions } from "./client_option_table.ts";
import { parseClientOptions } from "./client_options.ts";
import { publishingFlags, withConnectionFlags } from "./connection_flags.ts";
import { OptionError } from "../options/option_error.ts";
import { flagName, type OptionTable, rowsOf } from "../options/option_row.ts";
import { isValidName } from "../wire/names.ts";
import { LengthPrefixSplitter } from "./length_prefix_splitter.ts";
import { LineSplitter, parseDelimiter } from "./line_splitter.ts";
import {
  type BodyMaker,
  sameBody,
  templateBody,
  type TemplateSurroundings,
} from "./message_template.ts";
import { type PieceSplitter, WholeInput } from "./piece_splitter.ts";
import type { MessageOrigin } from "./publish_report.ts";
import type { ToolWords } from "./tool_options.ts";

const TARGET = "Where to";
const INPUT = "What";
const PACE = "How";

/** The flags of nsq_pub. */
export const nsqPubTable = {
  topic: { group: TARGET, type: "string", default: "", help: "the topic to publish to" },
  nsqdTcpAddress: {
    group: TARGET,
    type: "list",
    default: [],
    computedDefault: "127.0.0.1:4150",
    help: "host:port or socket path of an nsqd; several take turns",
  },
  lookupdHttpAddress: {
    group: TARGET,
    type: "list",
    default: [],
    help: "host:port of the HTTP of an nsqlookupd, which says which nsqds have the topic; they " +
      "take turns",
  },
  file: {
    group: INPUT,
    type: "list",
    default: [],
    help: "read this file instead of the standard input",
  },
  delimiter: {
    group: INPUT,
    type: "string",
    default: "\\n",
    help: "the byte that ends a message, or \\n, \\t, \\r, \\0, \\x1e",
  },
  binary: {
    group: INPUT,
    type: "bool",
    default: false,
    help: "messages have their length in front, 4 bytes, big-endian",
  },
  raw: { group: INPUT, type: "bool", default: false, help: "an input is one message, whole" },
  count: {
    group: INPUT,
    type: "int",
    default: 0,
    bounds: { from: 0 },
    help: "publish each argument so many times, with {{n}}, {{now}} and {{random 16}} in it " +
      "filled in, or stop after so many messages of the input; 0 is once, as it is, or all",
  },
  rate: {
    group: PACE,
    type: "float",
    default: 0,
    bounds: { from: 0 },
    help: "messages per second at most; 0 is as fast as possible",
  },
  batch: {
    group: PACE,
    type: "int",
    default: 200,
    bounds: { from: 1, to: 100_000 },
    help: "messages in one command at most; fewer are sent when the input pauses",
  },
  defer: {
    group: PACE,
    type: "duration",
    default: 0,
    bounds: { from: 0 },
    help: "deliver the messages so much later",
  },
  maxMsgSize: {
    group: PACE,
    type: "int",
    unit: "bytes",
    default: 1024 * 1024,
    bounds: { from: 1, to: 2 ** 30 },
    help: "nsqd's limit for a message; larger ones are named and left out",
  },
  ...publishingFlags,
} as const satisfies OptionTable;

/** What nsq_pub is asked to do; times in milliseconds. */
export interface NsqPubSettings {
  readonly topic: string;
  readonly addresses: readonly string[];
  /** Nsqlookupds to ask for addresses; none when those given are used. */
  readonly lookupds: readonly string[];
  /** Messages on the command line; when there are none, inputs are read. */
  readonly messages: readonly BodyMaker[];
  /** Paths; none is the standard input. */
  readonly files: readonly string[];
  /** What the numbers of pieces count. */
  readonly unit: MessageOrigin["unit"];
  /** Makes the splitter for one input. */
  readonly splitter: () => PieceSplitter;
  readonly count: number;
  readonly rate: number;
  readonly batch: number;
  readonly deferMs: number;
  readonly maxMsgSize: number;
  readonly clientOptions: ClientOptions;
}

/**
 * Refuses a flag behind the messages, where it would be published. Words after `--` are messages whatever they look
 * like. Throws OptionError.
 */
export function checkFlagsComeFirst(argv: readonly string[], rest: readonly string[]): void {
  if (argv[argv.length - rest.length - 1] === "--") return;
  const names = new Set(rowsOf(nsqPubTable).map(([key, row]) => flagName(key, row)));
  const flag = rest.find((word) => names.has(/^--([^=]+)/.exec(word)?.[1] ?? ""));
  if (flag === undefined) return;
  const text = `${flag} comes after a message and would be published; put flags first, ` +
    "or -- before the messages";
  throw new OptionError(text, 1);
}

/** Puts the words together. Throws OptionError. */
export function nsqPubSettings(
  { options, rest }: ToolWords<typeof nsqPubTable>,
  surroundings: TemplateSurroundings,
): NsqPubSettings {
  if (options.topic === "") throw new OptionError("--topic required", 1);
  if (!isValidName(options.topic)) throw new OptionError("invalid topic name", 1);
  if (rest.length > 0 && options.file.length > 0) {
    throw new OptionError("give messages as arguments or --file, not both", 1);
  }
  if (options.raw && options.binary) throw new OptionError("use --raw or --binary, not both", 1);
  const delimiter = parseDelimiter(options.delimiter);
  if (delimiter === undefined) throw new OptionError("--delimiter must be a single byte", 1);
  const { maxMsgSize } = options;
  const way = options.raw
    ? { unit: "messages" as const, splitter: () => new WholeInput(maxMsgSize) }
    : options.binary
    ? { unit: "messages" as const, splitter: () => new LengthPrefixSplitter(maxMsgSize) }
    : {
      unit: delimiter === 0x0a ? "lines" as const : "pieces" as const,
      splitter: () => new LineSplitter(delimiter, maxMsgSize),
    };
  const { nsqdTcpAddress: addresses, lookupdHttpAddress: lookupds, count } = options;
  if (addresses.length > 0 && lookupds.length > 0) {
    throw new OptionError("use --nsqd-tcp-address or --lookupd-http-address not both", 1);
  }
  return {
    ...way,
    topic: options.topic,
    addresses: addresses.length > 0 ? addresses : ["127.0.0.1:4150"],
    lookupds,
    messages: rest.map((text) => count > 0 ? templateBody(text, surroundings) : sameBody(text)),
    files: options.file,
    count,
    rate: options.rate,
    batch: options.batch,
    deferMs: options.defer,
    maxMsgSize,
    clientOptions: withConnectionFlags(
      parseClientOptions(options.producerOpt, "producer-opt"),
      options,
    ),
  };
}
