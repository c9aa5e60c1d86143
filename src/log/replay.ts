// Makes a topic's state of its records, one after the other: from the oldest segment, or from a checkpoint on; both lead
// to the same. Pure. A channel whose creation is gone from the log is assumed to be as old as the log, so that messages come
// again rather than not at all; until replay ends it does not count when it is asked whether the topic has a channel, so
// that what is known of the others stays exact. Invariants: next never falls; distributed <= next.

import type { JournalEntry } from "./journal_entries.ts";
import type { PendingMessages, Place } from "./pending_messages.ts";
import type { Damage, DeferredRecord, KeptRecord, LogRecord, MessagesRecord } from "./record.ts";
import { type ChannelState, emptyChannelState, type TopicState } from "./topic_state.ts";

/** The state of a topic, growing with its records. */
export class TopicReplay {
  /** Channels whose end is among the records it was given: nsqd.dat may have been written before. */
  readonly deleted = new Set<string>();
  readonly #state: TopicState;
  /** Channels that are not assumed. */
  #knownCount: number;
  /** Above every number an older record spoke of: the message may be written behind it, or be lost. */
  #mentioned = 0;
  #isSettled = false;
  /** Holes below it are forgotten: every channel's cursor has passed them. */
  #holesFrom = 0;

  /** @param state what the log said before the first record it will be given; it is changed from now on */
  constructor(state: TopicState) {
    this.#state = state;
    this.#knownCount = [...state.channels.values()].filter(({ isAssumed }) => !isAssumed).length;
  }

  /** The state if the log ended here, cursors as far on as they can be. It is the replay's own. */
  get state(): TopicState {
    this.reach(this.#mentioned);
    const state = this.#state;
    let lowest = state.distributed;
    for (const channel of state.channels.values()) {
      this.#advance(channel);
      lowest = Math.min(lowest, channel.cursor);
    }
    state.holes.removeBelow(lowest);
    this.#holesFrom = lowest;
    return state;
  }

  /**
   * What an earlier run wrote is taken in: what was assumed counts as known from now on, and no message is written behind
   * an entry that speaks of it. The state is the replay's own.
   */
  settle(): TopicState {
    this.#isSettled = true;
    this.reach(this.#mentioned);
    const { channels, isPaused } = this.#state;
    if (!isPaused && channels.size > 0) this.#giveOut();
    for (const channel of channels.values()) {
      // What still waits for distribution will come to all of them then.
      if (channel.isAssumed) deleteAll(this.#state.undistributed, channel.pending);
      channel.isAssumed = false;
    }
    this.#knownCount = channels.size;
    return this.state;
  }

  /**
   * A channel that is known from elsewhere: unless the log knows it, it begins at the oldest message. Told before the first
   * record, it also gets every deferred message.
   */
  adopt(name: string): void {
    this.#channel(name);
  }

  /** No number below `number` is given to a message any more: a segment begins there. */
  reach(number: number): void {
    const state = this.#state;
    if (number <= state.next) return;
    state.holes.add(state.next, number);
    state.next = number;
    this.#distribute();
  }

  #mention(next: number): void {
    if (this.#isSettled) this.reach(next);
    else this.#mentioned = Math.max(this.#mentioned, next);
  }

  /** Takes in the record at `place`. A record of messages that the state has already (it was written twice) changes nothing. */
  apply(record: LogRecord, place: Place): void {
    switch (record.kind) {
      case "messages":
        return this.#messages(record);
      case "deferred":
        return this.#deferred(record, place);
      case "kept":
        return this.#kept(record, place);
      case "journal":
        for (const entry of record.entries) this.#entry(entry);
    }
  }

  /** The first number from `number` on that is no hole, and that not all channels are done with or were given back. */
  skipHoles(number: number): number {
    return this.#state.holes.gapFrom(Math.max(number, this.#holesFrom));
  }

  /** The ranges of messages from number `from` on and before `to` that channels were given and some are not done with. */
  missing(from: number, to: number): [first: number, end: number][] {
    const { holes, distributed } = this.state;
    const end = Math.min(to, distributed);
    const ranges: [number, number][] = [];
    for (let first = this.skipHoles(from); first < end;) {
      const next = Math.min(end, holes.memberFrom(first));
      ranges.push([first, next]);
      first = holes.gapFrom(next);
    }
    return ranges;
  }

  /** A record it has taken in lies at `place` now. */
  moved(record: LogRecord | Damage, place: Place): void {
    const { channels, undistributed } = this.#state;
    if (record.kind === "kept") move(channels.get(record.channel)?.pending, record.number, place);
    if (record.kind !== "deferred") return;
    move(undistributed, record.number, place);
    for (const { pending } of channels.values()) move(pending, record.number, place);
  }

  #messages({ first, count }: MessagesRecord): void {
    const end = first + count;
    if (end <= this.#state.next) return;
    this.reach(first);
    this.#state.next = end;
    this.#distribute();
  }

  #deferred({ number, dueWallMs }: DeferredRecord, place: Place): void {
    const state = this.#state;
    if (number < state.next) return;
    this.reach(number + 1);
    const isDistributing = this.#isDistributing;
    if (!isDistributing) state.undistributed.set(number, 0, dueWallMs, place);
    for (const { pending, isAssumed } of state.channels.values()) {
      if (isDistributing || isAssumed) pending.set(number, 0, dueWallMs, place);
    }
  }

  #kept({ number, channel, attempts, dueWallMs }: KeptRecord, place: Place): void {
    this.#mention(number + 1);
    this.#channel(channel).pending.set(number, attempts, dueWallMs, place);
  }

  #entry(entry: JournalEntry): void {
    switch (entry.operation) {
      case "channelCreated":
        return this.#channelCreated(entry.name, entry.start);
      case "channelDeleted":
        return this.#channelDeleted(entry.name);
      case "channelPaused":
        this.#channel(entry.name).isPaused = entry.isPaused;
        return;
      case "topicPaused":
        this.#state.isPaused = entry.isPaused;
        return this.#distribute();
      case "topicEmptied":
        return this.#topicEmptied(entry.from, entry.to);
      case "channelEmptied":
        return this.#channelEmptied(this.#channel(entry.name), entry.end);
      case "finished":
        return this.#finished(this.#channel(entry.name), entry.ranges);
      case "requeued":
        this.#mention(entry.number + 1);
        this.#channel(entry.name).pending.set(entry.number, entry.attempts, entry.dueWallMs);
    }
  }

