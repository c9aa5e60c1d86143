// What is the matter between nsqlookupds and nsqds: who is registered, where, with which topics, and whether the
// nsqlookupds agree. Pure. Only what was so before and after the observation counts: registrations take a moment.

import { formatHostPort } from "../../base/host_port.ts";
import { httpAddressOf, type RegisteredNode, tcpAddressOf } from "../cluster/lookupd_nodes.ts";
import type { ClusterFacts, NodeFacts } from "./facts.ts";
import type { Finding } from "./finding.ts";

/** An nsqlookupd that answered. */
interface Registrar {
  readonly address: string;
  readonly nodes: readonly RegisteredNode[];
}

const NAMES_SHOWN_MAX = 5;

/** The findings about registrations; none where there is no nsqlookupd. */
export function lookupFindings({ nodes, lookupds }: ClusterFacts): Finding[] {
  const registrars = lookupds.flatMap(({ address, nodes: answer }) =>
    answer.kind === "answer" ? [{ address, nodes: answer.value }] : []
  );
  return [
    ...registrars.flatMap(unreachableFindings),
    ...registrars.flatMap(sharedAddressFindings),
    ...nodes.flatMap((node) => registrationFindings(node, registrars)),
    ...emptyFindings(registrars),
  ];
}

function emptyFindings(registrars: readonly Registrar[]): Finding[] {
  return registrars.filter(({ nodes }) => nodes.length === 0).map(({ address }) => ({
    severity: "warning",
    code: "lookupd-empty",
    subject: `nsqlookupd ${address}`,
    text: "no nsqd is registered with it",
    remedy: "start nsqds with --lookupd-tcp-address naming its TCP address",
  }));
}

function unreachableFindings({ address, nodes }: Registrar): Finding[] {
  return nodes.flatMap((node) =>
    node.unreachable === undefined ? [] : [{
      severity: "error" as const,
      code: "lookupd-cannot-reach",
      subject: `nsqd ${httpAddressOf(node)}`,
      text: `nsqlookupd ${address} cannot reach it at ${tcpAddressOf(node)}: ${node.unreachable}`,
      remedy: "start it with a --broadcast-address, and broadcast ports, that work from where " +
        "clients are",
    }]
  );
}

function sharedAddressFindings({ address, nodes }: Registrar): Finding[] {
  const groups = Map.groupBy(nodes, tcpAddressOf);
  return [...groups].filter(([, members]) => members.length > 1).map(([announced, members]) => ({
    severity: "error",
    code: "broadcast-shared",
    subject: `nsqlookupd ${address}`,
    text: `${members.length} nsqds announce ${announced}: ` +
      members.map(({ hostname, remoteAddress }) => `${hostname} (${remoteAddress})`).join(", "),
    remedy:
      "give each its own --broadcast-address or broadcast port: consumers reach one of them " +
      "only. Right after a restart of an nsqd it may be its old registration",
  }));
}

function registrationFindings(node: NodeFacts, registrars: readonly Registrar[]): Finding[] {
  if (node.info.kind === "failure" || registrars.length === 0) return [];
  const { broadcastAddress: hostname, tcpPort: port } = node.info.value;
  const own = (each: RegisteredNode) =>
    httpAddressOf(each) === node.address ||
    tcpAddressOf(each) === formatHostPort({ hostname, port });
  const entries = registrars.map(({ address, nodes }) => ({ address, entry: nodes.find(own) }));
  const missing = entries.filter(({ entry }) => entry === undefined);
  const subject = `nsqd ${node.address}`;
  const findings = entries.flatMap(({ address, entry }) =>
    entry === undefined ? [] : topicFindings(subject, address, node, entry)
  );
  if (missing.length === 0) return findings;
  const isKnown = missing.length < registrars.length;
  const where = missing.map(({ address }) => address).join(", ");
  return [...findings, {
    severity: "warning",
    code: isKnown ? "lookupd-disagreement" : "nsqd-unregistered",
    subject,
    text: isKnown
      ? `nsqlookupds disagree: it is registered with some, but not with ${where}`
      : `no nsqlookupd knows it (asked: ${where})`,
    remedy:
      "name every nsqlookupd in its --lookupd-tcp-address, and see in its log whether it can " +
      "connect there",
  }];
}

function topicFindings(
  subject: string,
  lookupd: string,
  { first, second }: NodeFacts,
  entry: RegisteredNode,
): Finding[] {
  const findings: Finding[] = [];
  if (entry.tombstonedTopics.length > 0) {
    findings.push({
      severity: "note",
      code: "tombstone",
      subject,
      text: `nsqlookupd ${lookupd} leaves it out for ${listed(entry.tombstonedTopics)} (tombstone)`,
      remedy: "nothing, when the topic was deleted there on purpose: tombstones end by themselves",
    });
  }
  if (first.kind === "failure" || second.kind === "failure") return findings;
  const [before, now] = [first, second].map(({ value }) =>
    new Set(value.topics.map(({ name }) => name))
  );
  const unknown = [...now!].filter((name) => before!.has(name) && !entry.topics.includes(name));
  const stale = entry.topics.filter((name) => !before!.has(name) && !now!.has(name));
  if (unknown.length > 0) {
    findings.push({
      severity: "warning",
      code: "topic-unregistered",
      subject,
      text: `nsqlookupd ${lookupd} does not know that it has ${listed(unknown)}`,
      remedy:
        "consumers do not find it there; it registers again when it reconnects: read its log, " +
        "or restart that nsqlookupd",
    });
  }
  if (stale.length > 0) {
    findings.push({
      severity: "note",
      code: "topic-stale",
      subject,
      text: `nsqlookupd ${lookupd} says it has ${listed(stale)}, which it has not`,
      remedy: "harmless; POST /topic/delete?topic=… to that nsqlookupd takes it out",
    });
  }
  return findings;
}

function listed(topics: readonly string[]): string {
  const shown = topics.slice(0, NAMES_SHOWN_MAX).join(", ");
  const more = topics.length - NAMES_SHOWN_MAX;
  return `${topics.length === 1 ? "topic" : "topics"} ${shown}${
    more > 0 ? ` and ${more} more` : ""
  }`;
}
