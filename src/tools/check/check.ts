// `nsqd check`: one look at a cluster, one line for a monitoring system, and the exit code that goes with it. The form is
// that of Nagios's plugins, which most systems understand. Invariant: whatever goes wrong, the exit code is one of the four.

import { OptionError } from "../../options/option_error.ts";
import type { OptionTable } from "../../options/option_row.ts";
import { isValidName } from "../../wire/names.ts";
import { clusterFlags, clusterSettings } from "../cluster/cluster_flags.ts";
import { clusterStats } from "../cluster/cluster_nodes.ts";
import { type ProcessStreams, withProcessStreams, writeAll } from "../process_streams.ts";
import { OTHER, refuseRest, runTool, type ToolWords, versionFlag } from "../tool_options.ts";
import { answerJson, answerLine } from "./answer_text.ts";
import { MEASURE_NAMES, MEASURES, thresholdsOf } from "./thresholds.ts";
import { STATES, verdictOf } from "./verdict.ts";

const WHAT = "What";
const LIMITS = "Limits, as NAME=LIMIT, for each selected topic and channel";
const MEASURE_HELP = MEASURE_NAMES.map((name) => `${name} (${MEASURES[name].help})`).join(", ");

/** The flags of check. */
export const checkTable = {
  topic: { group: WHAT, type: "string", default: "", help: "look at this topic only" },
  channel: { group: WHAT, type: "string", default: "", help: "look at this channel of it only" },
  warning: {
    group: LIMITS,
    type: "list",
    default: [],
    help: `WARNING beyond this, such as depth=1000, age=5m, consumers=2. Names: ${MEASURE_HELP}`,
  },
  critical: { group: LIMITS, type: "list", default: [], help: "CRITICAL beyond this" },
  json: { group: OTHER, type: "bool", default: false, help: "print JSON instead of a line" },
  ...clusterFlags,
  ...versionFlag,
} as const satisfies OptionTable;

/** What check is, for its help. */
const checkTool = {
  program: "nsqd check",
  about:
    "Answers a monitoring system in one line. Exit code 0: OK, 1: WARNING, 2: CRITICAL, also " +
    "when an nsqd does not answer or is not healthy, 3: UNKNOWN, also for flags that make no sense.",
  table: checkTable,
} as const;

/** Runs the tool with the words of its command line and resolves with its exit code. */
export function main(words: string[]): Promise<number> {
  return withProcessStreams((streams) => runCheck(words, streams));
}

/** Runs the tool in given surroundings. */
export async function runCheck(
  words: readonly string[],
  streams: ProcessStreams,
): Promise<number> {
  let isUnderstood = false;
  const code = await runTool(checkTool, words, streams, async (parsed) => {
    const settings = settingsOf(parsed);
    isUnderstood = true;
    const { selection, thresholds, cluster } = settings;
    const stats = await clusterStats(cluster, selection);
    const verdict = verdictOf(stats, selection, thresholds);
    const text = parsed.options.json
      ? answerJson(verdict, thresholds)
      : answerLine(verdict, selection, thresholds);
    await writeAll(streams.output, text);
    return STATES[verdict.state];
  });
  if (isUnderstood || code === 0) return code;
  // Monitoring systems show the output, not the errors.
  await writeAll(streams.output, "NSQ UNKNOWN - flags that make no sense: see standard error\n");
  return STATES.UNKNOWN;
}

function settingsOf({ options, rest }: ToolWords<typeof checkTable>) {
  refuseRest(rest);
  const { topic, channel, nsqdHttpAddress, lookupdHttpAddress } = options;
  if (channel !== "" && topic === "") throw new OptionError("--channel needs --topic", 1);
  for (const [flag, name] of [["--topic", topic], ["--channel", channel]] as const) {
    if (name !== "" && !isValidName(name)) throw new OptionError(`${flag}=${name} is no name`, 1);
  }
  if (nsqdHttpAddress.length > 0 && lookupdHttpAddress.length > 0) {
    throw new OptionError("use --nsqd-http-address or --lookupd-http-address, not both", 1);
  }
  return {
    selection: { topic, channel },
    thresholds: thresholdsOf(options.warning, options.critical),
    cluster: clusterSettings("nsqd_check", options),
  };
}
