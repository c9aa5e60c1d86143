// `nsqd doctor`: looks at a running cluster from the outside and says what is the matter and what to do about it.
// It changes nothing. Exit codes say the worst that was found.

import type { OptionTable } from "../../options/option_row.ts";
import { clusterFlags, type ClusterSettings, clusterSettings } from "../cluster/cluster_flags.ts";
import { type ProcessStreams, withProcessStreams, writeAll } from "../process_streams.ts";
import { refuseRest, runTool, type ToolWords, versionFlag } from "../tool_options.ts";
import { channelFindings } from "./channel_findings.ts";
import type { ClusterFacts } from "./facts.ts";
import { exitCodeOf, type Finding } from "./finding.ts";
import { gathered } from "./gathering.ts";
import { lookupFindings } from "./lookup_findings.ts";
import { nodeFindings } from "./node_findings.ts";
import { reportJson, reportText } from "./report.ts";

/** When nothing could be looked at, or the command line makes no sense. */
const EXIT_UNCHECKED = 3;

/** The flags of doctor. */
export const doctorTable = {
  ...clusterFlags,
  observe: {
    group: "What",
    type: "duration",
    default: 3_000,
    bounds: { from: 0 },
    help: "time between two looks at the queues: what stands still meanwhile is called stuck",
  },
  json: { group: "What", type: "bool", default: false, help: "print JSON instead of text" },
  ...versionFlag,
} as const satisfies OptionTable;

/** What doctor is, for its help. */
const doctorTool = {
  program: "nsqd doctor",
  about: "Checks a running cluster from the outside and says what to do. " +
    "Exit code 0: fine or notes only, 1: warnings, 2: errors, 3: it could not be checked.",
  table: doctorTable,
} as const;

/** Runs the tool with the words of its command line and resolves with its exit code. */
export function main(words: string[]): Promise<number> {
  return withProcessStreams((streams) => runDoctor(words, streams));
}

/** Runs the tool in given surroundings. */
export async function runDoctor(
  words: readonly string[],
  streams: ProcessStreams,
): Promise<number> {
  let isUnderstood = false;
  const code = await runTool(doctorTool, words, streams, async (parsed) => {
    const cluster = settingsOf(parsed);
    isUnderstood = true;
    const { observe, json } = parsed.options;
    const facts = await gathered(cluster, observe, streams.interrupted);
    const findings = findingsOf(facts);
    await writeAll(
      streams.output,
      json ? reportJson(facts, findings) : reportText(facts, findings),
    );
    return isSomethingSeen(facts) ? exitCodeOf(findings) : EXIT_UNCHECKED;
  });
  return isUnderstood || code === 0 ? code : EXIT_UNCHECKED;
}

/** All findings about what was seen. */
function findingsOf(facts: ClusterFacts): Finding[] {
  return [...nodeFindings(facts), ...lookupFindings(facts), ...channelFindings(facts)];
}

function settingsOf({ options, rest }: ToolWords<typeof doctorTable>): ClusterSettings {
  refuseRest(rest);
  return clusterSettings("nsqd_doctor", options);
}

function isSomethingSeen({ nodes, lookupds }: ClusterFacts): boolean {
  return nodes.some(({ info, ping }) => info.kind === "answer" || ping !== undefined) ||
    lookupds.some(({ nodes: answer }) => answer.kind === "answer");
}
