// A topic with its channels as /stats shows it, written as bytes rather than as objects that are turned into text: see
// `Utf8Page` for what that saves. A test holds the result against JSON.stringify of `topicStats`.

import type { Utf8Page } from "../base/utf8_page.ts";
import type { Channel } from "../queue/channel.ts";
import type { Topic } from "../queue/topic.ts";
import { goJson } from "../web/go_json.ts";
import type { HttpHost } from "./host.ts";
import { clientsOf, latencyStats, shownChannels, type StatsFilter } from "./stats.ts";

/** Adds the same as JSON of `topicStats` without what only we have. Valid names have no character that JSON escapes. */
export function addTopicJson(
  page: Utf8Page,
  host: HttpHost,
  topic: Topic,
  filter: StatsFilter,
): void {
  page.ascii(`{"topic_name":"`);
  page.ascii(topic.name);
  page.ascii(`","channels":[`);
  let before = "";
  for (const channel of shownChannels(topic, filter)) {
    page.ascii(before);
    addChannelJson(page, host, channel, filter);
    before = ",";
  }
  addNumber(page, `],"depth":`, topic.depth);
  addNumber(page, `,"backend_depth":`, topic.backendDepth);
  addNumber(page, `,"message_count":`, topic.messageCount);
  addNumber(page, `,"message_bytes":`, topic.messageBytes);
  addPaused(page, topic.isPaused);
  addLatency(page, host, topic.channels.values());
  addUnlessZero(page, `,"damage_count":`, topic.log.damageCount);
  page.ascii("}");
}

function addChannelJson(
  page: Utf8Page,
  host: HttpHost,
  channel: Channel,
  filter: StatsFilter,
): void {
  const { counters, consumers } = channel;
  page.ascii(`{"channel_name":"`);
  page.ascii(channel.name);
  addNumber(page, `","depth":`, channel.depth);
  addNumber(page, `,"backend_depth":`, channel.backendDepth);
  addNumber(page, `,"in_flight_count":`, channel.inFlightCount);
  addNumber(page, `,"deferred_count":`, channel.deferredCount);
  addNumber(page, `,"message_count":`, counters.messageCount);
  addUnlessZero(page, `,"zone_local_msg_count":`, counters.zoneLocalCount);
  addUnlessZero(page, `,"region_local_msg_count":`, counters.regionLocalCount);
  addUnlessZero(page, `,"global_msg_count":`, counters.globalCount);
  addNumber(page, `,"requeue_count":`, counters.requeueCount);
  addNumber(page, `,"timeout_count":`, counters.timeoutCount);
  addNumber(page, `,"client_count":`, consumers.size);
  page.ascii(`,"clients":`);
  if (!filter.isWithClients) page.ascii("null");
  else if (consumers.size === 0) page.ascii("[]");
  else page.add(goJson(clientsOf(channel, filter)));
  addPaused(page, channel.isPaused);
  addLatency(page, host, [channel]);
  page.ascii("}");
}

function addNumber(page: Utf8Page, label: string, value: number): void {
  page.ascii(label);
  page.number(value);
}

function addUnlessZero(page: Utf8Page, label: string, value: number): void {
  if (value !== 0) addNumber(page, label, value);
}

function addPaused(page: Utf8Page, isPaused: boolean): void {
  page.ascii(isPaused ? `,"paused":true` : `,"paused":false`);
}

function addLatency(page: Utf8Page, host: HttpHost, channels: Iterable<Channel>): void {
  page.ascii(`,"e2e_processing_latency":`);
  const hasQuantiles = host.options.e2eProcessingLatencyPercentile.length > 0;
  if (hasQuantiles) page.add(goJson(latencyStats(host, [...channels])));
  else page.ascii(`{"count":0,"percentiles":null}`);
}
