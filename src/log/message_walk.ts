// Reads the unfinished messages of a recovered topic out of its log, for whoever writes them elsewhere: those that were
// handed out or deferred one by one, the others in one walk over the segments. It changes nothing.
// Invariant: memory is one record, and what the state holds anyway.

import { type Batch, sizeAt } from "../queue/batch.ts";
import { idHigh, MESSAGE_ID_BYTES, writeId } from "../wire/message.ts";
import type { Disk } from "./disk.ts";
import { batchOf, MessageFetch } from "./message_fetch.ts";
import type { PendingMessages } from "./pending_messages.ts";
import { findRecord } from "./record_search.ts";
import { readSegmentHeader } from "./segment_header.ts";
import { scanSegment } from "./segment_scan.ts";
import type { SegmentFile } from "./topic_folder.ts";
import { type ChannelState, type TopicState, waitingRanges } from "./topic_state.ts";

const SIZE_BYTES = 4;

/** A message as it was read. `id` and `body` are valid until the next is asked for. */
export interface WalkedMessage {
  readonly timestampNs: bigint;
  /** Deliveries so far. */
  readonly attempts: number;
  /** 16 bytes as they stand on the wire. */
  readonly id: Uint8Array;
  readonly body: Uint8Array;
}

/** What a walk tells beside the messages. */
export interface WalkHooks {
  /** A message waits for this time, ms since the Unix epoch. */
  deferred(dueWallMs: number): void;
  /** Message `number` cannot be read. */
  lost(number: number): void;
}

/** Walks over one topic, whose segments must not change meanwhile. */
export class MessageWalk {
  readonly #disk: Disk;
  readonly #segments: readonly SegmentFile[];
  readonly #state: TopicState;
  readonly #hooks: WalkHooks;
  readonly #fetch: MessageFetch;
  readonly #nodeIds = new Map<number, number>();

  constructor(
    disk: Disk,
    segments: readonly SegmentFile[],
    state: TopicState,
    hooks: WalkHooks,
  ) {
    this.#disk = disk;
    this.#segments = segments;
    this.#state = state;
    this.#hooks = hooks;
    this.#fetch = new MessageFetch(disk, () => segments);
  }

  /** What a channel is not done with. Throws FileError. */
  *channel(channel: ChannelState): Iterable<WalkedMessage> {
    yield* this.#pending(channel.pending);
    yield* this.#ranges([...waitingRanges(this.#state, channel)]);
  }

  /** What no channel was given. Throws FileError. */
  *undistributed(): Iterable<WalkedMessage> {
    const { distributed, next, holes, undistributed } = this.#state;
    yield* this.#pending(undistributed);
    const ranges: [number, number][] = [];
    for (let first = distributed; first < next;) {
      const gap = holes.gapFrom(first);
      const end = Math.min(next, holes.memberFrom(gap));
      if (gap < end) ranges.push([gap, end]);
      first = Math.max(end, gap);
    }
    yield* this.#ranges(ranges);
  }

  *#pending(pending: PendingMessages): Iterable<WalkedMessage> {
    for (const number of pending.sortedNumbers()) {
      const { attempts, dueWallMs, place } = pending.get(number)!;
      const batch = this.#fetch.message(number, place);
      if (batch === undefined) this.#hooks.lost(number);
      else {
        if (dueWallMs > 0) this.#hooks.deferred(dueWallMs);
        yield this.#message(batch, 0, attempts, batch.place?.segment ?? number);
      }
    }
  }

  /** Messages of these ranges, which are in order. */
  *#ranges(ranges: readonly (readonly [first: number, end: number])[]): Iterable<WalkedMessage> {
    let index = 0;
    let number = ranges[0]?.[0] ?? Infinity;
    for (const [batch, segment] of this.#batchesFrom(number)) {
      while (index < ranges.length && number < batch.end) {
        if (number < batch.first) {
          const end = Math.min(batch.first, ranges[index]![1]);
          while (number < end) this.#hooks.lost(number++);
        } else yield this.#message(batch, number++ - batch.first, 0, segment);
        if (number >= ranges[index]![1]) number = ranges[++index]?.[0] ?? Infinity;
      }
      if (number === Infinity) return;
    }
    while (index < ranges.length) {
      while (number < ranges[index]![1]) this.#hooks.lost(number++);
      number = ranges[++index]?.[0] ?? Infinity;
    }
  }

  *#batchesFrom(number: number): Iterable<[batch: Batch, segment: number]> {
    const start = Math.max(0, this.#segments.findLastIndex(({ first }) => first <= number));
    if (number === Infinity) return;
    for (let index = start; index < this.#segments.length; index++) {
      const segment = this.#segments[index]!;
      const from = index === start ? findRecord(this.#disk, segment, number) : 0;
      for (const found of scanSegment(this.#disk, segment, from)) {
        if (found.kind === "damage" || found.record.kind !== "messages") continue;
        yield [batchOf(found.record)!, segment.first];
      }
    }
  }

  #message(batch: Batch, index: number, attempts: number, segment: number): WalkedMessage {
    const { foreign, timestamp: timestampNs, bytes } = batch;
    const at = batch.offsetOf(index);
    const body = bytes.subarray(at + SIZE_BYTES, at + SIZE_BYTES + sizeAt(bytes, at));
    const id = foreign?.id ?? idOf(this.#nodeIdOf(segment), batch.first + index);
    return { timestampNs, attempts, id, body };
  }

  #nodeIdOf(first: number): number {
    let nodeId = this.#nodeIds.get(first);
    if (nodeId !== undefined) return nodeId;
    const segment = this.#segments.find((segment) => segment.first === first);
    nodeId = (segment && readSegmentHeader(this.#disk, segment)?.nodeId) ?? 0;
    this.#nodeIds.set(first, nodeId);
    return nodeId;
  }
}

function idOf(nodeId: number, number: number): Uint8Array {
  const id = new Uint8Array(MESSAGE_ID_BYTES);
  writeId(new DataView(id.buffer), 0, idHigh(nodeId, number), number >>> 0);
  return id;
}
