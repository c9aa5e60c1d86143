// What is the matter with topics and channels: nobody reads, nothing is finished, messages time out, somebody paused it.
// Each nsqd's part is judged by itself, since a consumer may be connected to one and not to another. Pure.

import type { ChannelStats, NsqdStats, TopicStats } from "../cluster/nsqd_stats.ts";
import type { ClusterFacts } from "./facts.ts";
import type { Finding } from "./finding.ts";

/** A depth that grew by less, as a share of what it was or in messages, is not worth a word. */
const GROWTH_SHARE = 0.01;
const GROWTH_MIN = 10;

/** A channel of an nsqd at both looks. */
interface Watched {
  readonly subject: string;
  readonly before: ChannelStats;
  readonly now: ChannelStats;
  readonly seconds: number;
}

/** The findings about all queues. */
export function channelFindings({ nodes, observedMs }: ClusterFacts): Finding[] {
  return nodes.flatMap(({ address, first, second }) => {
    if (first.kind === "failure" || second.kind === "failure") return [];
    // A restart between the looks says nothing about the queues.
    if (first.value.startTimeS !== second.value.startTimeS) return [];
    return nsqdFindings(address, first.value, second.value, observedMs / 1000);
  });
}

function nsqdFindings(
  address: string,
  first: NsqdStats,
  second: NsqdStats,
  seconds: number,
): Finding[] {
  const earlier = new Map(first.topics.map((topic) => [topic.name, topic]));
  return second.topics.flatMap((topic) => {
    const channels = new Map(earlier.get(topic.name)?.channels.map((each) => [each.name, each]));
    return [
      ...topicFindings(`topic ${topic.name} on ${address}`, topic),
      ...topic.channels.flatMap((now) => {
        const before = channels.get(now.name);
        if (before === undefined) return [];
        const subject = `channel ${topic.name}/${now.name} on ${address}`;
        return oneFinding({ subject, before, now, seconds });
      }),
    ];
  });
}

function topicFindings(subject: string, topic: TopicStats): Finding[] {
  const { depth, channels, isPaused } = topic;
  if (isPaused) {
    return [{
      severity: depth > 0 ? "warning" : "note",
      code: "topic-paused",
      subject,
      text: `it is paused, and ${waiting(depth)} in it`,
      remedy: "unpause it when that is no longer meant: POST /topic/unpause?topic=…",
    }];
  }
  if (channels.length > 0) return [];
  return [{
    severity: depth > 0 ? "warning" : "note",
    code: "topic-unread",
    subject,
    text: depth > 0
      ? `it has no channel: ${waiting(depth)} for the first one`
      : "it has no channel",
    remedy: "start a consumer; if the topic is a mistake, POST /topic/delete?topic=…",
  }];
}

/** The first that applies explains the others. */
function oneFinding(watched: Watched): Finding[] {
  for (const judge of JUDGES) {
    const found = judge(watched);
    if (found !== undefined) return [{ ...found, subject: watched.subject }];
  }
  return [];
}

type Judgement = Omit<Finding, "subject"> | undefined;

const JUDGES: readonly ((watched: Watched) => Judgement)[] = [
  paused,
  unread,
  notReady,
  timingOut,
  stuck,
  growing,
];

function paused({ now: { isPaused, depth } }: Watched): Judgement {
  if (!isPaused) return undefined;
  return {
    severity: depth > 0 ? "warning" : "note",
    code: "channel-paused",
    text: `it is paused, and ${waiting(depth)} in it`,
    remedy: "unpause it when that is no longer meant: POST /channel/unpause?topic=…&channel=…",
  };
}

function unread({ before, now }: Watched): Judgement {
  if (now.depth === 0 || now.clientCount + before.clientCount > 0) return undefined;
  return {
    severity: "warning",
    code: "channel-unread",
    text: `${waiting(now.depth)} and nobody consumes`,
    remedy: "start its consumers; if nobody needs it any more, " +
      "POST /channel/delete?topic=…&channel=…",
  };
}

function notReady({ before, now }: Watched): Judgement {
  const isHeld = [before, now].every(({ depth, inFlight, clients }) =>
    depth > 0 && inFlight === 0 && clients.length > 0 &&
    clients.every(({ readyCount }) => readyCount === 0)
  );
  if (!isHeld) return undefined;
  return {
    severity: "warning",
    code: "ready-zero",
    text: `${waiting(now.depth)} and every consumer (${now.clientCount}) has RDY 0`,
    remedy: "they back off after failures (read their logs), or their max-in-flight is below the " +
      "number of nsqds (raise it)",
  };
}

function timingOut({ before, now, seconds }: Watched): Judgement {
  const count = now.timedOut - before.timedOut;
  if (count <= 0) return undefined;
  return {
    severity: "warning",
    code: "timeouts",
    text: `${count} messages timed out in ${shortSeconds(seconds)}: they are delivered again`,
    remedy: "handlers are slower than the message timeout: raise msg_timeout, TOUCH long-running " +
      "messages, or lower max-in-flight; a consumer that hangs shows in nsqd top as well",
  };
}

function stuck({ before, now, seconds }: Watched): Judgement {
  const finished = leftOf(now) - leftOf(before);
  if (before.depth === 0 || now.depth === 0 || finished > 0) return undefined;
  const requeued = now.requeued - before.requeued;
  if (requeued > 0) {
    return {
      severity: "warning",
      code: "channel-failing",
      text: `nothing was finished in ${shortSeconds(seconds)}, and ${requeued} messages requeued`,
      remedy: "every handler fails: read the consumers' logs",
    };
  }
  const isHeld = now.inFlight > 0;
  return {
    severity: "warning",
    code: "channel-stuck",
    text: `nothing was finished in ${shortSeconds(seconds)}: ${waiting(now.depth)}, ` +
      `${now.inFlight} in flight, consumers: ${now.clientCount}`,
    remedy: isHeld
      ? "the handlers take long or hang: read the consumers' logs, or watch longer with --observe"
      : "consumers are connected and take nothing: restart them; if that does not help, the nsqd",
  };
}

function growing({ before, now, seconds }: Watched): Judgement {
  const growth = now.depth - before.depth;
  if (growth <= 0 || growth < before.depth * GROWTH_SHARE || growth < GROWTH_MIN) return undefined;
  return {
    severity: "note",
    code: "channel-growing",
    text: `${growth} messages more wait than ${shortSeconds(seconds)} ago: ${now.depth}`,
    remedy: "if that goes on, add consumers or raise their max-in-flight",
  };
}

function leftOf({ messages, depth, inFlight, deferred }: ChannelStats): number {
  return messages - depth - inFlight - deferred;
}

function waiting(count: number): string {
  return count === 1 ? "1 message waits" : `${count} messages wait`;
}

function shortSeconds(seconds: number): string {
  return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
}
