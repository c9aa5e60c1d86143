// The cluster as nsqlookupds and nsqd's tell of it: topics, producers, figures; and what can be done to it. Nothing is kept
// between requests. What of several daemons failed is told beside the value.
// Invariant: only addresses from the options, and those that nsqlookupds or the nsqd's themselves name, are asked.

import { parseHostPort } from "../base/host_port.ts";
import { errorOf } from "../base/system_error.ts";
import type { DaemonClient } from "./daemon_client.ts";
import { type JsonObject, objectOf, objectsAt, textAt, textsAt } from "./json_fields.ts";
import { AllFailed, askAll, type Partial, requireOne } from "./partial.ts";
import {
  byText,
  nodeOf,
  type Producer,
  producerOfLookupd,
  producerOfNsqd,
  tcpAddressOf,
} from "./producers.ts";
import { highestVersion, isLowerVersion } from "./semantic_version.ts";
import {
  addChannel,
  byHostname,
  type ChannelStats,
  noChannelStats,
  type TopicStats,
  topicStatsOf,
} from "./topic_stats.ts";

/** Where the daemons are, and how they are asked. */
export interface ClusterInputs {
  readonly client: DaemonClient;
  /** Addresses of nsqlookupds; while there are some, nsqd's are found through them. Read at each use. */
  readonly lookupdAddresses: () => readonly string[];
  readonly nsqdAddresses: () => readonly string[];
  /** Unix time, ms. */
  readonly wallMs: () => number;
}

/** Which figures are wanted. */
export interface StatsQuery {
  /** Empty is all. */
  readonly topic: string;
  readonly channel?: string;
  readonly hasClients: boolean;
}

/** Figures of several nsqd's. */
export interface ClusterStats {
  /** Topics of each node, by host name. */
  readonly topics: readonly TopicStats[];
  /** Sums by channel, or by `topic:channel` where all topics were asked for. */
  readonly channels: ReadonlyMap<string, ChannelStats>;
}

/** Asks the daemons of a cluster. */
export class Cluster {
  readonly #inputs: ClusterInputs;

  constructor(inputs: ClusterInputs) {
    this.#inputs = inputs;
  }

  /** Whether nsqd's are found through nsqlookupds. */
  get isLookedUp(): boolean {
    return this.#inputs.lookupdAddresses().length > 0;
  }

  /** The nsqlookupds. */
  get lookupdAddresses(): readonly string[] {
    return this.#inputs.lookupdAddresses();
  }

