// Which segments a topic still needs, and the checkpoint that lets the others go: it is written when a segment is full
// and when every cursor has left one behind, always before a segment is removed. A few old messages must not keep a
// segment: they are written again at the end of the log.
// Invariant: no segment is removed that holds a message not finished, or a record the latest checkpoint does not cover.

import { encodeCheckpoint } from "./checkpoint.ts";
import type { Disk } from "./disk.ts";
import type { PendingMessages } from "./pending_messages.ts";
import type { TopicReplay } from "./replay.ts";
import type { SegmentWriter } from "./segment_writer.ts";
import { checkpointPath, type SegmentFile } from "./topic_folder.ts";
import type { TopicState } from "./topic_state.ts";

/** So many messages at most are written again to free the oldest segment. */
const STRAGGLERS_MAX = 1000;

/** What the keeper needs of its log. */
export interface SegmentKeeperInputs {
  readonly disk: Disk;
  readonly folder: string;
  readonly writer: SegmentWriter;
  readonly replay: TopicReplay;
  /** Syncs what was written; false when something failed meanwhile. */
  sync(): Promise<boolean>;
  /** It failed; it is tried again at the next occasion. */
  failed(error: unknown): void;
  /** Writes a pending message of a channel again; false when it is lost. */
  rewrite(channel: string, number: number): boolean;
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
  /** The end of what the latest checkpoint covers. */
  #covered = { segment: -1, offset: -1 };
  #isStopped = false;

  constructor(inputs: SegmentKeeperInputs) {
    this.#inputs = inputs;
  }

  /** Channels have moved on: if they left a segment behind, it may go. */
  look(): void {
    const { segments } = this.#inputs.writer;
    if (segments.length < 2) return;
    const lowest = segmentOf(segments, lowestCursor(this.#inputs.replay.state));
    if (lowest <= this.#looked) return;
    this.#looked = lowest;
    this.checkpointSoon();
  }

  /** Writes a checkpoint and removes what is not needed any more; one at a time, all requests meanwhile are one. */
  checkpointSoon(): void {
    this.#isWanted = true;
    this.#running ??= this.#run();
  }

  /** Writes the last checkpoint. */
  async close(): Promise<void> {
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
      if (!this.#isStopped) this.#inputs.failed(error);
      return false;
    }
  }

  /** False when it did not come about. */
  async #once(): Promise<boolean> {
    const { disk, folder, writer, replay } = this.#inputs;
    this.#rewriteStragglers();
    const { state } = replay;
    const needed = this.#oldestNeeded(state);
    const { position } = writer;
    const checkpoint = encodeCheckpoint(state, position);
    // Where it failed, records may have moved, and the state with them. Somebody else has reported it.
    if (!(await this.#inputs.sync())) return false;
    if (this.#isStopped) return true;
    await disk.replace(checkpointPath(folder), checkpoint);
    if (this.#isStopped) return true;
    this.#covered = position;
    const { segments } = writer;
    while (segments.length > 1 && segments[0]!.first < needed) {
      disk.remove(segments[0]!.path);
      segments.shift();
    }
    return true;
  }

  /** The first segment that is needed, by its first number. */
  #oldestNeeded(state: TopicState): number {
    const { segments } = this.#inputs.writer;
    let needed = segmentOf(segments, lowestCursor(state));
    for (const pending of allPending(state)) {
      for (const { number, place } of pending) {
        needed = Math.min(needed, place?.segment ?? segmentOf(segments, number));
      }
    }
    return needed;
  }

  #rewriteStragglers(): void {
    const { writer, replay, rewrite } = this.#inputs;
    const [oldest, second] = writer.segments;
    const { state } = replay;
    if (second === undefined || lowestCursor(state) < second.first) return;
    const stragglers: [channel: string, number: number][] = [];
    for (const [name, { pending }] of state.channels) {
      for (const { number, place } of pending) {
        if ((place?.segment ?? number) >= second.first) continue;
        if (place !== undefined && place.segment !== oldest!.first) continue;
        stragglers.push([name, number]);
        if (stragglers.length > STRAGGLERS_MAX) return;
      }
    }
    for (const [name, number] of stragglers) rewrite(name, number);
  }
}

function segmentOf(segments: readonly SegmentFile[], number: number): number {
  return (segments.findLast(({ first }) => first <= number) ?? segments[0])?.first ?? Infinity;
}

function* allPending(state: TopicState): Iterable<PendingMessages> {
  yield state.undistributed;
  for (const { pending } of state.channels.values()) yield pending;
}
