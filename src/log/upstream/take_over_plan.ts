// What there is to take over from upstream: which messages go to which topic and channel, and which of these nsqd.dat does
// not know. Pure: file names, nsqd.dat's content and the answer to "is anything unread in it?" come in.
//
// A topic's own queue holds what was published and not yet copied to its channels; a channel's queue what is its alone.
// After a clean stop no message is in both. After a kill the topic's read position may be older than what was copied (by up
// to --sync-every messages): those come again to every channel, as they do when upstream itself restarts. Nothing tells them
// from messages that were never copied but their ids, and dropping one by mistake would be a loss: they are kept.

import { isEphemeralName } from "../../wire/names.ts";
import type { TopicMetadata } from "../metadata.ts";
import type { QueueFiles } from "./disk_queue_names.ts";

/** A topic with unread messages. */
export interface TopicTakeOver {
  readonly topic: string;
  /** Its channels: those in nsqd.dat, and those only found as files with unread messages. */
  readonly channels: readonly string[];
  /** What to read, in this order: the channels' queues, which are older, then the topic's own. */
  readonly queues: readonly QueueFiles[];
}

/** A topic, or some channels of one, that have unread messages and are missing in nsqd.dat. */
export interface UnknownOwner {
  readonly topic: string;
  readonly isTopicUnknown: boolean;
  readonly unknownChannels: readonly string[];
}

/** What is to be done. */
export interface TakeOverPlan {
  readonly topics: readonly TopicTakeOver[];
  readonly unknown: readonly UnknownOwner[];
}

/**
 * Plans it. `queues` are ordered as `listQueues` gives them. A topic or channel that only left files without unread messages
 * is not brought back: it would collect messages for nobody.
 */
export function planTakeOver(
  queues: readonly QueueFiles[],
  metadata: readonly TopicMetadata[],
  hasUnread: (queue: QueueFiles) => boolean,
): TakeOverPlan {
  const known = knownChannels(metadata);
  const plan = { topics: [] as TopicTakeOver[], unknown: [] as UnknownOwner[] };
  for (const [topic, itsQueues] of Map.groupBy(queues, (queue) => queue.topic)) {
    const unread = itsQueues.filter(hasUnread);
    if (unread.length === 0) continue;
    const knownHere = known.get(topic);
    const found = new Set(unread.flatMap(({ channel }) => channel === undefined ? [] : [channel]));
    const unknownChannels = [...found].filter((channel) => !knownHere?.has(channel));
    plan.topics.push({
      topic,
      channels: [...knownHere ?? [], ...unknownChannels],
      queues: [...unread.filter(isOfChannel), ...unread.filter((queue) => !isOfChannel(queue))],
    });
    if (knownHere === undefined || unknownChannels.length > 0) {
      plan.unknown.push({ topic, isTopicUnknown: knownHere === undefined, unknownChannels });
    }
  }
  return plan;
}

function isOfChannel(queue: QueueFiles): boolean {
  return queue.channel !== undefined;
}

/** nsqd.dat may name a topic twice: its channels belong together. */
function knownChannels(metadata: readonly TopicMetadata[]): Map<string, Set<string>> {
  const known = new Map<string, Set<string>>();
  for (const { name, channels } of metadata) {
    const names = known.get(name) ?? new Set();
    known.set(name, names);
    // Listed by hand, an ephemeral one is made all the same, but it has no place in a log.
    for (const channel of channels) if (!isEphemeralName(channel.name)) names.add(channel.name);
  }
  return known;
}