  /** Names of all topics, sorted. @throws {AllFailed} */
  async topics(): Promise<Partial<readonly string[]>> {
    if (this.isLookedUp) return await this.#namesOfLookupds("/topics", "topics");
    const asked = await askAll(
      this.#inputs.nsqdAddresses(),
      async (address) => topicNamesOf(await this.#nsqd(address, "/stats?format=json")),
    );
    requireOne("nsqd", asked);
    return { value: union(asked.answers.map(({ answer }) => answer)), errors: asked.errors };
  }

  /** Names of a topic's channels that nsqlookupds know, sorted. @throws {AllFailed} */
  topicChannels(topic: string): Promise<Partial<readonly string[]>> {
    return this.#namesOfLookupds(`/channels?topic=${queryText(topic)}`, "channels");
  }

  async #namesOfLookupds(target: string, key: string): Promise<Partial<readonly string[]>> {
    const asked = await askAll(
      this.#inputs.lookupdAddresses(),
      async (address) => textsAt(await this.#lookupd(address, target), key),
    );
    requireOne("nsqlookupd", asked);
    return { value: union(asked.answers.map(({ answer }) => answer)), errors: asked.errors };
  }

  /** All nsqd's, by host name. @throws {AllFailed} */
  producers(): Promise<Partial<readonly Producer[]>> {
    return this.isLookedUp ? this.#lookupdProducers() : this.#nsqdProducers();
  }

  /** The nsqd's that have a topic. @throws {AllFailed} */
  topicProducers(topic: string): Promise<Partial<readonly Producer[]>> {
    return this.isLookedUp ? this.lookupdTopicProducers(topic) : this.#nsqdTopicProducers(topic);
  }

  async #lookupdProducers(): Promise<Partial<readonly Producer[]>> {
    const asked = await askAll(
      this.#inputs.lookupdAddresses(),
      async (address) => producersIn(await this.#lookupd(address, "/nodes")),
    );
    requireOne("nsqlookupd", asked);
    return { value: mergedProducers(asked.answers), errors: asked.errors };
  }

  /** The nsqd's of which nsqlookupds say that they have a topic. @throws {AllFailed} */
  async lookupdTopicProducers(topic: string): Promise<Partial<readonly Producer[]>> {
    const target = `/lookup?topic=${queryText(topic)}`;
    const asked = await askAll(
      this.#inputs.lookupdAddresses(),
      async (address) => producersIn(await this.#lookupd(address, target)),
    );
    requireOne("nsqlookupd", asked);
    const found = new Map<string, Producer>();
    for (const producer of asked.answers.flatMap(({ answer }) => answer)) {
      if (!found.has(nodeOf(producer))) found.set(nodeOf(producer), producer);
    }
    return { value: [...found.values()], errors: asked.errors };
  }

  async #nsqdProducers(): Promise<Partial<readonly Producer[]>> {
    const asked = await askAll(this.#inputs.nsqdAddresses(), async (address) => {
      const info = await this.#nsqd(address, "/info");
      const stats = await this.#nsqd(address, "/stats?format=json&include_clients=false");
      return producerOfNsqd(info, topicNamesOf(stats));
    });
    requireOne("nsqd", asked);
    return { value: asked.answers.map(({ answer }) => answer), errors: asked.errors };
  }

  async #nsqdTopicProducers(topic: string): Promise<Partial<readonly Producer[]>> {
    const target = `/stats?format=json&topic=${queryText(topic)}&include_clients=false`;
    const asked = await askAll(this.#inputs.nsqdAddresses(), async (address) => {
      const topics = topicNamesOf(await this.#nsqd(address, target));
      if (!topics.includes(topic)) return undefined;
      return producerOfNsqd(withPlace(await this.#nsqd(address, "/info"), address), topics);
    });
    requireOne("nsqd", asked);
    const producers = asked.answers.flatMap(({ answer }) => answer === undefined ? [] : [answer]);
    return { value: producers, errors: asked.errors };
  }

  /** The node of that name, if somebody knows it. @throws {AllFailed} */
  async producerNamed(node: string): Promise<Partial<Producer | undefined>> {
    const { value, errors } = await this.producers();
    return { value: value.find((producer) => nodeOf(producer) === node), errors };
  }

  /** Figures of these nsqd's. @throws {AllFailed} also when there are none, as upstream */
  async stats(producers: readonly Producer[], query: StatsQuery): Promise<Partial<ClusterStats>> {
    const wallMs = this.#inputs.wallMs();
    const asked = await askAll(producers, async (producer) => {
      const page = await this.#nsqd(nodeOf(producer), statsTarget(query));
      return objectsAt(page, "topics").map((topic) => topicStatsOf(topic, producer, wallMs));
    });
    requireOne("nsqd", asked);
    const wanted = asked.answers.flatMap(({ answer }) => answer)
      .filter(({ topic_name }) => query.topic === "" || topic_name === query.topic);
    return {
      value: { topics: wanted.sort(byHostname), channels: channelSums(wanted, query.topic === "") },
      errors: asked.errors,
    };
  }

  /** Posts to all nsqlookupds, one after the other; what failed. */
  postToLookupds(target: string): Promise<readonly Error[]> {
    return this.#postAll(this.#inputs.lookupdAddresses(), "nsqlookupd", target);
  }

  /** Posts to nsqd's, one after the other; what failed. */
  postToProducers(producers: readonly Producer[], target: string): Promise<readonly Error[]> {
    return this.#postAll(producers.map(nodeOf), "nsqd", target);
  }

  async #postAll(
    addresses: readonly string[],
    kind: "nsqd" | "nsqlookupd",
    target: string,
  ): Promise<readonly Error[]> {
    const errors: Error[] = [];
    for (const address of addresses) {
      try {
        await this.#inputs.client.post({ kind, address, target });
      } catch (error) {
        errors.push(errorOf(error));
      }
    }
    return errors;
  }

