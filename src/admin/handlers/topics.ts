// GET /api/topics…, /api/nodes…, /api/counter: upstream's figures, in its form.

import { Gangway } from "../../base/gangway.ts";
import { jsonReply } from "../../web/replies.ts";
import { generalError } from "../../web/reply_error.ts";
import { type Call, parameter } from "../call.ts";
import { Gathering } from "../gathering.ts";
import type { AdminHost } from "../host.ts";
import { adminError, badRequest } from "../http_errors.ts";
import { byText } from "../producers.ts";
import { addTopic, byNearness, noTopicStats } from "../topic_stats.ts";

/** How many topics nsqlookupds are asked about at once. */
const AT_ONCE_MAX = 16;

/** GET /api/topics. */
export async function topics(call: Call): Promise<Response> {
  const { host } = call;
  checkQuery(call);
  const gathering = new Gathering(host.log);
  const names = await gathering.take("get topics", host.cluster.topics());
  const { message } = gathering;
  if (parameter(call, "inactive") === "true") {
    const topics = host.cluster.isLookedUp ? await inactiveTopics(host, names) : {};
    return jsonReply({ topics, message });
  }
  return jsonReply({ topics: names.length === 0 ? null : names, message });
}

/** Upstream shows what Go says of a query that cannot be read. */
function checkQuery({ queryText }: Call): void {
  const broken = /%(?![0-9a-fA-F]{2}).{0,2}/.exec(queryText)?.[0];
  if (broken !== undefined) throw badRequest(`invalid URL escape "${broken}"`);
  if (queryText.includes(";")) throw badRequest("invalid semicolon separator in query");
}

/** Topics that no nsqd has, with their channels. Upstream asks about each topic; the list of nodes says the same at once. */
async function inactiveTopics(
  { cluster }: AdminHost,
  names: readonly string[],
): Promise<Readonly<Record<string, readonly string[] | null>>> {
  const nodes = await cluster.producers().then(({ value }) => value, () => []);
  const active = new Set(
    nodes.flatMap(({ topics }) =>
      (topics ?? []).filter(({ tombstoned }) => !tombstoned).map(({ topic }) => topic)
    ),
  );
  const gangway = new Gangway(AT_ONCE_MAX, Infinity);
  const entries = await Promise.all(
    names.filter((name) => !active.has(name)).map((name) =>
      gangway.pass(async () => {
        const channels = await cluster.topicChannels(name).then(({ value }) => value, () => []);
        return [name, channels.length === 0 ? null : channels] as const;
      })
    ),
  );
  return Object.fromEntries(entries);
}

/** GET /api/topics/:topic. */
export async function topic({ host, segments: [name = ""] }: Call): Promise<Response> {
  const gathering = new Gathering(host.log);
  const producers = await gathering.take("get topic producers", host.cluster.topicProducers(name));
  const query = { topic: name, hasClients: false };
  const stats = await gathering.take("get topic metadata", host.cluster.stats(producers, query));
  const sum = noTopicStats(name);
  for (const one of stats.topics) addTopic(sum, one);
  return jsonReply({ ...sum, message: gathering.message });
}

/** GET /api/topics/:topic/:channel. */
export async function channel(
  { host, segments: [name = "", channel = ""] }: Call,
): Promise<Response> {
  const gathering = new Gathering(host.log);
  const producers = await gathering.take("get topic producers", host.cluster.topicProducers(name));
  const query = { topic: name, channel, hasClients: true };
  const stats = await gathering.take("get channel metadata", host.cluster.stats(producers, query));
  const sum = stats.channels.get(channel);
  // Upstream's handler crashes there, and clients see this.
  if (sum === undefined) throw generalError("INTERNAL_ERROR");
  sum.clients?.sort(byNearness);
  return jsonReply({ ...sum, message: gathering.message });
}

/** GET /api/nodes. */
export async function nodes({ host }: Call): Promise<Response> {
  const gathering = new Gathering(host.log);
  const producers = await gathering.take("get nodes", host.cluster.producers());
  return jsonReply({
    nodes: producers.length === 0 ? null : producers,
    message: gathering.message,
  });
}

/** GET /api/nodes/:node. */
export async function node({ host, segments: [name = ""] }: Call): Promise<Response> {
  const gathering = new Gathering(host.log);
  const producer = await gathering.take("get producers", host.cluster.producerNamed(name));
  if (producer === undefined) throw adminError("NODE_NOT_FOUND");
  const query = { topic: "", hasClients: true };
  const { topics } = await gathering.take("get nsqd stats", host.cluster.stats([producer], query));
  let totalMessages = 0;
  let totalClients = 0;
  for (const { message_count, channels } of topics) {
    totalMessages += message_count;
    for (const { clients } of channels ?? []) totalClients += clients?.length ?? 0;
  }
  return jsonReply({
    node: name,
    topics: topics.length === 0 ? null : topics,
    total_messages: totalMessages,
    total_clients: totalClients,
    message: gathering.message,
  });
}

interface Count {
  readonly node: string;
  readonly topic_name: string;
  readonly channel_name: string;
  message_count: number;
}

/** GET /api/counter. */
export async function counter({ host }: Call): Promise<Response> {
  const gathering = new Gathering(host.log);
  const producers = await gathering.take("get counter producer list", host.cluster.producers());
  const query = { topic: "", hasClients: false };
  const { channels } = await gathering.take("get nsqd stats", host.cluster.stats(producers, query));
  const counts = new Map<string, Count>();
  for (const { topic_name, channel_name, nodes } of channels.values()) {
    for (const { node, message_count } of nodes ?? []) {
      const key = `${topic_name}:${channel_name}:${node}`;
      const known = counts.get(key);
      if (known === undefined) counts.set(key, { node, topic_name, channel_name, message_count });
      else known.message_count += message_count;
    }
  }
  const sorted = [...counts].sort(([a], [b]) => byText(a, b));
  return jsonReply({ stats: Object.fromEntries(sorted), message: gathering.message });
}
