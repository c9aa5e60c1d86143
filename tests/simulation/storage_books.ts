// What must be on disk: for one topic, the messages nobody finished, as they are now, as they were when they were last
// safe from a kill, and when they were last safe from a power cut. After a restart the truth lies between.
// A message is its number.

import { assert } from "../../src/base/assert.ts";
import type { StoredMessage, StoredTopic } from "../../src/queue/stored.ts";

/** Due times on the wall clock by number; 0 is at once. */
type Messages = Map<number, number>;

/** A channel as it should be. */
export interface BookedChannel {
  /** Another one when it was deleted and made again. */
  readonly life: number;
  isPaused: boolean;
  readonly unfinished: Messages;
}

/** A topic as it should be. */
export interface BookedTopic {
  isPaused: boolean;
  next: number;
  readonly backlog: Messages;
  readonly channels: Map<string, BookedChannel>;
}

/** A clock may be off by so much after its time was written down and read. */
let lives = 0;

const CLOCK_SLACK_MS = 0.01;

function copy({ isPaused, next, backlog, channels }: BookedTopic): BookedTopic {
  return {
    isPaused,
    next,
    backlog: new Map(backlog),
    channels: new Map(
      [...channels].map(([name, { life, isPaused, unfinished }]) => [
        name,
        { life, isPaused, unfinished: new Map(unfinished) },
      ]),
    ),
  };
}

function nothing(): BookedTopic {
  return { isPaused: false, next: 0, backlog: new Map(), channels: new Map() };
}

/** A topic as storage brings it back. */
export interface FoundTopic {
  readonly stored: StoredTopic;
  /** Numbers of the messages that wait for a channel: storage only counts them, deferred ones apart. */
  readonly waiting: readonly number[];
}

/** What storage says was left of a topic; times on the wall clock. */
export function bookedTopic(found: FoundTopic | undefined, offsetMs: number): BookedTopic {
  const topic = nothing();
  if (found === undefined) return topic;
  const { stored, waiting } = found;
  for (const number of waiting) topic.backlog.set(number, 0);
  topic.isPaused = stored.isPaused;
  topic.next = stored.next;
  const due = ({ dueMs }: StoredMessage) => dueMs === 0 ? 0 : dueMs + offsetMs;
  for (const message of stored.deferred) topic.backlog.set(message.number, due(message));
  for (const { name, isPaused, cursor, skips, unfinished, ahead } of stored.channels) {
    const messages: Messages = new Map();
    let from = cursor;
    for (const [first, end] of [...skips, [stored.distributed, Infinity]] as [number, number][]) {
      for (let number = from; number < first; number++) messages.set(number, 0);
      from = end;
    }
    assert(messages.size === ahead, `${ahead} are ahead of ${name}, not ${messages.size}`);
    for (const message of unfinished) messages.set(message.number, due(message));
    topic.channels.set(name, { life: ++lives, isPaused, unfinished: messages });
  }
  return topic;
}

/** How a process came to begin. */
export interface Restart {
  isPowerCut: boolean;
  /** What was not synced may be gone. */
  isLossy: boolean;
  isGraceful: boolean;
  /** Nothing that happened in between was written in part. */
  isExact: boolean;
  /** What is counted may not be there. */
  mayHaveLost: boolean;
  /** The latest that the wall clock has shown. */
  wallMsMax: number;
  /** From the monotonic clock to the wall clock. */
  offsetMs: number;
}

/** The books of one topic. */
export class TopicBooks {
  now = nothing();
  killSafe = nothing();
  powerSafe = nothing();
  /** Refused: they may come, but nobody counts on it. */
  readonly refused = new Set<number>();
  #isForgotten = false;
  #mayHaveLost = false;

  /** The state of this moment, to be called safe later. */
  snapshot(): BookedTopic {
    return copy(this.now);
  }

  /** All there is survives a power cut now. */
  synced(): void {
    this.powerSafe = this.killSafe;
  }

  /** A durability that promises nothing lost what it lost. */
  forget(): void {
    this.#isForgotten = true;
  }

  /** A message of a channel cannot be read any more. */
  lost(channel: string, number: number): void {
    this.now.channels.get(channel)!.unfinished.delete(number);
  }

