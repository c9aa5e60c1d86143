// Looks at a data path as it lies on the disk: every record of every segment, what the records add up to, and what of it is
// damaged. It changes nothing unless it is asked to set damage aside, and then does what recovery would.
// Invariant: memory is one record and one topic's state.

import type { Disk } from "./disk.ts";
import { badPathOf, readCheckpoint, repairDamage } from "./recovery.ts";
import type { PendingMessages } from "./pending_messages.ts";
import type { LogRecord } from "./record.ts";
import { TopicReplay } from "./replay.ts";
import { readSegments } from "./segment_header.ts";
import { type DamagedRange, missingEnd, scanSegment } from "./segment_scan.ts";
import { checkpointPath, listSegments, type SegmentFile, topicFolder } from "./topic_folder.ts";
import {
  emptyTopicState,
  type TopicState,
  undistributedCount,
  unfinishedCount,
} from "./topic_state.ts";

/** Bytes of a segment, or a checkpoint, that are not what was written. */
export interface DamageReport {
  readonly path: string;
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  readonly reason: string;
  /** At the end of the last segment: a write that a crash cut short, seldom more. */
  readonly isUnfinishedWrite: boolean;
  /** A copy is kept beside the segment: it is known, and done with. */
  readonly isSetAside: boolean;
}

/** A channel as it lies there. */
export interface ChannelReport {
  readonly name: string;
  readonly paused: boolean;
  /** Messages to be delivered now. */
  readonly depth: number;
  /** Messages that wait for their time. */
  readonly deferred: number;
}

/** A topic as it lies there. */
export interface TopicReport {
  readonly name: string;
  readonly paused: boolean;
  readonly segments: number;
  readonly bytes: number;
  readonly records: number;
  /** Messages in the segments, finished or not. */
  readonly messages: number;
  /** Messages no channel was given. */
  readonly depth: number;
  readonly deferred: number;
  readonly checkpoint: "whole" | "missing" | "damaged";
  readonly channels: readonly ChannelReport[];
  readonly damage: readonly DamageReport[];
}

/** What a check is given. */
export interface TopicCheckInputs {
  readonly disk: Disk;
  /** Never empty. */
  readonly dataPath: string;
  readonly topic: string;
  /** Channels it has in nsqd.dat. */
  readonly channels: readonly string[];
  /** Whether damage is set aside. */
  readonly isRepairing: boolean;
  readonly wallMs: number;
}

/** How far a check has come since the last time it said so. */
export interface CheckProgress {
  readonly messages: number;
  readonly bytes: number;
}

/** Bytes of all segments of a topic: what a check will read. Throws FileError. */
export function segmentBytes(disk: Disk, dataPath: string, topic: string): number {
  const segments = listSegments(disk, topicFolder(dataPath, topic));
  return segments.reduce((sum, { path }) => sum + sizeOf(disk, path), 0);
}

/** Checks one topic; yields after every record or damaged range, and returns the report. Throws FileError. */
export function* checkTopic(
  inputs: TopicCheckInputs,
): Generator<CheckProgress, TopicReport, void> {
  return yield* new TopicCheck(inputs).run();
}

class TopicCheck {
  readonly #inputs: TopicCheckInputs;
  readonly #folder: string;
  readonly #segments: SegmentFile[];
  readonly #damage: DamageReport[] = [];
  #records = 0;
  #messages = 0;
  #bytes = 0;

  constructor(inputs: TopicCheckInputs) {
    this.#inputs = inputs;
    this.#folder = topicFolder(inputs.dataPath, inputs.topic);
    this.#segments = readSegments(inputs.disk, this.#folder);
  }