  async #nsqd(address: string, target: string): Promise<JsonObject> {
    return objectOf(await this.#inputs.client.getJson({ kind: "nsqd", address, target }));
  }

  async #lookupd(address: string, target: string): Promise<JsonObject> {
    return objectOf(await this.#inputs.client.getJson({ kind: "nsqlookupd", address, target }));
  }
}

/** A text for a query, as Go's url.QueryEscape writes it. */
export function queryText(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => {
    return "%" + character.charCodeAt(0).toString(16).toUpperCase();
  }).replaceAll("%20", "+");
}

/** No producers: what is wrong is told when their figures are asked for. */
export function nobodyKnows(node: string): AllFailed {
  return new AllFailed(`failed to query any nsqd: ${node} is not known`);
}

function statsTarget({ topic, channel = "", hasClients }: StatsQuery): string {
  const ofTopic = topic === "" ? "" : `&topic=${queryText(topic)}`;
  const ofChannel = topic === "" || channel === "" ? "" : `&channel=${queryText(channel)}`;
  return `/stats?format=json${ofTopic}${ofChannel}${hasClients ? "" : "&include_clients=false"}`;
}

function channelSums(topics: readonly TopicStats[], isOfAll: boolean): Map<string, ChannelStats> {
  const sums = new Map<string, ChannelStats>();
  for (const { topic_name: topic, channels } of topics) {
    for (const channel of channels ?? []) {
      const name = channel.channel_name;
      const key = isOfAll ? `${topic}:${name}` : name;
      let sum = sums.get(key);
      if (sum === undefined) sums.set(key, sum = noChannelStats(topic, name, channel.node));
      addChannel(sum, channel);
    }
  }
  return sums;
}

/** The nsqd's of which several nsqlookupds tell, each once, by host name. */
export function mergedProducers(
  answers: readonly { readonly from: string; readonly answer: readonly Producer[] }[],
): readonly Producer[] {
  const found = new Map<string, Producer>();
  for (const { from, answer } of answers) {
    for (const producer of answer) {
      const place = tcpAddressOf(producer);
      const known = found.get(place) ?? producer;
      found.set(place, known);
      (known.remote_addresses ??= []).push(`${from}/${producer.remote_address || "N/A"}`);
    }
  }
  const producers = [...found.values()];
  const highest = highestVersion(producers.map(({ version }) => version));
  for (const producer of producers) {
    producer.out_of_date = isLowerVersion(producer.version, highest);
  }
  return producers.sort(byHostname);
}

/** The nsqd's in the answer of an nsqlookupd. Throws JsonMismatch. */
export function producersIn(page: JsonObject): readonly Producer[] {
  return objectsAt(page, "producers").map(producerOfLookupd);
}

function topicNamesOf(stats: JsonObject): readonly string[] {
  return objectsAt(stats, "topics").map((topic) => textAt(topic, "topic_name"));
}

/** Old nsqd's do not say where they are. */
function withPlace(info: JsonObject, address: string): JsonObject {
  const place = parseHostPort(address);
  if (place === undefined) return info;
  const isPlaced = textAt(info, "broadcast_address") !== "";
  return {
    ...info,
    ...isPlaced ? {} : { broadcast_address: place.hostname, http_port: place.port },
    ...textAt(info, "hostname") === "" ? { hostname: place.hostname } : {},
  };
}

function union(lists: readonly (readonly string[])[]): readonly string[] {
  return [...new Set(lists.flat())].sort(byText);
}
