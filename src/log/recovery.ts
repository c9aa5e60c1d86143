// Brings a topic's log back: the checkpoint, then every record behind it. A torn tail is cut off; what is damaged in the
// middle costs its records alone and is set aside in a file beside the segment. Reads only what the checkpoint does not
// cover: nothing after a clean stop.

import { type Checkpoint, decodeCheckpoint } from "./checkpoint.ts";
import type { Disk } from "./disk.ts";
import type { Place } from "./pending_messages.ts";
import { TopicReplay } from "./replay.ts";
import { readSegmentHeader, readSegments } from "./segment_header.ts";
import { type DamagedRange, missingEnd, scanSegment } from "./segment_scan.ts";
import { systemErrorText } from "../base/system_error.ts";
import {
  checkpointPath,
  clearTemporaryFiles,
  listSegments,
  type SegmentFile,
} from "./topic_folder.ts";
import { emptyTopicState } from "./topic_state.ts";

/** A checkpoint larger than this is none. */
const CHECKPOINT_BYTES_MAX = 2 ** 31 - 1;

/** What was found. */
export interface RecoveredTopic {
  readonly replay: TopicReplay;
  readonly segments: SegmentFile[];
  /** Segments with a lower number survive a power cut: a checkpoint is written when all that it covers does. */
  readonly syncedBefore: number;
  /** Whether the checkpoint stands for all there is, as after a clean stop: there is nothing to sync or to sum up. */
  readonly isCovered: boolean;
  /** Lines for the log: what was cut off or set aside. */
  readonly findings: string[];
  /** Whether records were missed that may have said something of channels: what is known from elsewhere counts then. */
  readonly isIncomplete: boolean;
}

/** What recovery is given. */
export interface RecoveryInputs {
  readonly disk: Disk;
  readonly folder: string;
  readonly topic: string;
  /** Channels known from elsewhere: without a checkpoint they are given everything the log has. */
  readonly channels: readonly string[];
}

/** Recovers one topic. Throws FileError. */
export function recoverTopic(inputs: RecoveryInputs): RecoveredTopic {
  const { disk, folder, topic } = inputs;
  const entries = disk.list(folder);
  clearTemporaryFiles(disk, folder, entries);
  const segments = readSegments(disk, folder, listSegments(disk, folder, entries));
  const checkpoint = readCheckpoint(disk, folder);
  const setAside = checkpoint === undefined ? setAsideCheckpoint(disk, folder) : undefined;
  let { replay, damage, hasRecords } = replayed(inputs, segments, checkpoint, false);
  // What was damaged may have said that a channel was made: then it is given everything rather than nothing.
  const isSuspect = damage.some(({ range, isLast }) => !range.isTail || !isLast);
  if (isSuspect) {
    ({ replay, damage } = replayed(inputs, segments, readCheckpoint(disk, folder), true));
  }
  const findings = damage.map(({ range, isLast }) => repairDamage(disk, range, isLast));
  if (setAside !== undefined) findings.unshift(setAside);
  return {
    replay,
    segments,
    syncedBefore: Math.max(0, checkpoint?.position.segment ?? 0),
    isCovered: checkpoint !== undefined && !hasRecords && findings.length === 0 &&
      !isBegunBehind(segments, checkpoint.position),
    findings: findings.map((text) => `TOPIC(${topic}): ${text}`),
    isIncomplete: isSuspect ||
      (checkpoint === undefined && isBeginningGone(disk, segments)),
  };
}

/** Whether a segment was begun behind what a checkpoint covers: without a record it says nothing, but it is not synced. */
function isBegunBehind(segments: readonly SegmentFile[], { segment, offset }: Place): boolean {
  const latest = segments.at(-1)?.first ?? -1;
  return offset > 0 ? latest > segment : latest >= segment;
}

/** Whether there were segments before the first one, for which only a checkpoint could stand. */
function isBeginningGone(disk: Disk, [oldest]: readonly SegmentFile[]): boolean {
  if (oldest === undefined) return false;
  return readSegmentHeader(disk, oldest)?.previousSalt !== undefined;
}

interface FoundDamage {
  readonly range: DamagedRange;
  readonly isLast: boolean;
}

