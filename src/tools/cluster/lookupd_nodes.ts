// What an nsqlookupd's /nodes say. Pure; serves NSQ's own nsqlookupd as well.

import { formatHostPort } from "../../base/host_port.ts";
import { listOf, recordOf, textOf } from "./json_value.ts";
import { identityOf, type NsqdIdentity, unwrapped } from "./nsqd_stats.ts";

/** An nsqd as an nsqlookupd knows it. */
export interface RegisteredNode extends NsqdIdentity {
  /** Where it connected from. */
  readonly remoteAddress: string;
  readonly topics: readonly string[];
  /** Those of the topics for which it is tombstoned. */
  readonly tombstonedTopics: readonly string[];
  /** Why our nsqlookupd cannot reach it; undefined when it can or does not say. */
  readonly unreachable: string | undefined;
}

/** Reads /nodes. @throws {SyntaxError} when it is no such document */
export function lookupdNodes(document: unknown): readonly RegisteredNode[] {
  const { producers } = unwrapped(document);
  if (!Array.isArray(producers) && producers !== null) {
    throw new SyntaxError("the answer is no list of nodes of an nsqlookupd");
  }
  return listOf(producers).map(recordOf).map(nodeOf);
}

/** Where a node's HTTP API is said to be. */
export function httpAddressOf(node: RegisteredNode): string {
  return formatHostPort({ hostname: node.broadcastAddress, port: node.httpPort });
}

/** Where a node's clients are told to connect. */
export function tcpAddressOf(node: RegisteredNode): string {
  return formatHostPort({ hostname: node.broadcastAddress, port: node.tcpPort });
}

function nodeOf(fields: Readonly<Record<string, unknown>>): RegisteredNode {
  const topics = listOf(fields["topics"]).map(textOf);
  const tombstones = listOf(fields["tombstones"]);
  const unreachable = textOf(fields["unreachable"]);
  return {
    ...identityOf(fields),
    remoteAddress: textOf(fields["remote_address"]),
    topics,
    tombstonedTopics: topics.filter((_, index) => tombstones[index] === true),
    unreachable: unreachable === "" ? undefined : unreachable,
  };
}
