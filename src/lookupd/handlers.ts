// The endpoints of nsqlookupd's HTTP API: what each reads of the query, asks the registry, and answers. Parameters are
// byte strings; valid names are ASCII.

import { readableText } from "../base/byte_string.ts";
import { VERSION } from "../base/version.ts";
import { parseQuery, type Query } from "../web/query.ts";
import { healthReply, loopCheck } from "../web/health.ts";
import { emptyReply, jsonReply, jsonTextReply, metricsReply, plainReply } from "../web/replies.ts";
import { isValidName } from "../wire/names.ts";
import { type LookupdHost, momentOf } from "./host.ts";
import { lookupdError } from "./http_errors.ts";
import { lookupdMetrics } from "./metrics.ts";
import { RegistryFull } from "./registry.ts";
import { debugText, nodeJson, producerJson } from "./replies.ts";

/** What a handler is given. */
export interface Call {
  readonly host: LookupdHost;
  /** What follows the question mark, as it came. */
  readonly queryText: string;
}

/** GET /ping. */
export function ping(): Response {
  return plainReply("OK");
}

/** GET /info. */
export function info(): Response {
  return jsonReply({ version: VERSION });
}

/** GET /topics. */
export function topics({ host }: Call): Response {
  return jsonReply({ topics: host.registry.topics });
}

/** GET /channels: none for an unknown topic. */
export function channels({ host, queryText }: Call): Response {
  return jsonReply({ channels: host.registry.channels(topicOf(parseQuery(queryText))) });
}

/** GET /lookup: who has a topic. */
export function lookup({ host, queryText }: Call): Response {
  const found = host.registry.lookup(topicOf(parseQuery(queryText)), host.clock.nowMs());
  if (found === undefined) throw lookupdError("TOPIC_NOT_FOUND");
  return jsonReply({ channels: found.channels, producers: found.producers.map(producerJson) });
}

/** GET /nodes: every nsqd. */
export function nodes({ host }: Call): Response {
  const found = [...host.registry.nodes(host.clock.nowMs())];
  return jsonReply({ producers: found.map(nodeJson) });
}

/** GET /debug: all lists. */
export function debug({ host }: Call): Response {
  return jsonTextReply(debugText(host.registry.entries()));
}

/** GET /metrics, for Prometheus. */
export function metrics({ host }: Call): Response {
  return metricsReply(lookupdMetrics(host));
}

/** GET /healthz: whether the process is worth keeping. */
export function healthz({ host }: Call): Response {
  return healthReply([loopCheck(host.loopDelay)]);
}

/** GET /readyz: whether it can take another nsqd. */
export function readyz({ host: { registry, options, loopDelay } }: Call): Response {
  const isFull = registry.size >= options.maxRegistrations;
  const reason = isFull ? `there are ${registry.size} registrations, as many as may be` : undefined;
  return healthReply([loopCheck(loopDelay), { name: "registry", reason }]);
}

/** POST /topic/create. */
export function createTopic({ host, queryText }: Call): Response {
  const topic = validTopicOf(parseQuery(queryText));
  host.log.info(`DB: adding topic(${topic})`);
  withRoom(() => host.registry.createTopic(topic));
  return emptyReply();
}

/** POST /topic/delete: also answers for what is not there. */
export function deleteTopic({ host, queryText }: Call): Response {
  const topic = topicOf(parseQuery(queryText));
  for (const channel of host.registry.deleteTopic(topic)) {
    host.log.info(`DB: removing channel(${channel}) from topic(${topic})`);
  }
  host.log.info(`DB: removing topic(${readableText(topic)})`);
  return emptyReply();
}

/** POST /topic/tombstone: also answers where nothing matches. */
export function tombstoneTopic({ host, queryText }: Call): Response {
  const query = parseQuery(queryText);
  const topic = topicOf(query);
  const parameter = query.get("node");
  if (parameter === undefined) throw lookupdError("MISSING_ARG_NODE");
  const node = readableText(parameter);
  host.log.info(`DB: setting tombstone for producer@${node} of topic(${readableText(topic)})`);
  host.registry.tombstone(topic, node, momentOf(host.clock));
  return emptyReply();
}

/** POST /channel/create: its topic, too. */
export function createChannel({ host, queryText }: Call): Response {
  const { topic, channel } = topicAndChannelOf(parseQuery(queryText));
  host.log.info(`DB: adding channel(${channel}) in topic(${topic})`);
  host.log.info(`DB: adding topic(${topic})`);
  withRoom(() => host.registry.createChannel(topic, channel));
  return emptyReply();
}

/** POST /channel/delete. */
export function deleteChannel({ host, queryText }: Call): Response {
  const { topic, channel } = topicAndChannelOf(parseQuery(queryText));
  if (!host.registry.deleteChannel(topic, channel)) throw lookupdError("CHANNEL_NOT_FOUND");
  host.log.info(`DB: removing channel(${channel}) from topic(${topic})`);
  return emptyReply();
}

function withRoom(create: () => void): void {
  try {
    create();
  } catch (error) {
    throw error instanceof RegistryFull ? lookupdError("TOO_MANY_REGISTRATIONS") : error;
  }
}

function topicOf(query: Query): string {
  const topic = query.get("topic");
  if (topic === undefined) throw lookupdError("MISSING_ARG_TOPIC");
  return topic;
}

function validTopicOf(query: Query): string {
  const topic = topicOf(query);
  if (!isValidName(topic)) throw lookupdError("INVALID_ARG_TOPIC");
  return topic;
}

function topicAndChannelOf(query: Query): { topic: string; channel: string } {
  const topic = validTopicOf(query);
  const channel = query.get("channel");
  if (channel === undefined) throw lookupdError("MISSING_ARG_CHANNEL");
  if (!isValidName(channel)) throw lookupdError("INVALID_ARG_CHANNEL");
  return { topic, channel };
}
