// What doctor found, as text for people or JSON for programs. Pure.

import { counted } from "../figure_text.ts";
import type { ClusterFacts } from "./facts.ts";
import { freeBytesOf } from "./node_findings.ts";
import { exitCodeOf, type Finding, SEVERITIES, type Severity, worstFirst } from "./finding.ts";

/** Of one kind so many are written out; scripts get all by JSON. */
const SAME_KIND_MAX = 10;
const INDENT = " ".repeat(9);

/** The report for people. */
export function reportText(facts: ClusterFacts, findings: readonly Finding[]): string {
  const groups = Map.groupBy(worstFirst(findings), ({ code, severity }) => `${severity} ${code}`);
  const entries = [...groups.values()].flatMap((members) => {
    const texts = members.slice(0, SAME_KIND_MAX).map((finding, index, shown) =>
      entryText(finding, index === shown.length - 1)
    );
    const more = members.length - SAME_KIND_MAX;
    return more > 0
      ? [...texts, `${INDENT}and ${more} more like these: --json lists them\n`]
      : texts;
  });
  return [...headLines(facts), "", ...entries, verdict(findings), ""].join("\n");
}

/** The report for programs, with a line end. */
export function reportJson(facts: ClusterFacts, findings: readonly Finding[]): string {
  const { nodes, lookupds, observedMs } = facts;
  const document = {
    exit_code: exitCodeOf(findings),
    observed_ms: Math.round(observedMs),
    nsqds: nodes.map((node) => ({
      address: node.address,
      version: node.info.kind === "answer" ? node.info.value.version : null,
      clock_ahead_ms: rounded(node.clockAheadMs),
      free_bytes: freeBytesOf(node) ?? null,
    })),
    nsqlookupds: lookupds.map(({ address, version, clockAheadMs }) => ({
      address,
      version: version === "" ? null : version,
      clock_ahead_ms: rounded(clockAheadMs),
    })),
    findings: worstFirst(findings),
  };
  return JSON.stringify(document, null, 2) + "\n";
}

/** The remedy stands once below findings of one kind that follow one another. */
function entryText({ severity, subject, text, remedy }: Finding, isLast: boolean): string {
  const line = `${severity.toUpperCase().padEnd(INDENT.length)}${subject}: ${text}`;
  return isLast ? `${line}\n${INDENT}-> ${remedy}\n` : line;
}

function headLines({ nodes, lookupds, observedMs }: ClusterFacts): string[] {
  const stats = nodes.flatMap(({ second }) => second.kind === "answer" ? [second.value] : []);
  const topics = new Set(stats.flatMap((each) => each.topics.map(({ name }) => name)));
  const channels = new Set(
    stats.flatMap((each) =>
      each.topics.flatMap((topic) => topic.channels.map(({ name }) => `${topic.name} ${name}`))
    ),
  );
  const diskCount = nodes.filter((node) => freeBytesOf(node) !== undefined).length;
  const counts = [
    counted(nodes.length, "nsqd"),
    counted(lookupds.length, "nsqlookupd"),
    counted(topics.size, "topic"),
    counted(channels.size, "channel"),
  ];
  const disks = diskCount === nodes.length ? [] : [
    `free disk space seen of ${diskCount} of ${nodes.length} nsqds: it takes an nsqd on this ` +
    "machine with a --data-path from the root",
  ];
  return [`${counts.join(", ")}; watched for ${(observedMs / 1000).toFixed(1)} s`, ...disks];
}

function verdict(findings: readonly Finding[]): string {
  if (findings.length === 0) return "nothing is wrong";
  return (Object.keys(SEVERITIES) as Severity[]).map((severity) => {
    const count = findings.filter((each) => each.severity === severity).length;
    return counted(count, severity);
  }).join(", ");
}

function rounded(value: number | undefined): number | null {
  return value === undefined ? null : Math.round(value);
}
