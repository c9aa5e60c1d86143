// What fsck says of a data path, as a table for people or as JSON for programs. Pure.

import type { DamageReport, DataPathReport, TopicReport } from "../stopped_data_path.ts";
import { grouped } from "../tools/figure_text.ts";

/** The report as JSON, indented, with a line end. */
export function reportJson(report: DataPathReport): string {
  return JSON.stringify(report, null, 2) + "\n";
}

const HEADS = ["TOPIC / channel", "segments", "bytes", "messages", "depth", "deferred", "state"];

/** The report as a table, the damage below it, and a last line that says whether all is well. */
export function reportText(report: DataPathReport, isRepairing: boolean): string {
  const { topics, foreignFiles, dataPath } = report;
  const rows = topics.flatMap((topic) => [topicCells(topic), ...channelCells(topic)]);
  const lines = topics.length === 0 ? [`no topics in ${dataPath}`] : aligned([HEADS, ...rows]);
  for (const { name, checkpoint } of topics) {
    if (checkpoint === "damaged") {
      lines.push(`${name}: the checkpoint is damaged: finished messages may come again`);
    }
  }
  const damage = topics.flatMap((topic) => topic.damage);
  for (const each of damage) lines.push(damageText(each, isRepairing));
  if (foreignFiles > 0) {
    lines.push(`${foreignFiles} files of another nsqd are taken over at the next start`);
  }
  lines.push(verdict(report, damage, isRepairing));
  return lines.join("\n") + "\n";
}

function topicCells(topic: TopicReport): string[] {
  const { name, segments, bytes, messages, depth, deferred, paused } = topic;
  const state = paused ? "paused" : "";
  return [name, ...[segments, bytes, messages, depth, deferred].map(grouped), state];
}

function channelCells({ channels }: TopicReport): string[][] {
  return channels.map(({ name, depth, deferred, paused }) => [
    `  ${name}`,
    "",
    "",
    "",
    grouped(depth),
    grouped(deferred),
    paused ? "paused" : "",
  ]);
}

/** Text to the left, numbers to the right. */
function aligned(rows: readonly string[][]): string[] {
  const last = HEADS.length - 1;
  const widths = HEADS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row.map((cell, column) =>
      column === 0 || column === last
        ? cell.padEnd(widths[column]!)
        : cell.padStart(widths[column]!)
    ).join("  ").trimEnd()
  );
}

function damageText(damage: DamageReport, isRepairing: boolean): string {
  const { path, from, to, reason, isUnfinishedWrite, isSetAside } = damage;
  const what = isUnfinishedWrite ? "unfinished write" : "damaged";
  const done = isSetAside
    ? " (set aside already)"
    : !isRepairing
    ? ""
    : isUnfinishedWrite
    ? " (cut off now)"
    : " (set aside now)";
  return `${what}: ${path} at ${from} to ${to} - ${reason}${done}`;
}

function verdict(
  { isClean }: DataPathReport,
  damage: readonly DamageReport[],
  isRepairing: boolean,
): string {
  if (isClean) return damage.length === 0 ? "clean" : "clean but for what is set aside already";
  if (isRepairing) return "damage was found and set aside";
  return "damage was found: nsqd sets it aside when it starts, as does nsqd fsck --repair";
}
