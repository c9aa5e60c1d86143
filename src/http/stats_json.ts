// /stats as JSON, written topic by topic so that no single step is long.

import { VERSION } from "../base/version.ts";
import { goJson } from "../web/go_json.ts";
import { SERIES_MAX } from "../queue/history.ts";
import type { HttpHost } from "./host.ts";
import { memoryFigures } from "./memory_figures.ts";
import { eachTopic, isTopicUnknown, producersOf, type StatsFilter } from "./stats.ts";

/** The page. Its top-level keys: version, health, start_time, topics, memory, producers, refusals. */
export async function statsJson(host: HttpHost, filter: StatsFilter): Promise<string> {
  const topics: string[] = [];
  const isUnknown = isTopicUnknown(host, filter);
  await eachTopic(host, filter, (stats) => topics.push(goJson(stats)));
  const refused = host.refusals.counts;
  const members = [
    member("version", VERSION),
    member("health", host.health),
    member("start_time", Math.floor(host.startWallMs / 1000)),
    isUnknown ? member("topics", null) : `"topics":[${topics.join(",")}]`,
    ...(filter.isWithMemory ? [member("memory", memoryFigures())] : []),
    member("producers", producersOf(host, filter)),
    // Ours, and absent while there is nothing to tell: who compares the page with upstream's sees no difference.
    ...(filter.isWithMore ? [member("node", nodeFigures(host))] : []),
    ...(Object.keys(refused).length > 0 ? [member("refusals", refused)] : []),
  ];
  return `{${members.join(",")}}`;
}

/** What there is to know of the node as a whole. */
function nodeFigures(host: HttpHost) {
  const { topics, history, loopDelay, options } = host;
  const { freeBytes, refusal } = host.disk();
  let logBytes = 0;
  for (const { log } of topics.all.values()) logBytes += log.byteSize;
  return {
    log_bytes: logBytes,
    free_bytes: freeBytes ?? null,
    min_free_bytes: options.minFreeSpace,
    is_full: refusal !== undefined,
    loop_delay_max_ms: Math.round(loopDelay.worstMs * 1000) / 1000,
    history_series: history.seriesCount,
    history_series_max: SERIES_MAX,
  };
}

function member(name: string, value: unknown): string {
  return `${goJson(name)}:${goJson(value)}`;
}
