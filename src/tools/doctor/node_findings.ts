// What is the matter with single daemons: health, reachability, clock, disk, versions. Pure.

import type { ClusterFacts, LookupdFacts, NodeFacts } from "./facts.ts";
import type { Finding } from "./finding.ts";

/** The `Date` header has seconds only, and the question takes its time. */
const CLOCK_WARNING_MS = 3_000;
const CLOCK_ERROR_MS = 60_000;
const FREE_WARNING_SHARE = 0.1;
const FREE_WARNING_BYTES = 1024 ** 3;
const FREE_ERROR_BYTES = 128 * 1024 ** 2;

/** The findings about all daemons. */
export function nodeFindings({ nodes, lookupds }: ClusterFacts): Finding[] {
  return [
    ...nodes.flatMap(findingsOf),
    ...lookupds.flatMap(lookupdFindings),
    ...versionFindings(nodes),
  ];
}

function findingsOf(node: NodeFacts): Finding[] {
  const subject = `nsqd ${node.address}`;
  if (node.info.kind === "failure" && node.ping === undefined) {
    return [{
      severity: "error",
      code: "nsqd-silent",
      subject,
      text: `its HTTP API does not answer: ${node.info.reason}`,
      remedy: "see whether it runs and its HTTP port is open from here, and whether the " +
        "--broadcast-address it announces works from here; if it was shut down for good, " +
        "nsqlookupd forgets it by itself after its --inactive-producer-timeout",
    }];
  }
  return [
    ...healthFindings(node, subject),
    ...dialFindings(node, subject),
    ...clockFindings(subject, node.clockAheadMs),
    ...diskFindings(node, subject),
  ];
}

function healthFindings({ ping, info, first, second }: NodeFacts, subject: string): Finding[] {
  const findings: Finding[] = [];
  if (ping !== undefined && ping.status !== 200) {
    findings.push({
      severity: "error",
      code: "nsqd-unhealthy",
      subject,
      text: `/ping answers ${ping.status}: ${ping.text}`,
      remedy: "it refuses messages or cannot write: make room on its disk, and read its log",
    });
  }
  const refused = [info, first, second].find(({ kind }) => kind === "failure");
  if (refused?.kind === "failure") {
    findings.push({
      severity: "warning",
      code: "nsqd-mute",
      subject,
      text: `it does not say what doctor asked: ${refused.reason}`,
      remedy: "with --http-auth give a token by --http-auth-token-file; else read its log",
    });
  }
  return findings;
}

const BROADCAST_REMEDY = "start it with a --broadcast-address that clients can reach, and behind " +
  "a port mapping with --broadcast-tcp-port and --broadcast-http-port";

function dialFindings({ dials, info, announced }: NodeFacts, subject: string): Finding[] {
  const failed = dials.filter(({ failure }) => failure !== undefined);
  if (failed.length > 0) {
    return failed.map(({ address, failure }) => ({
      severity: "error",
      code: "broadcast-unreachable",
      subject,
      text: `it announces ${address}, where nobody can be reached from here: ${failure}`,
      remedy: BROADCAST_REMEDY,
    }));
  }
  if (info.kind === "failure" || announced === undefined) return [];
  const { value } = info;
  const isSame = announced.hostname === value.hostname &&
    announced.tcpPort === value.tcpPort && announced.startTimeS === value.startTimeS;
  if (isSame) return [];
  return [{
    severity: "error",
    code: "broadcast-misleading",
    subject,
    text: `at the address it announces, ${dials.map(({ address }) => address).join(" and ")}, ` +
      `another nsqd answers (of host ${announced.hostname})`,
    remedy: BROADCAST_REMEDY,
  }];
}

function clockFindings(subject: string, aheadMs: number | undefined): Finding[] {
  if (aheadMs === undefined || Math.abs(aheadMs) < CLOCK_WARNING_MS) return [];
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  return [{
    severity: Math.abs(aheadMs) >= CLOCK_ERROR_MS ? "error" : "warning",
    code: "clock",
    subject,
    text: `its clock is ${seconds} s ${aheadMs > 0 ? "ahead of" : "behind"} this machine's`,
    remedy: "have both machines keep time (NTP): message timestamps, the end of deferrals over a " +
      "restart and the ages shown depend on it",
  }];
}

/** The free bytes of a node's disk, from wherever they are known; undefined when they are not. */
export function freeBytesOf({ second, disk }: NodeFacts): number | undefined {
  return disk?.freeBytes ?? (second.kind === "answer" ? second.value.freeBytes : undefined);
}

function diskFindings(node: NodeFacts, subject: string): Finding[] {
  const freeBytes = freeBytesOf(node);
  if (freeBytes === undefined) return [];
  const totalBytes = node.disk?.totalBytes ?? 0;
  const dataPath = node.disk?.dataPath ?? "its data path";
  const isShort = freeBytes < FREE_ERROR_BYTES;
  const isLow = freeBytes < FREE_WARNING_BYTES || freeBytes < totalBytes * FREE_WARNING_SHARE;
  if (!isShort && !isLow) return [];
  const share = totalBytes > 0 ? ` (${(100 * freeBytes / totalBytes).toFixed(1)} %)` : "";
  return [{
    severity: isShort ? "error" : "warning",
    code: "disk",
    subject,
    text: `${Math.floor(freeBytes / 1024 ** 2)} MiB${share} are free on the disk of ${dataPath}`,
    remedy: "make room, move --data-path to a larger disk, or drain what waits: below " +
      "--min-free-space nothing is published",
  }];
}

function lookupdFindings({ address, ping, nodes, clockAheadMs }: LookupdFacts): Finding[] {
  const subject = `nsqlookupd ${address}`;
  if (ping === undefined || nodes.kind === "failure") {
    const reason = nodes.kind === "failure" ? nodes.reason : "/ping is not answered";
    return [{
      severity: "error",
      code: "lookupd-silent",
      subject,
      text: `it does not answer: ${reason}`,
      remedy: "start it, or take its address out of the options of nsqds and consumers; those " +
        "who can ask no other nsqlookupd find no new nsqd",
    }];
  }
  return clockFindings(subject, clockAheadMs);
}

function versionFindings(nodes: readonly NodeFacts[]): Finding[] {
  const known = nodes.flatMap(({ address, info }) =>
    info.kind === "answer" ? [{ address, version: info.value.version }] : []
  );
  const groups = Map.groupBy(known, ({ version }) => version);
  if (groups.size < 2) return [];
  const list = [...groups].map(([version, members]) =>
    `${version} on ${members.map(({ address }) => address).join(", ")}`
  );
  return [{
    severity: "note",
    code: "versions",
    subject: "cluster",
    text: `its nsqds are of ${groups.size} versions: ${list.join("; ")}`,
    remedy: "bring them to one version when an upgrade is complete",
  }];
}
