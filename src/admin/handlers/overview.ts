// GET /api/overview/…: the cluster for the page, a part at a time, with rates and warnings. Ours; upstream has none of it.
// Everything comes from one look of the survey's, which all who ask meanwhile share.

import { jsonReply } from "../../web/replies.ts";
import { type Call, numberParameter, parameter } from "../call.ts";
import {
  addChannelFigures,
  addTopicFigures,
  noChannelFigures,
  noTopicFigures,
  type TopicSample,
} from "../figures.ts";
import { Gathering } from "../gathering.ts";
import type { AdminHost } from "../host.ts";
import { type JsonObject, numberIfAny, objectIfAny } from "../json_fields.ts";
import type { Partial } from "../partial.ts";
import type { Producer } from "../producers.ts";
import { type NodeSample, snapshotOfNode } from "../snapshot.ts";
import { secondsBetween, type View } from "../survey.ts";
import { rateOf, topicListOf } from "../topic_list.ts";
import { topicWarnings, warningsOf } from "../warnings.ts";

const LIMIT = { standard: 100, from: 1, to: 1_000 };
const OFFSET = { standard: 0, from: 0, to: 10_000_000 };
const WARNINGS_MAX = 200;

/** GET /api/overview/topics, of the cluster or with `node` of one node. */
export async function topicsOverview(call: Call): Promise<Response> {
  const { host } = call;
  const { view: whole, message } = await look(host);
  const node = parameter(call, "node");
  const view = node === "" ? whole : viewOfNode(whole, node);
  const list = topicListOf(view, {
    search: parameter(call, "search"),
    sort: parameter(call, "sort"),
    isDescending: parameter(call, "order") === "desc",
    only: parameter(call, "only"),
    offset: numberParameter(call, "offset", OFFSET),
    limit: numberParameter(call, "limit", LIMIT),
  }, (topic) => [
    ...new Set(topicWarnings(topic, host.survey.growth, view.ready).map(({ kind }) => kind)),
  ]);
  return jsonReply({ ...list, totals: totalsOf(view), message, ...timesOf(view) });
}

function viewOfNode({ now, before, ...rest }: View, node: string): View {
  return {
    ...rest,
    now: snapshotOfNode(now, node),
    before: before === undefined ? undefined : snapshotOfNode(before, node),
  };
}

/** GET /api/overview/warnings. */
export async function warningsOverview({ host }: Call): Promise<Response> {
  const { view, message } = await look(host);
  const warnings = warningsOf(view.now, host.survey.growth, view.ready);
  const shown = warnings.slice(0, WARNINGS_MAX);
  return jsonReply({ warnings: shown, total: warnings.length, message, ...timesOf(view) });
}

/** GET /api/overview/counter. */
export async function counterOverview({ host }: Call): Promise<Response> {
  const { view, message } = await look(host);
  const { now, before } = view;
  const earlier = before === undefined ? undefined : deliveredCount(before);
  const count = deliveredCount(now);
  return jsonReply({
    message_count: count,
    message_rate: rateOf(count, earlier, secondsBetween(view)),
    depth: totalsOf(view).depth,
    message,
    ...timesOf(view),
  });
}

/** What upstream's counter counts: messages of channels. */
function deliveredCount({ topics }: View["now"]): number {
  return [...topics.values()].reduce((sum, { channelSum }) => sum + channelSum.message_count, 0);
}

/** GET /api/overview/nodes. */
export async function nodesOverview({ host }: Call): Promise<Response> {
  const { view, message } = await look(host);
  const { now, before } = view;
  const nodes = now.nodes.map((sample) => nodeRow(sample, view, earlierOf(sample, before)));
  const lookupds = now.lookupds.map(({ address, error }) => ({
    address,
    reachable: error === undefined,
    error,
  }));
  return jsonReply({ nodes, lookupds, message, ...timesOf(view) });
}

function earlierOf({ node }: NodeSample, before: View["before"]): NodeSample | undefined {
  const sample = before?.nodes.find((one) => one.node === node);
  return sample?.error === undefined ? sample : undefined;
}

