// The options of nsq_to_http and what they amount to together.

import { OptionError } from "../options/option_error.ts";
import type { OptionsOf, OptionTable } from "../options/option_row.ts";
import { isValidName } from "../wire/names.ts";
import type { PoolMode } from "./address_pool.ts";
import { type ClientOptions, parseClientOptions } from "./client_option_table.ts";
import { connectionFlags, withConnectionFlags } from "./connection_flags.ts";
import { sourceOf } from "./nsq_tail_options.ts";
import type { ToolWords } from "./tool_options.ts";

const SOURCE = "Where from";
const TARGET = "Where to";
const PACE = "How";
const OTHER = "Other";
const CONTENT_TYPE = "application/octet-stream";

/** The flags of nsq_to_http. */
export const nsqToHttpTable = {
  topic: { group: SOURCE, type: "string", default: "", help: "topic to read" },
  channel: { group: SOURCE, type: "string", default: "nsq_to_http", help: "channel to read" },
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
  post: { group: TARGET, type: "list", default: [], help: "URL to POST each message to" },
  get: {
    group: TARGET,
    type: "list",
    default: [],
    help: "URL to GET for each message, which takes the place of %s in it",
  },
  mode: {
    group: TARGET,
    type: "choice",
    choices: ["round-robin", "hostpool", "epsilon-greedy", "all"],
    default: "hostpool",
    help: "which of several URLs: in turn, in turn without those that fail, mostly the fastest, " +
      "or all of them",
  },
  contentType: {
    group: TARGET,
    type: "string",
    default: CONTENT_TYPE,
    help: "type of what is POSTed",
  },
  header: {
    group: TARGET,
    type: "list",
    default: [],
    help: "header of the request, `Name: value`",
  },
  maxInFlight: {
    group: PACE,
    type: "int",
    default: 200,
    bounds: { from: 1 },
    help: "messages in flight at most",
  },
  n: { group: PACE, type: "int", default: 100, bounds: { from: 1 }, help: "requests at a time" },
  sample: {
    group: PACE,
    type: "float",
    default: 1,
    help: "share of the messages to pass on; the others are finished",
  },
  statusEvery: {
    group: PACE,
    type: "int",
    default: 250,
    bounds: { from: 0 },
    help: "log durations after so many requests; 0 is never",
  },
  httpClientConnectTimeout: {
    group: PACE,
    type: "duration",
    default: 2_000,
    help: "time to connect; added to the time for a request",
  },
  httpClientRequestTimeout: {
    group: PACE,
    type: "duration",
    default: 20_000,
    help: "time for a request; keep it below nsqd's --msg-timeout",
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

/** What nsq_to_http is asked to do; times in milliseconds. */
export interface NsqToHttpSettings {
  readonly topic: string;
  readonly channel: string;
  readonly source: ReturnType<typeof sourceOf>;
  readonly isPost: boolean;
  readonly urls: readonly string[];
  readonly mode: PoolMode | "all";
  readonly headers: readonly (readonly [string, string])[];
  readonly maxInFlight: number;
  readonly requestsMax: number;
  readonly sample: number;
  readonly statusEvery: number;
  /** For a request and its connection together. */
  readonly limitMs: number;
  readonly clientOptions: ClientOptions;
}

type Options = OptionsOf<typeof nsqToHttpTable>;

/** Puts the words together. Throws OptionError. */
export function nsqToHttpSettings(
  { options, rest }: ToolWords<typeof nsqToHttpTable>,
): NsqToHttpSettings {
  const { topic, channel, post, get, sample } = options;
  if (rest.length > 0) throw new OptionError(`unknown arguments: [${rest.join(" ")}]`, 1);
  checkPositive("--http-client-connect-timeout", options.httpClientConnectTimeout);
  checkPositive("--http-client-request-timeout", options.httpClientRequestTimeout);
  if (topic === "" || channel === "") {
    throw new OptionError("--topic and --channel are required", 1);
  }
  if (!isValidName(topic)) throw new OptionError("invalid topic name", 1);
  if (!isValidName(channel)) throw new OptionError("invalid channel name", 1);
  const source = sourceOf(options.nsqdTcpAddress, options.lookupdHttpAddress);
  checkUrls(options);
  if (!(sample >= 0 && sample <= 1)) {
    throw new OptionError("ERROR: --sample must be between 0.0 and 1.0", 1);
  }
  return {
    topic,
    channel,
    source,
    isPost: post.length > 0,
    urls: post.length > 0 ? post : get,
    mode: options.mode,
    headers: headersOf(options),
    maxInFlight: options.maxInFlight,
    requestsMax: options.n,
    sample,
    statusEvery: options.statusEvery,
    limitMs: options.httpClientConnectTimeout + options.httpClientRequestTimeout,
    clientOptions: withConnectionFlags(parseClientOptions(options.consumerOpt), options),
  };
}

function checkPositive(flag: string, value: number): void {
  if (!(value > 0)) throw new OptionError(`${flag} should be positive`, 1);
}

function checkUrls({ post, get, contentType }: Options): void {
  if (post.length === 0 && get.length === 0) throw new OptionError("--get or --post required", 1);
  if (post.length > 0 && get.length > 0) throw new OptionError("use --get or --post not both", 1);
  if (get.some((url) => url.split("%s").length !== 2)) {
    throw new OptionError("invalid GET address - must be a printf string with one %s", 1);
  }
  const bad = [...post, ...get].find((url) => !/^https?:$/.test(protocolOf(url)));
  if (bad !== undefined) throw new OptionError(`"${bad}" is no URL of HTTP`, 1);
  if (contentType === "") throw new OptionError("--content-type requires a value when used", 1);
  if (get.length > 0 && contentType !== CONTENT_TYPE) {
    throw new OptionError("--content-type only used with --post", 1);
  }
}

function protocolOf(url: string): string {
  return URL.canParse(url) ? new URL(url).protocol : "";
}

/** Headers that were given come after ours, so that they win. */
function headersOf({ header, contentType, post }: Options): [string, string][] {
  const headers = new Headers(post.length > 0 ? { "content-type": contentType } : {});
  for (const text of header) {
    const [, name = "", value = ""] = /^\s*([^:\s]+)\s*:\s*(.*)$/s.exec(text) ?? [];
    try {
      headers.set(name, value);
    } catch {
      throw new OptionError(`--header value format should be 'Name: value', not '${text}'`, 1);
    }
  }
  return [...headers];
}
