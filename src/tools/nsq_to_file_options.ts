// The options of nsq_to_file and what they amount to together.

import { resolve } from "@std/path";
import { OptionError } from "../options/option_error.ts";
import type { LogLevel, OptionsOf, OptionTable } from "../options/option_row.ts";
import { isValidName } from "../wire/names.ts";
import { type ClientOptions, parseClientOptions } from "./client_option_table.ts";
import { connectionFlags, withConnectionFlags } from "./connection_flags.ts";
import { namesRevision } from "./file_name.ts";
import type { RotationSettings } from "./rotating_file.ts";
import { sourceOf } from "./nsq_tail_options.ts";
import type { ToolWords } from "./tool_options.ts";
import type { ArchiveSettings } from "./topic_archive.ts";

const SOURCE = "Where from";
const FILES = "Files";
const ROTATION = "When the next file begins";
const OTHER = "Other";

/** The flags of nsq_to_file. */
export const nsqToFileTable = {
  topic: {
    group: SOURCE,
    type: "list",
    default: [],
    help: "topic to write; each has its own files",
  },
  channel: { group: SOURCE, type: "string", default: "nsq_to_file", help: "channel to read" },
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
    group: SOURCE,
    type: "int",
    default: 200,
    bounds: { from: 1 },
    help: "messages in flight at most, for each topic; so many are written before a sync",
  },
  outputDir: {
    group: FILES,
    type: "path",
    default: "/tmp",
    computedDefault: "the folder /tmp",
    help: "folder for finished files",
  },
  workDir: {
    group: FILES,
    type: "path",
    default: "",
    computedDefault: "the output folder",
    help: "folder for files that are being written; on the same disk",
  },
  filenameFormat: {
    group: FILES,
    type: "string",
    default: "<TOPIC>.<HOST><REV>.<DATETIME>.log",
    help: "name of a file, with <TOPIC>, <HOST>, <PID>, <DATETIME> and <REV>, a number that " +
      "grows; may contain slashes",
  },
  datetimeFormat: {
    group: FILES,
    type: "string",
    default: "%Y-%m-%d_%H",
    help: "<DATETIME> in the language of strftime; a change begins the next file",
  },
  hostIdentifier: {
    group: FILES,
    type: "string",
    default: "",
    computedDefault: "the host's name up to its first dot",
    help: "<HOST>; may contain <SHORT_HOST> and <HOSTNAME>",
  },
  gzip: { group: FILES, type: "bool", default: false, help: "compress with gzip" },
  gzipLevel: { group: FILES, type: "int", default: 6, help: "from 1, fast, to 9, small" },
  rotateSize: {
    group: ROTATION,
    type: "int",
    unit: "bytes",
    default: 0,
    bounds: { from: 0 },
    help: "after so much, before compression; 0 is never",
  },
  rotateInterval: {
    group: ROTATION,
    type: "duration",
    default: 0,
    bounds: { from: 0 },
    help: "after so long; 0 is never",
  },
  skipEmptyFiles: {
    group: ROTATION,
    type: "bool",
    default: false,
    help: "begin it only when there is a message for it",
  },
  syncInterval: {
    group: ROTATION,
    type: "duration",
    default: 30_000,
    bounds: { above: 0 },
    help: "how long a message may wait to be synced and finished; keep it below nsqd's " +
      "--msg-timeout",
  },
  logLevel: { group: OTHER, type: "level", default: "info", help: "mildest lines to log" },
  logPrefix: {
    group: OTHER,
    type: "string",
    default: "[nsq_to_file] ",
    help: "in front of each line of the log",
  },
  consumerOpt: {
    group: OTHER,
    type: "list",
    default: [],
    help: "option of the connection as key,value; max_attempts is 0 here unless given",
  },
  ...connectionFlags,
  version: { group: OTHER, type: "bool", default: false, help: "print the version and exit" },
} as const satisfies OptionTable;

/** What nsq_to_file is asked to do. */
export interface NsqToFileSettings {
  readonly topics: readonly string[];
  readonly channel: string;
  readonly source: ReturnType<typeof sourceOf>;
  readonly maxInFlight: number;
  readonly rotation: RotationSettings;
  readonly archive: ArchiveSettings;
  readonly logLevel: LogLevel;
  readonly logPrefix: string;
  readonly clientOptions: ClientOptions;
}

/** This process, as far as file names tell of it. */
export interface ProcessIdentity {
  readonly hostname: string;
  readonly pid: number;
}

/** Puts the words together. Throws OptionError. */
export function nsqToFileSettings(
  { options, rest }: ToolWords<typeof nsqToFileTable>,
  identity: ProcessIdentity,
): NsqToFileSettings {
  if (rest.length > 0) throw new OptionError(`unknown arguments: [${rest.join(" ")}]`, 1);
  if (options.channel === "") throw new OptionError("--channel is required", 1);
  const source = sourceOf(options.nsqdTcpAddress, options.lookupdHttpAddress);
  const { gzipLevel } = options;
  if (gzipLevel < 1 || gzipLevel > 9) {
    throw new OptionError(`invalid --gzip-level value (${gzipLevel}), should be 1-9`, 1);
  }
  const topics = [...new Set(options.topic)];
  if (topics.length === 0) throw new OptionError("--topic required", 1);
  if (!topics.every(isValidName)) throw new OptionError("invalid topic name", 1);
  if (!isValidName(options.channel)) throw new OptionError("invalid channel name", 1);
  return {
    topics,
    channel: options.channel,
    source,
    maxInFlight: options.maxInFlight,
    rotation: rotationOf(options, topics, identity),
    archive: {
      syncIntervalMs: options.syncInterval,
      unsyncedMax: options.maxInFlight,
      isEmptySkipped: options.skipEmptyFiles,
    },
    logLevel: options.logLevel,
    logPrefix: options.logPrefix,
    clientOptions: withConnectionFlags(parseClientOptions(options.consumerOpt), options),
  };
}

function rotationOf(
  options: OptionsOf<typeof nsqToFileTable>,
  topics: readonly string[],
  { hostname, pid }: ProcessIdentity,
): RotationSettings {
  const { filenameFormat, gzip, rotateSize, rotateInterval } = options;
  const outputDir = resolve(options.outputDir);
  const workDir = resolve(options.workDir || outputDir);
  const isNumbered = gzip || rotateSize > 0 || rotateInterval > 0 || workDir !== outputDir;
  if (isNumbered && !namesRevision(filenameFormat)) {
    const text = "missing <REV> in --filename-format when gzip, rotation, or work dir enabled";
    throw new OptionError(text, 1);
  }
  if (topics.length > 1 && !filenameFormat.includes("<TOPIC>")) {
    throw new OptionError("missing <TOPIC> in --filename-format when there are several topics", 1);
  }
  const shortName = hostname.split(".")[0] ?? "";
  const host = (options.hostIdentifier || shortName)
    .replaceAll("<SHORT_HOST>", shortName).replaceAll("<HOSTNAME>", hostname);
  return {
    filenameFormat,
    datetimeFormat: options.datetimeFormat,
    host,
    pid,
    isNumbered,
    isGzip: gzip,
    workDir,
    outputDir,
    gzipLevel: options.gzipLevel,
    rotateBytes: rotateSize,
    rotateIntervalMs: rotateInterval,
  };
}
