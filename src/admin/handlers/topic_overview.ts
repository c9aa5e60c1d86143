// GET /api/overview/topic: one topic with its channels, by node, with rates. Unlike the rest of the overview it is asked
// for just now: whoever looks at one topic wants to see what a click has just done to it.

import { jsonReply } from "../../web/replies.ts";
import { type Call, parameter } from "../call.ts";
import { queryText } from "../cluster.ts";
import {
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
import { objectOf } from "../json_fields.ts";
import { AllFailed, askAll, type Partial } from "../partial.ts";
import { byText, nodeOf, type Producer } from "../producers.ts";
import { topicSumOf } from "../snapshot.ts";
import { topicWarnings, type Warning } from "../warnings.ts";

interface NodeTopic {
  readonly producer: Producer;
  readonly sample: TopicSample | undefined;
}

/** GET /api/overview/topic. */
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
