// Documents of nsqds that exist nowhere: what differs from an ordinary one is given, the rest is filled in.

import type {
  ChannelStats,
  ClientFigures,
  NsqdInfo,
  NsqdStats,
  TopicStats,
} from "../../../src/tools/cluster/nsqd_stats.ts";

/** A consumer that works. */
export function client(given: Partial<ClientFigures> = {}): ClientFigures {
  return {
    name: "worker",
    address: "10.0.0.9:1234",
    userAgent: "test/1",
    readyCount: 10,
    inFlight: 0,
    finished: 0,
    requeued: 0,
    messages: 0,
    connectedAtS: 1,
    ...given,
  };
}

/** An empty channel. */
export function channel(name: string, given: Partial<ChannelStats> = {}): ChannelStats {
  return {
    name,
    depth: 0,
    backendDepth: 0,
    messages: 0,
    isPaused: false,
    oldestAgeMs: undefined,
    inFlight: 0,
    deferred: 0,
    requeued: 0,
    timedOut: 0,
    clientCount: given.clients?.length ?? 0,
    clients: [],
    ...given,
  };
}

/** A topic that holds nothing back. */
export function topic(
  name: string,
  channels: readonly ChannelStats[],
  given: Partial<TopicStats> = {},
): TopicStats {
  const none = { depth: 0, backendDepth: 0, messages: 0, bytes: 0, isPaused: false };
  return { name, ...none, oldestAgeMs: undefined, channels, ...given };
}

/** A healthy nsqd. */
export function nsqd(topics: readonly TopicStats[], given: Partial<NsqdStats> = {}): NsqdStats {
  return {
    version: "0.1.0",
    health: "OK",
    startTimeS: 1000,
    topics,
    freeBytes: undefined,
    ...given,
  };
}

/** How it introduces itself. */
export function info(given: Partial<NsqdInfo> = {}): NsqdInfo {
  return {
    version: "0.1.0",
    broadcastAddress: "10.0.0.1",
    hostname: "one",
    tcpPort: 4150,
    httpPort: 4151,
    startTimeS: 1000,
    ...given,
  };
}
