// From the state of a log, in wall time and ranges, to what the queue begins with.

import type { Clock } from "../base/clock.ts";
import type { StoredChannel, StoredMessage, StoredTopic } from "../queue/stored.ts";
import type { PendingMessages } from "./pending_messages.ts";
import {
  type ChannelState,
  type TopicState,
  undistributedCount,
  waitingRanges,
} from "./topic_state.ts";

/** What a topic begins with whose log says `state`. */
export function storedTopic(state: TopicState, clock: Clock): StoredTopic {
  const deferred = [...messages(state.undistributed, clock)];
  return {
    isPaused: state.isPaused,
    next: state.next,
    distributed: state.distributed,
    undistributedCount: undistributedCount(state) - deferred.length,
    deferred,
    channels: [...state.channels].map(([name, channel]) =>
      storedChannel(name, state, channel, clock)
    ),
  };
}

function storedChannel(
  name: string,
  state: TopicState,
  channel: ChannelState,
  clock: Clock,
): StoredChannel {
  const skips: [number, number][] = [];
  let ahead = 0;
  let behind = channel.cursor;
  for (const [first, end] of waitingRanges(state, channel)) {
    if (first > behind) skips.push([behind, first]);
    ahead += end - first;
    behind = end;
  }
  if (state.distributed > behind) skips.push([behind, state.distributed]);
  const { isPaused, cursor, pending } = channel;
  const unfinished = messages(pending, clock);
  return { name, isPaused, cursor, skips, ahead, unfinished };
}

/** Ordered by number; due times on the monotonic clock: what is overdue is due now. */
function* messages(pending: PendingMessages, clock: Clock): Iterable<StoredMessage> {
  const nowMs = clock.nowMs();
  const offsetMs = nowMs - clock.wallMs();
  for (const number of pending.sortedNumbers()) {
    const { attempts, dueWallMs } = pending.get(number)!;
    const dueMs = dueWallMs === 0 ? 0 : Math.max(nowMs, dueWallMs + offsetMs);
    yield { number, attempts, dueMs };
  }
}
