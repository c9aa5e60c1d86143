// Which segments a topic still needs, and the checkpoint that lets the others go: it is written when a segment is full
// and when every cursor has left one behind, always before a segment is removed. A few old messages must not keep a
// segment: they are written again at the end of the log.
// Invariant: no segment is removed that holds a message not finished, or a record the latest checkpoint does not cover.

import type { Batch } from "../queue/batch.ts";
import { encodeCheckpoint } from "./checkpoint.ts";
import type { Disk } from "./disk.ts";
import type { PendingMessages, Place } from "./pending_messages.ts";
import type { TopicReplay } from "./replay.ts";
import type { SegmentWriter } from "./segment_writer.ts";
import { findStragglers, placeOf, segmentOf } from "./stragglers.ts";
import { checkpointPath, type SegmentFile } from "./topic_folder.ts";
import type { TopicState } from "./topic_state.ts";

/** So many messages are written again before others have their turn: some 10 ms. */
const REWRITTEN_AT_ONCE = 100;

/** What became of a message that was to be written again; "gone" when it is finished meanwhile or cannot be read. */
export type Rewriting = "done" | "gone" | "failed";

/** A segment smaller than this is not worth another one. */
const ROOM_BYTES_MIN = 256 * 1024;

/** A pending message that was written again. */
interface Move {
  readonly channel: string;
  readonly number: number;
  readonly from: Place | undefined;
  readonly to: Place | undefined;
}

/** What the keeper needs of its log. */
export interface SegmentKeeperInputs {
  readonly disk: Disk;
  readonly folder: string;
  readonly writer: SegmentWriter;
  readonly replay: TopicReplay;
  /** Whether a checkpoint stands for all there is already. */
  readonly isCovered: boolean;
  /** Does most of what `flush` would do, where that is much, without holding anybody up. Rejects with FileError. */
  writeAhead(): Promise<void>;
  /** Writes what the state has and the log has not: replayed in part upon a newer state it would mislead. Throws FileError. */
  flush(): void;
  /** Syncs what was written; false when something failed meanwhile. */
  sync(): Promise<boolean>;
  /** It failed; it is tried again at the next occasion. */
  failed(error: unknown): void;
  /** Writes a pending message of a channel again. */
  rewrite(channel: string, number: number): Rewriting;
  /** A message by itself; else it cannot be read. */
  fetch(number: number): Batch | "failed" | undefined;
  /** Begins another segment. Throws FileError. */
  roll(): void;
}

/** Number of the first message some channel has not finished or been given back, or no channel was given. */
export function lowestCursor(state: TopicState): number {
  let lowest = state.distributed;
  for (const { cursor } of state.channels.values()) lowest = Math.min(lowest, cursor);
  return lowest;
}

/** Looks after the segments of one topic. */
export class SegmentKeeper {
  readonly #inputs: SegmentKeeperInputs;
  #running: Promise<void> | undefined;
  #isWanted = false;
  /** The segment of the lowest cursor when it was last looked. */
  #looked = 0;
  /** How many messages were pending at most since half of them were done with. */
  #pendingPeak = 0;
  /** Messages that were written again and not synced since. */
  #moves: Move[] = [];
  /** The end of what the latest checkpoint covers. */
  #covered: Place;
  #isStopped = false;
  #isClosing = false;

  constructor(inputs: SegmentKeeperInputs) {
    this.#inputs = inputs;
    const { isCovered, writer: { position, segments }, replay } = inputs;
    // What a kill left of the segments that this checkpoint let go is removed by the next one.
    const isTidy = segments.length < 2 || this.#oldestNeeded(replay.state) <= segments[0]!.first;
    this.#covered = isCovered && isTidy ? position : { segment: -1, offset: -1 };
    if (isCovered && isTidy && segments.length > 0) {
      this.#looked = this.#cursorSegment(replay.state).first;
    }
  }

