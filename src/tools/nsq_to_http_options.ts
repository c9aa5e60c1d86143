// The options of nsq_to_http and what they amount to together.

import { VERSION } from "../base/version.ts";
import { OptionError } from "../options/option_error.ts";
import type { OptionsOf, OptionTable } from "../options/option_row.ts";
import { isValidName } from "../wire/names.ts";
import type { PoolMode } from "./address_pool.ts";
import { parseClientOptions } from "./client_options.ts";
import { consumingFlags, withConnectionFlags } from "./connection_flags.ts";
import type { ConsumingSettings } from "./consuming.ts";
import { httpLimitMs, httpTimeoutFlags } from "./http_timeout_flags.ts";
import { SOURCE, sourceFlags, sourceOf } from "./source_flags.ts";
import type { ToolWords } from "./tool_options.ts";
import { mayBeSeveral, topicFlags, topicSelection } from "./topic_flags.ts";

const TARGET = "Where to";
const PACE = "How";
const CONTENT_TYPE = "application/octet-stream";

/** The flags of nsq_to_http. */
export const nsqToHttpTable = {
  ...topicFlags,
  channel: { group: SOURCE, type: "string", default: "nsq_to_http", help: "channel to read" },
  ...sourceFlags,
  post: { group: TARGET, type: "list", default: [], help: "URL to POST each message to" },
  get: {
    group: TARGET,
    type: "list",
    default: [],
    help: "URL to GET for each message, which takes the place of %s in it; %% is %",
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
  ...httpTimeoutFlags(PACE, 20_000),
  httpClientRequestTimeout: {
    ...httpTimeoutFlags(PACE, 20_000).httpClientRequestTimeout,
    help: "time for a request; keep it below nsqd's --msg-timeout",
  },
  ...consumingFlags,
} as const satisfies OptionTable;

/** What nsq_to_http is asked to do; times in milliseconds. */
export interface NsqToHttpSettings extends ConsumingSettings {
  readonly isPost: boolean;
  readonly urls: readonly string[];
  readonly mode: PoolMode | "all";
  readonly headers: readonly (readonly [string, string])[];
  /** Whether requests say of which topic their message is. */
  readonly isTopicTold: boolean;
  readonly requestsMax: number;
  readonly sample: number;
  readonly statusEvery: number;
  /** For a request and its connection together. */
  readonly limitMs: number;
}

type Options = OptionsOf<typeof nsqToHttpTable>;

/** Puts the words together. Throws OptionError. */
export function nsqToHttpSettings(
  { options, rest }: ToolWords<typeof nsqToHttpTable>,
): NsqToHttpSettings {
  const { channel, post, get, sample } = options;
  if (rest.length > 0) throw new OptionError(`unknown arguments: [${rest.join(" ")}]`, 1);
  const limitMs = httpLimitMs(options);
  const missing = "--topic and --channel are required";
  if (channel === "" || options.topic.includes("")) throw new OptionError(missing, 1);
  const topics = topicSelection(options, options.lookupdHttpAddress, {
    missing,
    invalid: "invalid topic name",
  });
  if (!isValidName(channel)) throw new OptionError("invalid channel name", 1);
  const source = sourceOf(options);
  checkUrls(options);
  if (!(sample >= 0 && sample <= 1)) {
    throw new OptionError("ERROR: --sample must be between 0.0 and 1.0", 1);
  }
  return {
    topics,
    channel,
    source,
    isPost: post.length > 0,
    urls: post.length > 0 ? post : get,
    mode: options.mode,
    headers: headersOf(options),
    isTopicTold: mayBeSeveral(topics),
    maxInFlight: options.maxInFlight,
    requestsMax: options.n,
    sample,
    statusEvery: options.statusEvery,
    limitMs,
    clientOptions: withConnectionFlags(
      parseClientOptions(options.consumerOpt, "consumer-opt"),
      options,
    ),
  };
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
  const headers = new Headers({
    "user-agent": `nsq_to_http v${VERSION}`,
    ...post.length > 0 && { "content-type": contentType },
  });
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