function nodeRow(sample: NodeSample, view: View, earlier: NodeSample | undefined) {
  const { node, producer, error, unreachable, page, topics } = sample;
  const sums = nodeSums(topics);
  const earlierCount = earlier === undefined ? undefined : nodeSums(earlier.topics).message_count;
  const facts = producer ?? placeless(node);
  return {
    node,
    hostname: facts.hostname,
    broadcast_address: facts.broadcast_address,
    tcp_port: facts.tcp_port,
    http_port: facts.http_port,
    version: facts.version,
    topology_zone: facts.topology_zone,
    topology_region: facts.topology_region,
    remote_addresses: facts.remote_addresses,
    out_of_date: facts.out_of_date,
    reachable: error === undefined,
    error: error ?? (unreachable === undefined ? undefined : `nsqlookupd: ${unreachable}`),
    ...error === undefined ? { ...sums, ...pageFacts(page) } : {},
    message_rate: error === undefined
      ? rateOf(sums.message_count, earlierCount, secondsBetween(view))
      : undefined,
    tombstoned_topics: (facts.topics ?? []).filter(({ tombstoned }) => tombstoned)
      .map(({ topic }) => topic),
  };
}

function placeless(node: string): Producer {
  return {
    remote_addresses: null,
    remote_address: "",
    hostname: node,
    broadcast_address: node,
    tcp_port: 0,
    http_port: 0,
    version: "",
    topology_zone: undefined,
    topology_region: undefined,
    topics: null,
    out_of_date: false,
  };
}

function nodeSums(topics: readonly TopicSample[]) {
  const figures = noTopicFigures();
  const channels = noChannelFigures();
  let channelCount = 0;
  for (const topic of topics) {
    addTopicFigures(figures, topic.figures);
    for (const channel of topic.channels.values()) addChannelFigures(channels, channel);
    channelCount += topic.channels.size;
  }
  return {
    topic_count: topics.length,
    channel_count: channelCount,
    depth: figures.depth + channels.depth,
    in_flight_count: channels.in_flight_count,
    deferred_count: channels.deferred_count,
    client_count: channels.client_count,
    message_count: figures.message_count,
  };
}

const NODE_FIGURES = ["log_bytes", "free_bytes", "min_free_bytes", "loop_delay_p99_ms"] as const;

function pageFacts(page: JsonObject): JsonObject {
  const { health, start_time, memory } = page;
  const more = objectIfAny(page, "node");
  return {
    health,
    start_time,
    memory,
    ...Object.fromEntries(NODE_FIGURES.map((key) => [key, numberIfAny(more, key)])),
    is_full: typeof more["is_full"] === "boolean" ? more["is_full"] : undefined,
  };
}

/** A look at the cluster, and what to say about those that did not answer. Throws ReplyError with status 502. */
async function look(host: AdminHost): Promise<{ view: View; message: string }> {
  const gathering = new Gathering(host.log);
  const asPartial = async (): Promise<Partial<View>> => ({
    value: await host.survey.view(),
    errors: [],
  });
  const view = await gathering.take("look at the cluster", asPartial());
  const failed = [...view.now.lookupds, ...view.now.nodes].flatMap(({ error }) => error ?? []);
  return { view, message: failed.length === 0 ? "" : `WARNING: ${failed.join("; ")}` };
}

function timesOf({ now, intervalMs }: View) {
  return { taken_ms: Math.round(now.wallMs), interval_ms: Math.round(intervalMs) };
}

function totalsOf(view: View) {
  const { now, before } = view;
  let depth = 0;
  let channelCount = 0;
  let messageCount = 0;
  const channels = noChannelFigures();
  for (const topic of now.topics.values()) {
    depth += topic.totalDepth;
    channelCount += topic.channels.size;
    messageCount += topic.figures.message_count;
    addChannelFigures(channels, topic.channelSum);
  }
  const earlier = before === undefined
    ? undefined
    : [...before.topics.values()].reduce((sum, one) => sum + one.figures.message_count, 0);
  return {
    depth,
    in_flight_count: channels.in_flight_count,
    deferred_count: channels.deferred_count,
    client_count: channels.client_count,
    message_rate: rateOf(messageCount, earlier, secondsBetween(view)),
    topic_count: now.topics.size,
    channel_count: channelCount,
    node_count: now.nodes.length,
  };
}