  /** Channels have moved on: if they left a segment behind, it may go. */
  look(): void {
    const { writer, replay } = this.#inputs;
    if (writer.segments.length < 2) return;
    const { first } = this.#cursorSegment(replay.state);
    if (first <= this.#looked) return;
    this.#looked = first;
    this.checkpointSoon();
  }

  /** The same for segments that only pending messages keep: when half of these are done with. Call it now and then. */
  lookAtPending(): void {
    const { writer: { segments }, replay: { state } } = this.#inputs;
    const pending = pendingCount(state);
    const isMuchDone = pending * 2 < this.#pendingPeak;
    this.#pendingPeak = isMuchDone ? pending : Math.max(this.#pendingPeak, pending);
    if (!isMuchDone || segments.length < 2) return;
    if (segments[0] !== this.#cursorSegment(state)) this.checkpointSoon();
  }

  /** The disk is short of space: a segment that nobody needs any more must not stay because it is the last one. */
  makeRoom(): void {
    const { disk, writer: { segments }, replay: { state }, roll, failed } = this.#inputs;
    const last = segments.at(-1);
    const isNeeded = lowestCursor(state) < state.next || pendingCount(state) > 0;
    if (last === undefined || isNeeded) return;
    try {
      if (bytesOf(disk, last.path) < ROOM_BYTES_MIN) return;
      roll();
      this.checkpointSoon();
    } catch (error) {
      failed(error);
    }
  }

  /** Writes a checkpoint and removes what is not needed any more; one at a time, all requests meanwhile are one. */
  checkpointSoon(): void {
    this.#isWanted = true;
    this.#running ??= this.#run();
  }

  /** Writes the last checkpoint. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#running;
    const { segments, position } = this.#inputs.writer;
    const isCovered = position.segment === this.#covered.segment &&
      position.offset === this.#covered.offset;
    if (segments.length > 0 && !isCovered) this.checkpointSoon();
    await this.#running;
  }

  /** Nothing is written any more: the topic is gone, and another one may have its folder. */
  stop(): void {
    this.#isStopped = true;
  }

  async #run(): Promise<void> {
    // Not in the turn that asked: it is still writing.
    await Promise.resolve();
    while (this.#isWanted && !this.#isStopped) {
      this.#isWanted = false;
      if (await this.#attempt()) continue;
      // Not at once: what is written anew after a failure begins segments, and each of these asks again.
      this.#isWanted = false;
      this.#looked = 0;
    }
    this.#running = undefined;
  }

  async #attempt(): Promise<boolean> {
    try {
      return await this.#once();
    } catch (error) {
      this.#takeBack();
      if (!this.#isStopped) this.#inputs.failed(error);
      return false;
    }
  }

  /** False when it did not come about. */
  async #once(): Promise<boolean> {
    const { disk, folder, writer, replay } = this.#inputs;
    await this.#inputs.writeAhead();
    if (this.#isStopped) return true;
    if (!(await this.#rewriteStragglers())) return false;
    this.#inputs.flush();
    const { state } = replay;
    const needed = this.#oldestNeeded(state);
    const { position } = writer;
    const checkpoint = encodeCheckpoint(state, position);
    // Where it failed, records may have moved, and the state with them. Somebody else has reported it.
    if (!(await this.#sync())) return false;
    if (this.#isStopped) return true;
    await disk.replace(checkpointPath(folder), checkpoint);
    if (this.#isStopped) return true;
    this.#covered = position;
    while (writer.segments.length > 1 && writer.segments[0]!.first < needed) {
      const removal = disk.discard(writer.segments[0]!.path);
      writer.removedOldest();
      await removal;
      if (this.#isStopped) return true;
    }
    return true;
  }

  /** The segment that the lowest cursor is in. Where all was given out that is none of the full ones. */
  #cursorSegment(state: TopicState): SegmentFile {
    const { segments } = this.#inputs.writer;
    const lowest = lowestCursor(state);
    return lowest >= state.next ? segments.at(-1)! : segmentOf(segments, lowest);
  }

  /** The first segment that is needed, by its first number. */
  #oldestNeeded(state: TopicState): number {
    const { segments } = this.#inputs.writer;
    if (segments.length === 0) return 0;
    let needed = this.#cursorSegment(state).first;
    for (const pending of allPending(state)) {
      for (const message of pending) needed = Math.min(needed, placeOf(segments, message));
    }
    return needed;
  }

  /** In slices: whoever publishes meanwhile must not wait. False when something failed meanwhile. */
  async #rewriteStragglers(): Promise<boolean> {
    const { state } = this.#inputs.replay;
    let left = REWRITTEN_AT_ONCE;
    for (const [channel, numbers] of this.#stragglers(state)) {
      for (const number of numbers) {
        const outcome = this.#rewrite(state, channel, number);
        if (outcome === "failed") return true;
        // When these have left, the next ones may be worth it.
        if (outcome === "done") this.#isWanted = true;
        if (--left > 0) continue;
        left = REWRITTEN_AT_ONCE;
        if (!(await this.#sync())) return false;
        // It can be done after the next start as well.
        if (this.#isStopped || this.#isClosing) return true;
      }
    }
    return true;
  }

  #rewrite(state: TopicState, channel: string, number: number): Rewriting {
    const pending = state.channels.get(channel)?.pending;
    const from = pending?.get(number)?.place;
    const outcome = this.#inputs.rewrite(channel, number);
    const to = pending?.get(number)?.place;
    if (outcome === "done") this.#moves.push({ channel, number, from, to });
    return outcome;
  }

  async #sync(): Promise<boolean> {
    const isSafe = await this.#inputs.sync();
    if (isSafe) this.#moves = [];
    else this.#takeBack();
    return isSafe;
  }

  /** What was written again may be lost: the messages are where they were before, in segments that are still there. */
  #takeBack(): void {
    const { channels } = this.#inputs.replay.state;
    for (const { channel, number, from, to } of this.#moves) {
      const pending = channels.get(channel)?.pending;
      const message = pending?.get(number);
      if (message?.place?.segment !== to?.segment || message?.place?.offset !== to?.offset) {
        continue;
      }
      // Not changed but made anew: without a place it would keep the one it has.
      if (pending?.delete(number)) pending.set(number, message!.attempts, message!.dueWallMs, from);
    }
    this.#moves = [];
  }

  #stragglers(state: TopicState): Map<string, number[]> {
    const { disk, writer: { segments }, fetch } = this.#inputs;
    if (segments.length < 2 || this.#isClosing) return new Map();
    const passed = segments.indexOf(this.#cursorSegment(state));
    return findStragglers(state, segments, passed, {
      segmentBytes: ({ path }) => bytesOf(disk, path),
      messageBytes(number) {
        const single = fetch(number);
        return single === undefined || single === "failed" ? 0 : single.bytes.length;
      },
    });
  }
}

function bytesOf(disk: Disk, path: string): number {
  const file = disk.open(path, "read");
  try {
    return file?.size() ?? 0;
  } finally {
    file?.close();
  }
}

function pendingCount(state: TopicState): number {
  let count = 0;
  for (const { size } of allPending(state)) count += size;
  return count;
}

function* allPending(state: TopicState): Iterable<PendingMessages> {
  yield state.undistributed;
  for (const { pending } of state.channels.values()) yield pending;
}