  *run(): Generator<CheckProgress, TopicReport, void> {
    const { disk, channels } = this.#inputs;
    const checkpoint = readCheckpoint(disk, this.#folder);
    const replay = new TopicReplay(checkpoint?.state ?? emptyTopicState(0));
    if (checkpoint === undefined) { for (const name of channels) replay.adopt(name); }
    const position = checkpoint?.position ?? { segment: -1, offset: 0 };
    for (const segment of this.#segments) {
      this.#bytes += sizeOf(disk, segment.path);
      const isCovered = segment.first < position.segment;
      const from = isCovered ? Infinity : segment.first === position.segment ? position.offset : 0;
      yield* this.#segment(segment, (record, offset) => {
        if (offset >= from) replay.apply(record, { segment: segment.first, offset });
      });
    }
    // As recovery does: a segment may hold messages with numbers below the one it is named after.
    replay.reach(this.#segments.at(-1)?.first ?? 0);
    const isThere = checkpoint !== undefined || sizeOf(disk, checkpointPath(this.#folder)) > 0;
    const state = checkpoint ? "whole" : isThere ? "damaged" : "missing";
    if (state === "damaged" && this.#inputs.isRepairing) {
      const path = checkpointPath(this.#folder);
      disk.rename(path, `${path}.bad`);
    }
    return this.#report(replay.settle(), state);
  }

  *#segment(
    segment: SegmentFile,
    apply: (record: LogRecord, offset: number) => void,
  ): Generator<CheckProgress, void, void> {
    const { disk } = this.#inputs;
    const missing = missingEnd(disk, segment, segment.size);
    if (missing !== undefined) this.#damaged(missing, false);
    for (const found of scanSegment(disk, segment)) {
      if (found.kind === "damage") {
        this.#damaged(found, segment === this.#segments.at(-1));
        yield { messages: 0, bytes: found.to - found.from };
      } else {
        const { record, offset } = found;
        const messages = messagesIn(record);
        this.#records++;
        this.#messages += messages;
        apply(record, offset);
        yield { messages, bytes: record.length };
      }
    }
  }

  #damaged(range: DamagedRange, isLast: boolean): void {
    const { disk, isRepairing } = this.#inputs;
    const { path, from, to, reason, isTail } = range;
    const isSetAside = sizeOf(disk, badPathOf(path, from)) > 0;
    const isUnfinishedWrite = isTail && isLast;
    this.#damage.push({ path, from, to, reason, isUnfinishedWrite, isSetAside });
    if (isRepairing) repairDamage(disk, range, isLast);
  }

  #report(state: TopicState, checkpoint: TopicReport["checkpoint"]): TopicReport {
    const { wallMs, topic: name } = this.#inputs;
    const channels = [...state.channels].map(([name, channel]) => {
      const deferred = deferredCount(channel.pending, wallMs);
      const depth = unfinishedCount(state, channel) - deferred;
      return { name, paused: channel.isPaused, depth, deferred };
    });
    const deferred = deferredCount(state.undistributed, wallMs);
    return {
      name,
      paused: state.isPaused,
      segments: this.#segments.length,
      bytes: this.#bytes,
      records: this.#records,
      messages: this.#messages,
      depth: undistributedCount(state) - deferred,
      deferred,
      checkpoint,
      channels,
      damage: this.#damage,
    };
  }
}

/** Whether there is damage in a topic that nobody has set aside yet. */
export function hasDamage({ damage, checkpoint }: TopicReport): boolean {
  return checkpoint === "damaged" || damage.some(({ isSetAside }) => !isSetAside);
}

function messagesIn(record: LogRecord): number {
  if (record.kind === "messages") return record.count;
  return record.kind === "journal" ? 0 : 1;
}

function deferredCount(pending: PendingMessages, wallMs: number): number {
  let count = 0;
  for (const { dueWallMs } of pending) if (dueWallMs > wallMs) count++;
  return count;
}

/** 0 when there is no such file. */
function sizeOf(disk: Disk, path: string): number {
  const file = disk.open(path, "read");
  if (file === undefined) return 0;
  const size = file.size();
  file.close();
  return size;
}
