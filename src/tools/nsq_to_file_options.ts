// The options of nsq_to_file and what they amount to together.

import { resolve } from "@std/path";
import { OptionError } from "../options/option_error.ts";
import type { LogLevel, OptionsOf, OptionTable } from "../options/option_row.ts";
import { parseLogLevel } from "../options/value_types.ts";
import { isValidName } from "../wire/names.ts";
import { parseClientOptions } from "./client_options.ts";
import { consumingFlags, withConnectionFlags } from "./connection_flags.ts";
import type { ConsumingSettings } from "./consuming.ts";
import { namesRevision } from "./file_name.ts";
import type { RotationSettings } from "./rotating_file.ts";
import { SOURCE, sourceFlags, sourceOf } from "./source_flags.ts";
import { httpLimitMs, httpTimeoutFlags } from "./http_timeout_flags.ts";
import { OTHER, type ToolWords } from "./tool_options.ts";
import type { ArchiveSettings } from "./topic_archive.ts";
import { mayBeSeveral, topicFlags, type TopicSelection, topicSelection } from "./topic_flags.ts";

const FILES = "Files";
const ROTATION = "When the next file begins";

/** The flags of nsq_to_file. */
export const nsqToFileTable = {
  ...topicFlags,
  channel: { group: SOURCE, type: "string", default: "nsq_to_file", help: "channel to read" },
  ...sourceFlags,
  maxInFlight: {
    ...sourceFlags.maxInFlight,
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
  // Text, since upstream's tool has its own words for a wrong one.
  logLevel: {
    group: OTHER,
    type: "string",
    default: "info",
    unit: "level",
    help: "mildest lines to log: debug, info, warn, error or fatal",
  },
  logPrefix: {
    group: OTHER,
    type: "string",
    default: "[nsq_to_file] ",
    help: "in front of each line of the log",
  },
  ...httpTimeoutFlags(OTHER, 5_000),
  ...consumingFlags,
  consumerOpt: {
    ...consumingFlags.consumerOpt,
    help: "option of the connections as key,value; max_attempts is 0 here unless given",
  },
} as const satisfies OptionTable;

/** What nsq_to_file is asked to do. */
export interface NsqToFileSettings extends ConsumingSettings {
  readonly rotation: RotationSettings;
  readonly archive: ArchiveSettings;
  readonly logLevel: LogLevel;
  readonly logPrefix: string;
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
  const logLevel = logLevelOf(options.logLevel);
  if (options.channel === "") throw new OptionError("--channel is required", 1);
  const limitMs = httpLimitMs(options);
  const source = sourceOf(options, ".");
  const { gzipLevel } = options;
  if (gzipLevel < 1 || gzipLevel > 9) {
    throw new OptionError(`invalid --gzip-level value (${gzipLevel}), should be 1-9`, 1);
  }
  const topics = topicSelection(options, options.lookupdHttpAddress);
  if (!isValidName(options.channel)) throw new OptionError("invalid channel name", 1);
  const given = parseClientOptions(options.consumerOpt, "consumer-opt");
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
    logLevel,
    logPrefix: options.logPrefix,
    clientOptions: withConnectionFlags({ lookupdPollTimeout: limitMs, ...given }, options),
  };
}

function logLevelOf(text: string): LogLevel {
  try {
    return parseLogLevel(text);
  } catch (cause) {
    throw Object.assign(new OptionError("--log-level is invalid", 1), { cause });
  }
}

function rotationOf(
  options: OptionsOf<typeof nsqToFileTable>,
  topics: TopicSelection,
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
  if (mayBeSeveral(topics) && !filenameFormat.includes("<TOPIC>")) {
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
