// All topics of a broker, and the turn: what happens together, once, at the end of an event-loop turn.
// Publishing and acknowledging only mark topics; `settle` then moves batches to channels and messages to consumers, so
// that a turn with a thousand PUBs costs one batch. It knows no clock: times are arguments.

import { DeadlineHeap } from "../base/deadline_heap.ts";
import type { Channel } from "./channel.ts";
import type { ChannelSettings } from "./channel_surroundings.ts";
import type { Log } from "./log.ts";
import { MemoryLog } from "./memory_log.ts";
import { RetiredCounts } from "./retired_counts.ts";
import type { StoredTopic } from "./stored.ts";
import { isEphemeralName } from "../wire/names.ts";
import { Topic, type TopicSignals } from "./topic.ts";

/** Message numbers begin at the milliseconds since this moment (2020-01-01), times `NUMBERS_PER_MS`. */
const NUMBER_EPOCH_MS = 1_577_836_800_000;
const NUMBERS_PER_MS = 4096;

/** The number that a topic begins with which is made at `wallMs`, unless a higher one was used. */
export function firstNumberAt(wallMs: number): number {
  return Math.max(0, Math.floor((wallMs - NUMBER_EPOCH_MS) * NUMBERS_PER_MS));
}

/** What the topics ask of whoever runs them. */
export interface TopicsHooks {
  /** There is something to settle, or an earlier deadline: call `settle` before the turn ends. */
  schedule(): void;
  /** A topic or channel was created or deleted, or the pause of one changed. */
  changed(change: TopicChange): void;
  /** An integer from 0 to 99, each as likely. */
  percent(): number;
  /** The log of a new topic that is not ephemeral, beginning with message number `first`. */
  openLog(name: string, first: number): Log;
  /** Message `number` of a channel could not be read any more. */
  lost(topic: Topic, channel: Channel, number: number): void;
}

/** Something happened to the set of topics and channels. */
export interface TopicChange {
  what: "created" | "deleted" | "paused" | "unpaused";
  topic: Topic;
  /** The channel it happened to; undefined when it was the topic itself. */
  channel?: Channel;
}

/** The topics of a broker. */
export class Topics {
  /** Why nobody may publish any more, in words for clients; undefined while everybody may. Who lets them in asks. */
  publishingRefusal: string | undefined;
  readonly #topics = new Map<string, Topic>();
  readonly #settings: ChannelSettings;
  readonly #hooks: TopicsHooks;
  readonly #signals: TopicSignals;
  readonly #deadlines = new DeadlineHeap<Channel>();
  #unsettled: Topic[] = [];
  /** What was counted by what is gone. */
  readonly retired = new RetiredCounts();
  /** Above every number of a deleted topic: its name, used again, must not repeat one. */
  #firstMin = 0;