/** One run over what the checkpoint, whose state it takes over, does not cover; nothing on the disk is changed. */
function replayed(
  { disk, channels }: RecoveryInputs,
  segments: readonly SegmentFile[],
  checkpoint: Checkpoint | undefined,
  isAdopting: boolean,
): { replay: TopicReplay; damage: FoundDamage[]; hasRecords: boolean } {
  const damage: FoundDamage[] = [];
  let hasRecords = false;
  // Not the first segment's number: what is written again after a failed sync has lower ones.
  const replay = new TopicReplay(checkpoint?.state ?? emptyTopicState(0));
  if (checkpoint === undefined || isAdopting) { for (const name of channels) replay.adopt(name); }
  const position = checkpoint?.position ?? { segment: -1, offset: 0 };
  for (const segment of segments) {
    const isLast = segment === segments.at(-1);
    const from = segment.first === position.segment ? position.offset : 0;
    const missing = missingEnd(disk, segment, segment.size ?? from);
    if (missing !== undefined) damage.push({ range: missing, isLast });
    if (segment.first < position.segment) continue;
    for (const found of scanSegment(disk, segment, from)) {
      if (found.kind === "record") {
        hasRecords = true;
        replay.apply(found.record, { segment: segment.first, offset: found.offset });
      } else damage.push({ range: found, isLast });
    }
  }
  // Only now: a segment may hold messages with numbers below the one it is named after.
  replay.reach(segments.at(-1)?.first ?? 0);
  replay.settle();
  return { replay, damage, hasRecords };
}

/** Gives a checkpoint that cannot be read another name, and says so; undefined when there is none. */
function setAsideCheckpoint(disk: Disk, folder: string): string | undefined {
  const path = checkpointPath(folder);
  const file = disk.open(path, "read");
  file?.close();
  if (file === undefined) return undefined;
  const remedy = "the log is read from its beginning, and what was finished may come again";
  try {
    disk.rename(path, `${path}.bad`);
    return `set aside a damaged checkpoint: ${path}; ${remedy}`;
  } catch (error) {
    const reason = systemErrorText(error);
    return `passed over a damaged checkpoint: ${path}; could not set it aside - ${reason}; ${remedy}`;
  }
}

/** A topic's checkpoint; undefined when there is none or it is damaged. Throws FileError. */
export function readCheckpoint(disk: Disk, folder: string): Checkpoint | undefined {
  const file = disk.open(checkpointPath(folder), "read");
  if (file === undefined) return undefined;
  try {
    const bytes = new Uint8Array(Math.min(file.size(), CHECKPOINT_BYTES_MAX));
    file.readSync(bytes, 0);
    return decodeCheckpoint(bytes);
  } finally {
    file.close();
  }
}

/** Cuts off (at the end of the last segment) or sets aside what is damaged, and says so. Throws FileError. */
export function repairDamage(
  disk: Disk,
  { path, from, to, reason, isTail }: DamagedRange,
  isLast: boolean,
): string {
  const where = `${path} at ${from} to ${to} - ${reason}`;
  try {
    if (isMissing(disk, path, from)) return `the end of a segment is missing: ${where}`;
    setAside(disk, path, from, to);
    if (!isTail || !isLast) return `set aside damaged bytes: ${where}`;
    cutOff(disk, path, from);
    return `cut off an unfinished write: ${where}`;
  } catch (error) {
    // A full disk must not keep the broker from starting: nothing is ever written behind the damage.
    return `passed over damaged bytes: ${where}; could not set them aside - ${
      systemErrorText(error)
    }`;
  }
}

function isMissing(disk: Disk, path: string, from: number): boolean {
  const file = disk.open(path, "read");
  const size = file?.size() ?? 0;
  file?.close();
  return size <= from;
}

function cutOff(disk: Disk, path: string, size: number): void {
  const file = disk.open(path, "append");
  try {
    file.truncate(size);
  } finally {
    file.close();
  }
}

/** Where damaged bytes of a segment from `from` on are kept. */
export function badPathOf(path: string, from: number): string {
  return `${path}.${from}.bad`;
}

/** Keeps the bytes, once. */
function setAside(disk: Disk, path: string, from: number, to: number): void {
  const badPath = badPathOf(path, from);
  const before = disk.open(badPath, "read");
  before?.close();
  if (before !== undefined) return;
  const segment = disk.open(path, "read");
  const bad = disk.open(badPath, "append");
  try {
    const bytes = new Uint8Array(Math.min(to - from, 1024 * 1024));
    for (let at = from; segment !== undefined && at < to;) {
      const count = segment.readSync(bytes.subarray(0, Math.min(bytes.length, to - at)), at);
      if (count === 0) break;
      bad.append(bytes.subarray(0, count));
      at += count;
    }
  } catch (error) {
    // Half of it would be taken for all of it later.
    disk.remove(badPath);
    throw error;
  } finally {
    segment?.close();
    bad.close();
  }
}
