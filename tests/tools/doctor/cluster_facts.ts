// A cluster that is as it should be, of which tests change what they are about.

import type { ClusterFacts, LookupdFacts, NodeFacts } from "../../../src/tools/doctor/facts.ts";
import type { RegisteredNode } from "../../../src/tools/cluster/lookupd_nodes.ts";
import type { ChannelStats, NsqdStats } from "../../../src/tools/cluster/nsqd_stats.ts";
import { info, nsqd, topic } from "../cluster/nsqd_documents.ts";

/** An answer. */
export function answer<Value>(value: Value) {
  return { kind: "answer", value } as const;
}

/** None. */
export function failure(reason: string) {
  return { kind: "failure", reason } as const;
}

/** A healthy nsqd that stands still. */
export function node(given: Partial<NodeFacts> = {}): NodeFacts {
  return {
    address: "10.0.0.1:4151",
    info: answer(info()),
    ping: { status: 200, text: "OK" },
    clockAheadMs: 200,
    first: answer(nsqd([])),
    second: answer(nsqd([])),
    disk: undefined,
    dials: [{ address: "10.0.0.1:4150", failure: undefined }],
    announced: info(),
    ...given,
  };
}

/** How an nsqlookupd knows that nsqd. */
export function registered(given: Partial<RegisteredNode> = {}): RegisteredNode {
  return {
    hostname: "one",
    broadcastAddress: "10.0.0.1",
    tcpPort: 4150,
    httpPort: 4151,
    version: "0.1.0",
    remoteAddress: "10.0.0.1:33333",
    topics: [],
    tombstonedTopics: [],
    unreachable: undefined,
    ...given,
  };
}

/** An nsqlookupd that knows some nsqds. */
export function lookupd(
  nodes: readonly RegisteredNode[],
  given: Partial<LookupdFacts> = {},
): LookupdFacts {
  return {
    address: "10.0.0.5:4161",
    version: "0.1.0",
    ping: { status: 200, text: "OK" },
    clockAheadMs: 0,
    nodes: answer(nodes),
    ...given,
  };
}

/** All of it. */
export function cluster(
  nodes: readonly NodeFacts[],
  lookupds: readonly LookupdFacts[] = [],
): ClusterFacts {
  return { nodes, lookupds, observedMs: 3000 };
}

/** A cluster of one nsqd, of which a channel was seen twice. */
export function watched(before: ChannelStats, now: ChannelStats): ClusterFacts {
  const stats = (channel: ChannelStats): NsqdStats => nsqd([topic("t", [channel])]);
  return cluster([node({ first: answer(stats(before)), second: answer(stats(now)) })]);
}