  constructor(settings: ChannelSettings, hooks: TopicsHooks) {
    this.#settings = settings;
    this.#hooks = hooks;
    this.#signals = {
      settle: (topic) => this.#mark(topic),
      watch: (channel, deadlineMs) => this.#watch(channel, deadlineMs),
      percent: hooks.percent,
      lost: hooks.lost,
    };
  }

  /** The topics by name. */
  get all(): ReadonlyMap<string, Topic> {
    return this.#topics;
  }

  /** The topic of this name; undefined when there is none. */
  get(name: string): Topic | undefined {
    return this.#topics.get(name);
  }

  /** The topic of this name, created where there is none. `name` must be valid; `wallMs` begins its numbers. */
  topic(name: string, wallMs: number): Topic {
    return this.#topics.get(name) ?? this.#create(name, wallMs);
  }

  #create(name: string, wallMs: number): Topic {
    const first = this.#firstNumber(0, wallMs);
    const log = isEphemeralName(name) ? new MemoryLog() : this.#hooks.openLog(name, first);
    return this.#add(new Topic(name, log, first, this.#settings, this.#signals));
  }

  /** A topic of an earlier run; its numbers go on above those it had, and not below what the clock says. */
  restore(name: string, wallMs: number, stored: StoredTopic, open: (first: number) => Log): Topic {
    const first = this.#firstNumber(stored.next, wallMs);
    const topic = new Topic(name, open(first), first, this.#settings, this.#signals);
    topic.restore(stored);
    return this.#add(topic);
  }

  #firstNumber(above: number, wallMs: number): number {
    return Math.max(this.#firstMin, above, firstNumberAt(wallMs));
  }

  #add(topic: Topic): Topic {
    this.#topics.set(topic.name, topic);
    this.#hooks.changed({ what: "created", topic });
    return topic;
  }

  /** The channel of this name, created where there is none. */
  channel(topic: Topic, name: string): Channel {
    const existing = topic.channels.get(name);
    if (existing !== undefined) return existing;
    const channel = topic.channel(name);
    this.#hooks.changed({ what: "created", topic, channel });
    return channel;
  }

  /**
   * It is being asked which channels a new topic is to have. Until then `topic.expectation` is there, and who wants to
   * make a channel waits for it; then they get the same messages, as if they were there from the beginning.
   */
  expectChannels(topic: Topic, asking: Promise<readonly string[]>): void {
    topic.expectation = asking.catch(() => []).then((names) => {
      topic.expectation = undefined;
      if (topic.isDeleted) return;
      for (const channel of topic.channelsTogether(names)) {
        this.#hooks.changed({ what: "created", topic, channel });
      }
    });
  }

  /** Deletes a topic with its channels. */
  delete(topic: Topic): void {
    if (topic.isDeleted) return;
    const channels = [...topic.channels.values()];
    this.#topics.delete(topic.name);
    topic.delete();
    this.retired.addTopic(topic);
    this.#firstMin = Math.max(this.#firstMin, topic.nextNumber);
    for (const channel of channels) this.#deleted(topic, channel);
    this.#hooks.changed({ what: "deleted", topic });
  }

  /** Deletes a channel, and with its last channel an ephemeral topic. */
  deleteChannel(topic: Topic, channel: Channel): void {
    if (!topic.deleteChannel(channel.name)) return;
    this.#deleted(topic, channel);
    if (topic.isEphemeral && topic.channels.size === 0) this.delete(topic);
  }

  #deleted(topic: Topic, channel: Channel): void {
    this.#deadlines.remove(channel);
    this.retired.addChannel(channel);
    this.#hooks.changed({ what: "deleted", topic, channel });
  }

  /** Pauses or unpauses a topic. */
  setTopicPaused(topic: Topic, isPaused: boolean): void {
    if (isPaused) topic.pause();
    else topic.unpause();
    this.#hooks.changed({ what: isPaused ? "paused" : "unpaused", topic });
  }

  /** Pauses or unpauses a channel. */
  setChannelPaused(topic: Topic, channel: Channel, isPaused: boolean): void {
    if (isPaused) channel.pause();
    else channel.unpause();
    this.#hooks.changed({ what: isPaused ? "paused" : "unpaused", topic, channel });
  }

  /** Ends the turn: batches reach channels, messages reach consumers. */
  settle(nowMs: number): void {
    // Delivering can wake others (a sampled consumer, a deleted channel), hence the loop.
    while (this.#unsettled.length > 0) {
      const topics = this.#unsettled;
      this.#unsettled = [];
      let settled = 0;
      try {
        for (const topic of topics) {
          settled++;
          topic.isUnsettled = false;
          topic.settle(nowMs);
        }
      } finally {
        // A fault in one topic, the next turn is for the others.
        if (settled < topics.length) this.#unsettled.push(...topics.slice(settled));
      }
    }
  }

  /** Brings back messages whose time has come, and says when to call again; Infinity is not before something happens. */
  tick(nowMs: number): number {
    for (let due = this.#deadlines.takeDue(nowMs); due; due = this.#deadlines.takeDue(nowMs)) {
      this.#watch(due, due.expire(nowMs));
    }
    return this.#deadlines.firstMs;
  }

  /** When `tick` should be called next. */
  get nextDeadlineMs(): number {
    return this.#deadlines.firstMs;
  }

  #mark(topic: Topic): void {
    if (topic.isUnsettled) return;
    topic.isUnsettled = true;
    this.#unsettled.push(topic);
    if (this.#unsettled.length === 1) this.#hooks.schedule();
  }

  #watch(channel: Channel, deadlineMs: number): void {
    if (channel.isDeleted) return;
    if (channel.heapIndex >= 0 && deadlineMs >= channel.deadlineMs) return;
    // Whoever runs the topics looks at `nextDeadlineMs` after each turn.
    if (deadlineMs < this.#deadlines.firstMs) this.#hooks.schedule();
    this.#deadlines.set(channel, deadlineMs);
  }
}