  get #isDistributing(): boolean {
    return !this.now.isPaused && this.now.channels.size > 0;
  }

  published(first: number, count: number, dueWallMs: number): void {
    for (let number = first; number < first + count; number++) {
      this.now.backlog.set(number, dueWallMs);
    }
    this.now.next = first + count;
    this.distribute();
  }

  distribute(): void {
    if (!this.#isDistributing) return;
    for (const { unfinished } of this.now.channels.values()) {
      for (const [number, due] of this.now.backlog) unfinished.set(number, due);
    }
    this.now.backlog.clear();
  }

  created(channel: string): void {
    this.now.channels.set(channel, { life: ++lives, isPaused: false, unfinished: new Map() });
    this.distribute();
  }

  /** Throws where what was found is not what must be, then goes on from there. */
  restarted(
    what: FoundTopic | undefined,
    { isPowerCut, isLossy, isGraceful, isExact, mayHaveLost, wallMsMax, offsetMs }: Restart,
  ): void {
    const found = bookedTopic(what, offsetMs);
    this.#mayHaveLost = mayHaveLost;
    const safe = isGraceful ? this.now : isLossy ? this.powerSafe : this.killSafe;
    if (!this.#isForgotten) this.#compare(safe, found, wallMsMax, isExact);
    this.#isForgotten = false;
    for (const [name, channel] of found.channels) {
      const before = this.now.channels.get(name) ?? this.powerSafe.channels.get(name);
      const life = before?.life ?? channel.life;
      found.channels.set(name, { ...channel, life });
    }
    this.now = found;
    this.killSafe = copy(found);
    // What a log counts and has lost was not safe either.
    if (isPowerCut && !mayHaveLost) this.powerSafe = copy(found);
    this.refused.clear();
  }

  #compare(safe: BookedTopic, found: BookedTopic, wallMsMax: number, isExact: boolean): void {
    const { now } = this;
    if (isExact && safe.isPaused === now.isPaused) {
      assert(found.isPaused === safe.isPaused, "topic pause");
    }
    for (const [name, channel] of safe.channels) {
      const current = now.channels.get(name);
      if (current?.life !== channel.life) continue;
      const there = found.channels.get(name);
      assert(there !== undefined, `channel ${name} is there`);
      if (isExact && channel.isPaused === current.isPaused) {
        assert(there.isPaused === channel.isPaused, `${name} paused`);
      }
      this.#mustHave(name, channel.unfinished, current.unfinished, there.unfinished, wallMsMax);
    }
    for (const [name, { unfinished }] of found.channels) {
      const known = safe.channels.has(name) || now.channels.has(name);
      assert(known || now.next > safe.next || safe !== now, `channel ${name} is not there`);
      for (const number of unfinished.keys()) this.#mayBe(name, number, safe);
    }
    for (const number of found.backlog.keys()) this.#mayWait(number, safe);
    for (const number of safe.backlog.keys()) this.#isSomewhere(number, found);
  }

  #mustHave(name: string, safe: Messages, now: Messages, found: Messages, wallMsMax: number): void {
    for (const [number, due] of safe) {
      const dueNow = now.get(number);
      if (dueNow === undefined) continue;
      const foundDue = found.get(number);
      if (foundDue === undefined && this.#mayHaveLost) continue;
      assert(foundDue !== undefined, `${name} has ${number}`);
      if (due !== dueNow) continue;
      const isOverdue = foundDue <= wallMsMax + CLOCK_SLACK_MS;
      const isRight = Math.abs(foundDue - due) < CLOCK_SLACK_MS;
      assert(
        isRight || (isOverdue && due <= wallMsMax),
        `${name} has ${number} at ${due}, not ${foundDue}`,
      );
    }
  }

  #mayBe(name: string, number: number, safe: BookedTopic): void {
    const isKnown = safe.channels.get(name)?.unfinished.has(number) ||
      this.now.channels.get(name)?.unfinished.has(number) || safe.backlog.has(number) ||
      this.now.backlog.has(number);
    assert(
      isKnown || this.refused.has(number) || number >= safe.next,
      `${name} is done with ${number}`,
    );
  }

  #mayWait(number: number, safe: BookedTopic): void {
    const isKnown = safe.backlog.has(number) || this.now.backlog.has(number);
    assert(isKnown || this.refused.has(number) || number >= safe.next, `${number} does not wait`);
  }

  #isSomewhere(number: number, found: BookedTopic): void {
    const { backlog, channels } = this.now;
    const isUnfinished = backlog.has(number) ||
      (channels.size > 0 && [...channels.values()].every((each) => each.unfinished.has(number)));
    if (!isUnfinished) return;
    const isThere = found.backlog.has(number) ||
      [...found.channels.values()].some(({ unfinished }) => unfinished.has(number));
    assert(isThere, `${number} of the backlog is somewhere ${[...found.backlog.keys()]}`);
  }
}
