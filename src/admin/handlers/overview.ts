// GET /api/overview/…: the cluster for the page, a part at a time, with rates and warnings. Ours; upstream has none of it.

import { jsonReply } from "../../web/replies.ts";
import { type Call, numberParameter, parameter } from "../call.ts";
import { queryText } from "../cluster.ts";
import {
  addChannelFigures,
  addTopicFigures,
  type ChannelFigures,
  noChannelFigures,
  noTopicFigures,
  type TopicFigures,
  type TopicSample,
  topicSamplesOf,
} from "../figures.ts";
import { Gathering } from "../gathering.ts";
import type { AdminHost } from "../host.ts";
import { adminError } from "../http_errors.ts";
import { type JsonObject, numberIfAny, objectOf } from "../json_fields.ts";
import { AllFailed, askAll, type Partial } from "../partial.ts";
import { byText, nodeOf, type Producer } from "../producers.ts";
import { type NodeSample, snapshotOfNode, topicSumOf } from "../snapshot.ts";
import type { View } from "../survey.ts";
import { rateOf, topicListOf } from "../topic_list.ts";
import { topicWarnings, type Warning, warningsOf } from "../warnings.ts";

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
  const seconds = (now.atMs - (before?.atMs ?? 0)) / 1000;
  const count = deliveredCount(now);
  return jsonReply({
    message_count: count,
    message_rate: rateOf(count, earlier, seconds),
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

function nodeRow(sample: NodeSample, { now, before }: View, earlier: NodeSample | undefined) {
  const { node, producer, error, unreachable, page, topics } = sample;
  const sums = nodeSums(topics);
  const seconds = (now.atMs - (before?.atMs ?? 0)) / 1000;
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
      ? rateOf(sums.message_count, earlierCount, seconds)
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
  const { health, start_time, memory, node } = page;
  const more = node !== null && typeof node === "object" ? objectOf(node) : {};
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

function totalsOf({ now, before }: View) {
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
    message_rate: rateOf(messageCount, earlier, (now.atMs - (before?.atMs ?? 0)) / 1000),
    topic_count: now.topics.size,
    channel_count: channelCount,
    node_count: now.nodes.length,
  };
}

interface NodeTopic {
  readonly producer: Producer;
  readonly sample: TopicSample | undefined;
}

/** GET /api/overview/topic: one topic, asked for just now. */
export async function topicOverview(call: Call): Promise<Response> {
  const { host } = call;
  const topic = parameter(call, "topic");
  if (topic === "") throw adminError("MISSING_ARG_TOPIC");
  const gathering = new Gathering(host.log);
  const nodes = await gathering.take("get topic metadata", nodesWith(host, topic));
  const names = await channelNames(host, topic);
  if (nodes.length === 0 && names === undefined) throw adminError("TOPIC_NOT_FOUND");
  const nowMs = host.clock.nowMs();
  const samples = nodes.flatMap(({ sample }) => sample ?? []);
  const sum = topicSumOf(topic, samples);
  const channels = new Map(sum.channels);
  for (const name of names ?? []) if (!channels.has(name)) channels.set(name, noChannelFigures());
  const ready = host.survey.latest?.ready ?? new Map<string, boolean>();
  const warnings: readonly Warning[] = topicWarnings(sum, host.survey.growth, ready);
  return jsonReply({
    topic_name: topic,
    ...withTopicRates(host, topic, sum.figures, nowMs),
    total_depth: sum.totalDepth,
    nodes: nodes.map(({ producer, sample }) => ({
      ...nodeNames(producer),
      ...withTopicRates(
        host,
        `${topic}@${nodeOf(producer)}`,
        sample?.figures ?? noTopicFigures(),
        nowMs,
      ),
      channel_count: sample?.channels.size ?? 0,
    })),
    channels: [...channels].sort(([a], [b]) => byText(a, b)).map(([name, figures]) => ({
      channel_name: name,
      ...withChannelRates(host, `${topic}/${name}`, figures, nowMs),
      nodes: nodes.flatMap(({ producer, sample }) => {
        const own = sample?.channels.get(name);
        if (own === undefined) return [];
        const key = `${topic}/${name}@${nodeOf(producer)}`;
        return [{ ...nodeNames(producer), ...withChannelRates(host, key, own, nowMs) }];
      }),
    })),
    warnings,
    message: gathering.message,
    taken_ms: Math.round(host.clock.wallMs()),
    interval_ms: host.options.surveyInterval,
  });
}

function nodeNames(producer: Producer) {
  return { node: nodeOf(producer), hostname: producer.hostname };
}

/** A topic that no nsqlookupd knows is no failure here: nobody has it. */
async function nodesWith(host: AdminHost, topic: string): Promise<Partial<readonly NodeTopic[]>> {
  const { cluster, client } = host;
  let found: Partial<readonly Producer[]>;
  try {
    found = await cluster.topicProducers(topic);
  } catch (error) {
    if (!(error instanceof AllFailed)) throw error;
    await cluster.topics(); // throws when the reason is another one
    found = { value: [], errors: [] };
  }
  const target =
    `/stats?format=json&topic=${queryText(topic)}&include_clients=false&include_mem=false` +
    "&include_more=true";
  const asked = await askAll(found.value, async (producer) => {
    const page = await client.getJson({ kind: "nsqd", address: nodeOf(producer), target });
    return topicSamplesOf(objectOf(page)).find(({ name }) => name === topic);
  });
  const nodes = asked.answers.map(({ from: producer, answer: sample }) => ({ producer, sample }));
  return { value: nodes, errors: [...found.errors, ...asked.errors] };
}

/** The channels nsqlookupds know of a topic; undefined when they do not know the topic. */
async function channelNames(
  { cluster }: AdminHost,
  topic: string,
): Promise<readonly string[] | undefined> {
  if (!cluster.isLookedUp) return undefined;
  try {
    const [topics, channels] = await Promise.all([cluster.topics(), cluster.topicChannels(topic)]);
    return topics.value.includes(topic) ? channels.value : undefined;
  } catch {
    return undefined;
  }
}

function withTopicRates({ rates }: AdminHost, key: string, figures: TopicFigures, nowMs: number) {
  const { message_count, message_bytes, depth } = figures;
  return {
    ...figures,
    message_rate: rates.rate(`messages ${key}`, message_count, nowMs),
    byte_rate: message_bytes === undefined
      ? undefined
      : rates.rate(`bytes ${key}`, message_bytes, nowMs),
    depth_rate: rates.change(`depth ${key}`, depth, nowMs),
  };
}

function withChannelRates(
  { rates }: AdminHost,
  key: string,
  figures: ChannelFigures,
  nowMs: number,
) {
  const { message_count, depth, in_flight_count, deferred_count } = figures;
  const messageRate = rates.rate(`messages ${key}`, message_count, nowMs);
  const held = rates.change(`held ${key}`, depth + in_flight_count + deferred_count, nowMs);
  const isKnown = messageRate !== undefined && held !== undefined;
  return {
    ...figures,
    message_rate: messageRate,
    requeue_rate: rates.rate(`requeues ${key}`, figures.requeue_count, nowMs),
    timeout_rate: rates.rate(`timeouts ${key}`, figures.timeout_count, nowMs),
    depth_rate: rates.change(`depth ${key}`, depth, nowMs),
    finish_rate: isKnown ? Math.max(0, messageRate - held) : undefined,
  };
}
