// What can be done to topics and channels, told to the daemons in upstream's order. Failures of single hosts are gathered;
// where nobody can say which nsqd's are concerned, nothing is done and it is an AllFailed.

import { type Cluster, nobodyKnows, queryText } from "./cluster.ts";
import type { Partial } from "./partial.ts";
import type { Producer } from "./producers.ts";

/** What failed beside what was done. */
export type Outcome = Promise<Partial<null>>;

/** What is done to a topic or one of its channels by all nsqd's that have it. */
export const steadyActions = ["pause", "unpause", "empty"] as const;
/** See `steadyActions`. */
export type SteadyAction = typeof steadyActions[number];

/** A topic, or one of its channels. */
export interface Target {
  readonly topic: string;
  /** Empty is the topic itself. */
  readonly channel: string;
}

/** Has all nsqd's with the topic pause, unpause or empty it or its channel. */
export async function act(cluster: Cluster, target: Target, action: SteadyAction): Outcome {
  const { value: producers, errors } = await cluster.topicProducers(target.topic);
  const failed = await cluster.postToProducers(producers, path(target, action));
  return { value: null, errors: [...errors, ...failed] };
}

/** Has everybody forget a topic or a channel. */
export async function remove(cluster: Cluster, target: Target): Outcome {
  // The nsqlookupds must say who has it before they forget it.
  const { value: producers, errors } = await cluster.topicProducers(target.topic);
  const atLookupds = await cluster.postToLookupds(path(target, "delete"));
  const atNsqds = await cluster.postToProducers(producers, path(target, "delete"));
  return { value: null, errors: [...errors, ...atLookupds, ...atNsqds] };
}

/**
 * Makes a topic known to the nsqlookupds, and its channel to them and to the nsqd's that have the topic. Where there are no
 * nsqlookupds nothing happens, and a channel is an error, as in upstream.
 */
export async function create(cluster: Cluster, { topic, channel }: Target): Outcome {
  const errors = [...await cluster.postToLookupds(path({ topic, channel: "" }, "create"))];
  if (channel !== "") {
    const target = path({ topic, channel }, "create");
    errors.push(...await cluster.postToLookupds(target));
    const found = await cluster.lookupdTopicProducers(topic);
    errors.push(...found.errors, ...await cluster.postToProducers(found.value, target));
  }
  return { value: null, errors };
}

/** Makes a topic, and its channel if there is one, on every nsqd there is. */
export async function createOnNodes(cluster: Cluster, { topic, channel }: Target): Outcome {
  const { value: producers, errors } = await cluster.producers();
  const failed = [
    ...await cluster.postToProducers(producers, path({ topic, channel: "" }, "create")),
  ];
  if (channel !== "") {
    failed.push(...await cluster.postToProducers(producers, path({ topic, channel }, "create")));
  }
  return { value: null, errors: [...errors, ...failed] };
}

/**
 * Has the nsqlookupds leave a node out of a topic for a while, and the node delete it. Upstream asks any address that is
 * named here; ours must be one that the cluster knows.
 */
export async function tombstone(cluster: Cluster, topic: string, node: string): Outcome {
  const target = `/topic/tombstone?topic=${queryText(topic)}&node=${queryText(node)}`;
  const errors = [...await cluster.postToLookupds(target)];
  const found = await cluster.producerNamed(node);
  const producer: Producer | undefined = found.value;
  if (producer === undefined) throw nobodyKnows(node);
  const failed = await cluster.postToProducers([producer], path({ topic, channel: "" }, "delete"));
  return { value: null, errors: [...errors, ...found.errors, ...failed] };
}

function path({ topic, channel }: Target, verb: string): string {
  if (channel === "") return `/topic/${verb}?topic=${queryText(topic)}`;
  return `/channel/${verb}?topic=${queryText(topic)}&channel=${queryText(channel)}`;
}
