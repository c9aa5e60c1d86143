// Brings a topic's log back: the checkpoint, then every record behind it. A torn tail is cut off; what is damaged in the
// middle costs its records alone and is set aside in a file beside the segment. Reads only what the checkpoint does not
// cover: nothing after a clean stop.

import { decodeCheckpoint } from "./checkpoint.ts";
import type { Disk } from "./disk.ts";
import { TopicReplay } from "./replay.ts";
import { readSegmentHeader } from "./segment_header.ts";
import { type DamagedRange, scanSegment } from "./segment_scan.ts";
import { checkpointPath, listSegments, type SegmentFile } from "./topic_folder.ts";
import { emptyTopicState } from "./topic_state.ts";

/** A checkpoint larger than this is none. */
const CHECKPOINT_BYTES_MAX = 2 ** 31 - 1;

/** What was found. */
export interface RecoveredTopic {
  readonly replay: TopicReplay;
  readonly segments: SegmentFile[];
  /** Lines for the log: what was cut off or set aside. */
  readonly findings: string[];
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
export function recoverTopic({ disk, folder, topic, channels }: RecoveryInputs): RecoveredTopic {
  const segments = listSegments(disk, folder);
  const checkpoint = readCheckpoint(disk, folder);
  const findings: string[] = [];
  const replay = new TopicReplay(checkpoint?.state ?? emptyTopicState(segments[0]?.first ?? 0));
  if (checkpoint === undefined) { for (const name of channels) replay.adopt(name); }
  const position = checkpoint?.position ?? { segment: -1, offset: 0 };
  for (const [index, segment] of segments.entries()) {
    if (segment.first < position.segment) continue;
    replay.reach(segment.first);
    const from = segment.first === position.segment ? position.offset : 0;
    const next = segments[index + 1];
    const end = next && readSegmentHeader(disk, next)?.previousEnd;
    for (const found of scanSegment(disk, segment, from, end)) {
      if (found.kind === "record") {
        replay.apply(found.record, { segment: segment.first, offset: found.offset });
      } else findings.push(`TOPIC(${topic}): ${repair(disk, found, next === undefined)}`);
    }
  }
  replay.settle();
  return { replay, segments, findings };
}

function readCheckpoint(disk: Disk, folder: string) {
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

/** Cuts off or sets aside what is damaged, and says so. */
function repair(
  disk: Disk,
  { path, from, to, reason, isTail }: DamagedRange,
  isLast: boolean,
): string {
  const where = `${path} at ${from} to ${to} - ${reason}`;
  if (isTail && isLast) {
    const file = disk.open(path, "append");
    try {
      setAside(disk, path, from, to);
      file.truncate(from);
    } finally {
      file.close();
    }
    return `cut off an unfinished write: ${where}`;
  }
  setAside(disk, path, from, to);
  return `set aside damaged bytes: ${where}`;
}

/** Keeps the bytes in `<segment>.<from>.bad`, once. */
function setAside(disk: Disk, path: string, from: number, to: number): void {
  const badPath = `${path}.${from}.bad`;
  if (disk.open(badPath, "read") !== undefined) return;
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
  } finally {
    segment?.close();
    bad.close();
  }
}
