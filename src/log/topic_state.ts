// What a topic's log says at one point of it: the state that replay builds up and a checkpoint holds.
//
//   first kept    cursor            distributed        next
//     |  finished   |  ##  #          |  (the topic's     |
//     |  or pending |  finished       |   own depth)      |      holes: numbers without a message for cursors
//
// For each channel: everything below its cursor is finished or pending, and
//   unfinished = pending + ( [cursor, distributed) - holes - finished - pending )

import { IntervalSet } from "../base/interval_set.ts";
import { PendingMessages } from "./pending_messages.ts";

/** A channel as the log knows it. */
export interface ChannelState {
  isPaused: boolean;
  /** The log does not tell where it began: it was taken to begin at the oldest message. */
  isAssumed: boolean;
  cursor: number;
  /** Numbers from the cursor on that are done. */
  finished: IntervalSet;
  /** Deferred, requeued and kept messages that are not finished. */
  pending: PendingMessages;
}

/** A topic as the log knows it. */
export interface TopicState {
  /** The next message's number; above every number the log has seen. */
  next: number;
  /** The first number no channel was given. */
  distributed: number;
  isPaused: boolean;
  /** Numbers that cursors skip: deferred and kept messages, emptied ranges, numbers never given or lost to damage. */
  holes: IntervalSet;
  /** Deferred messages no channel was given. */
  undistributed: PendingMessages;
  channels: Map<string, ChannelState>;
}

/** The state before the first record of a log whose first segment begins with number `first`. */
export function emptyTopicState(first: number): TopicState {
  return {
    next: first,
    distributed: first,
    isPaused: false,
    holes: new IntervalSet(),
    undistributed: new PendingMessages(),
    channels: new Map(),
  };
}

/** A channel that begins at number `cursor`. */
export function emptyChannelState(cursor: number, isAssumed: boolean): ChannelState {
  return {
    isPaused: false,
    isAssumed,
    cursor,
    finished: new IntervalSet(),
    pending: new PendingMessages(),
  };
}

/** The numbers a channel is still to be given that are not pending, as ranges first, end, in order. */
export function* waitingRanges(
  state: TopicState,
  channel: ChannelState,
): Iterable<[first: number, end: number]> {
  const pending = new IntervalSet();
  for (const number of channel.pending.sortedNumbers()) pending.add(number, number + 1);
  const skipped = [state.holes, channel.finished, pending];
  for (let first = channel.cursor; first < state.distributed;) {
    const gap = Math.max(...skipped.map((set) => set.gapFrom(first)));
    if (gap > first) first = gap;
    else {
      const end = Math.min(state.distributed, ...skipped.map((set) => set.memberFrom(first)));
      yield [first, end];
      first = end;
    }
  }
}

/** How many messages a channel is not done with. */
export function unfinishedCount(state: TopicState, channel: ChannelState): number {
  let count = channel.pending.size;
  for (const [first, end] of waitingRanges(state, channel)) count += end - first;
  return count;
}

/** How many messages no channel was given. */
export function undistributedCount(state: TopicState): number {
  const { distributed, next, holes, undistributed } = state;
  return next - distributed - holes.countWithin(distributed, next) + undistributed.size;
}
