// The topics and channels that check judges, each added up over all nsqds. Pure.

import type { NsqdStats } from "../cluster/nsqd_stats.ts";
import type { QueueFigures } from "./thresholds.ts";

/** A channel, or the messages of a topic that no channel has yet. */
export interface CheckedQueue extends QueueFigures {
  readonly topic: string;
  /** Empty for a topic's own messages. */
  readonly channel: string;
}

/** What is to be judged; empty names mean all. */
export interface Selection {
  readonly topic: string;
  readonly channel: string;
}

/** The queues of a selection, by name. */
export function queuesOf(
  nsqds: Iterable<NsqdStats>,
  { topic: wantedTopic, channel: wantedChannel }: Selection,
): CheckedQueue[] {
  const sums = new Map<string, CheckedQueue>();
  const add = (queue: CheckedQueue) => {
    const key = `${queue.topic} ${queue.channel}`;
    const sum = sums.get(key);
    sums.set(key, sum === undefined ? queue : sumOf(sum, queue));
  };
  for (const { topics } of nsqds) {
    for (const topic of topics) {
      if (wantedTopic !== "" && topic.name !== wantedTopic) continue;
      const none = { inFlight: 0, deferred: 0, consumers: undefined };
      const { name, depth, oldestAgeMs } = topic;
      if (wantedChannel === "") {
        add({ topic: name, channel: "", depth, ...none, age: secondsOf(oldestAgeMs) });
      }
      for (const channel of topic.channels) {
        if (wantedChannel !== "" && channel.name !== wantedChannel) continue;
        const { depth, inFlight, deferred, clientCount: consumers } = channel;
        const age = secondsOf(channel.oldestAgeMs);
        add({ topic: name, channel: channel.name, depth, inFlight, deferred, age, consumers });
      }
    }
  }
  return [...sums.values()].sort((one, other) => nameOf(one) < nameOf(other) ? -1 : 1);
}

/** `orders/billing`, or `orders` for a topic's own messages. */
export function nameOf({ topic, channel }: CheckedQueue): string {
  return channel === "" ? topic : `${topic}/${channel}`;
}

function sumOf(one: CheckedQueue, other: CheckedQueue): CheckedQueue {
  const ages = [one.age, other.age].filter((age) => age !== undefined);
  const consumers = [one.consumers, other.consumers].filter((count) => count !== undefined);
  return {
    ...one,
    depth: one.depth + other.depth,
    inFlight: one.inFlight + other.inFlight,
    deferred: one.deferred + other.deferred,
    age: ages.length === 0 ? undefined : Math.max(...ages),
    // A consumer connects to every nsqd: adding up would count it many times, and hide an nsqd that has none.
    consumers: consumers.length === 0 ? undefined : Math.min(...consumers),
  };
}

function secondsOf(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : Math.round(milliseconds) / 1000;
}