  #channelCreated(name: string, start: number): void {
    const state = this.#state;
    this.#mention(start);
    const before = state.channels.get(name);
    if (before !== undefined && !before.isAssumed) return;
    state.channels.set(name, emptyChannelState(start, false));
    this.deleted.delete(name);
    this.#knownCount++;
    // It starts at the distribution cursor: what lies before was given to channels the log no longer tells of.
    state.distributed = Math.max(state.distributed, start);
    state.undistributed.deleteWithin(0, start);
    this.#distribute();
  }

  #channelDeleted(name: string): void {
    const { channels } = this.#state;
    this.deleted.add(name);
    if (channels.get(name)?.isAssumed === false) this.#knownCount--;
    channels.delete(name);
  }

  #topicEmptied(from: number, to: number): void {
    const state = this.#state;
    this.#mention(to);
    state.holes.add(from, to);
    state.undistributed.deleteWithin(from, to);
    state.distributed = Math.max(state.distributed, to);
    for (const { pending, isAssumed } of state.channels.values()) {
      // Only these were given what no channel had.
      if (isAssumed) pending.deleteWithin(from, to);
    }
  }

  #channelEmptied(channel: ChannelState, end: number): void {
    this.#mention(end);
    channel.cursor = Math.max(channel.cursor, end);
    channel.finished.removeBelow(channel.cursor);
    channel.pending.deleteWithin(0, end);
  }

  #finished(channel: ChannelState, ranges: readonly number[]): void {
    for (let index = 0; index < ranges.length; index += 2) {
      const first = ranges[index]!;
      const end = ranges[index + 1]!;
      this.#mention(end);
      channel.pending.deleteWithin(first, end);
      channel.finished.add(Math.max(first, channel.cursor), end);
    }
    this.#advance(channel);
  }

  /** The channel of this name; where the log has none, its creation was lost. */
  #channel(name: string): ChannelState {
    const { channels, oldest, undistributed } = this.#state;
    let channel = channels.get(name);
    if (channel === undefined) {
      channel = emptyChannelState(oldest, true);
      channels.set(name, channel);
      addAll(undistributed, channel.pending);
    }
    return channel;
  }

  /** Moves the cursor over what is finished, pending or no message at all. */
  #advance(channel: ChannelState): void {
    const { holes, distributed } = this.#state;
    const { finished, pending } = channel;
    let cursor = channel.cursor;
    while (cursor < distributed) {
      let next = Math.max(finished.gapFrom(cursor), holes.gapFrom(cursor));
      if (next === cursor && pending.has(cursor)) next = cursor + 1;
      if (next === cursor) break;
      cursor = Math.min(next, distributed);
    }
    channel.cursor = cursor;
    finished.removeBelow(cursor);
  }

  get #isDistributing(): boolean {
    return !this.#state.isPaused && this.#knownCount > 0;
  }

  /** Gives the channels what they are to have, unless the topic has none or is paused. */
  #distribute(): void {
    if (this.#isDistributing) this.#giveOut();
  }

  #giveOut(): void {
    const state = this.#state;
    state.distributed = Math.max(state.distributed, state.next);
    if (state.undistributed.size === 0) return;
    for (const { pending, isAssumed } of state.channels.values()) {
      // An assumed one had each at once, and may be done with it.
      if (!isAssumed) addAll(state.undistributed, pending);
    }
    state.undistributed.clear();
  }
}

function move(messages: PendingMessages | undefined, number: number, place: Place): void {
  const message = messages?.get(number);
  if (message !== undefined) messages!.set(number, message.attempts, message.dueWallMs, place);
}

function addAll(from: PendingMessages, to: PendingMessages): void {
  for (const { number, attempts, dueWallMs, place } of from) {
    to.set(number, attempts, dueWallMs, place);
  }
}

function deleteAll(messages: PendingMessages, from: PendingMessages): void {
  for (const { number } of messages) from.delete(number);
}
