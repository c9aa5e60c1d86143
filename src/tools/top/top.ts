// `nsqd top`: a live view of all topics, channels and clients of a cluster on the terminal; without a terminal, or when
// asked to, one look at it as text or JSON. What is shown is decided by pure neighbours; this file asks, waits and draws.

import { pause, systemTimers } from "../../base/timers.ts";
import { clusterStats, type Silence } from "../cluster/cluster_nodes.ts";
import { type ProcessStreams, withProcessStreams, writeAll, writeLog } from "../process_streams.ts";
import { runTool } from "../tool_options.ts";
import { LiveView } from "./live_view.ts";
import { jsonText, pictureOf } from "./picture.ts";
import { plainText } from "./frame.ts";
import type { Sample } from "./sample.ts";
import { systemTerminal } from "./terminal_screen.ts";
import { type TopSettings, topSettings, topTable } from "./top_options.ts";
import { initialState } from "./view_state.ts";

/** What top is, for its help. */
const topTool = {
  program: "nsqd top",
  about: "Shows topics, channels, rates and clients of one or more nsqds while they change. " +
    "Press h for the keys.",
  table: topTable,
} as const;

/** Runs the tool with the words of its command line and resolves with its exit code. */
export function main(words: string[]): Promise<number> {
  return withProcessStreams((streams) => runTop(words, streams));
}

/** Runs the tool in given surroundings. */
function runTop(words: readonly string[], streams: ProcessStreams): Promise<number> {
  return runTool(topTool, words, streams, async (parsed) => {
    const settings = topSettings(parsed);
    const isLive = isTerminal(streams) && !settings.isOnce && !settings.isJson;
    if (!isLive) return await printOnce(settings, streams);
    return await new LiveView(settings, streams, systemTerminal).run();
  });
}

/** There is somebody to look, and a keyboard. */
function isTerminal({ isOutputTerminal }: ProcessStreams): boolean {
  return isOutputTerminal && Deno.stdin.isTerminal();
}

async function printOnce(settings: TopSettings, streams: ProcessStreams): Promise<number> {
  const before = await look(settings);
  await pause(systemTimers, settings.intervalMs, streams.interrupted);
  const now = await look(settings);
  if (now.sample.nsqds.size === 0) {
    const reasons = now.silent.map(({ address, reason }) => `${address}: ${reason}`);
    const why = reasons.length === 0 ? "no nsqd is registered" : reasons.join("; ");
    await writeLog(streams, `ERROR: there is nothing to show - ${why}`);
    return 1;
  }
  const state = initialState(settings);
  const picture = pictureOf(state, before.sample, now.sample, now.silent, new Date());
  const text = settings.isJson ? jsonText(picture, state) : plainText(picture, state);
  await writeAll(streams.output, text);
  return 0;
}

async function look(
  { cluster }: TopSettings,
): Promise<{ readonly sample: Sample; readonly silent: readonly Silence[] }> {
  const { nsqds, silent } = await clusterStats(cluster);
  return { sample: { atMs: performance.now(), nsqds }, silent };
}
