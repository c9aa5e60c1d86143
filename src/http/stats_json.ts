// /stats as JSON, written topic by topic so that no single step is long.
// Invariant: the keys stand in upstream's order, ours behind them.

import { Utf8Page } from "../base/utf8_page.ts";
import { VERSION } from "../base/version.ts";
import { SERIES_MAX } from "../queue/history.ts";
import { goJson } from "../web/go_json.ts";
import { drainJson } from "./drain_switch.ts";
import type { HttpHost } from "./host.ts";
import { memoryFigures } from "./memory_figures.ts";
import { eachTopic, isTopicUnknown, producersOf, type StatsFilter, topicStats } from "./stats.ts";
import { addTopicJson } from "./topic_json.ts";

/** What a topic with a channel takes. */
const TOPIC_BYTES = 512;

/** The page. Its top-level keys: version, health, start_time, topics, memory, producers, drain, node, refusals. */
export async function statsJson(
  host: HttpHost,
  filter: StatsFilter,
): Promise<Uint8Array<ArrayBuffer>> {
  const topicCount = filter.topicName === "" ? host.topics.all.size : 1;
  const page = new Utf8Page(topicCount * TOPIC_BYTES);
  page.add(`{${headMembers(host).join(",")},"topics":`);
  if (isTopicUnknown(host, filter)) page.add("null");
  else await addTopics(page, host, filter);
  page.add(`,${tailMembers(host, filter).join(",")}}`);
  return page.bytes;
}

async function addTopics(page: Utf8Page, host: HttpHost, filter: StatsFilter): Promise<void> {
  let before = "[";
  await eachTopic(host, filter, (topic) => {
    page.ascii(before);
    if (filter.isWithMore) page.add(goJson(topicStats(host, topic, filter)));
    else addTopicJson(page, host, topic, filter);
    before = ",";
  });
  page.ascii(before === "[" ? "[]" : "]");
}

function headMembers(host: HttpHost): string[] {
  return [
    member("version", VERSION),
    member("health", host.health),
    member("start_time", Math.floor(host.startWallMs / 1000)),
  ];
}

/** Of ours what is asked for, or a drain: who compares the page with upstream's sees no difference. */
function tailMembers(host: HttpHost, filter: StatsFilter): string[] {
  const { drain: { view: drain }, refusals: { counts: refused } } = host;
  return [
    ...(filter.isWithMemory ? [member("memory", memoryFigures(host.gc))] : []),
    member("producers", producersOf(host, filter)),
    ...(drain === undefined ? [] : [member("drain", drainJson(drain))]),
    ...(filter.isWithMore ? [member("node", nodeFigures(host))] : []),
    ...(filter.isWithMore && hasAny(refused) ? [member("refusals", refused)] : []),
  ];
}

function hasAny(counts: object): boolean {
  return Object.keys(counts).length > 0;
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
