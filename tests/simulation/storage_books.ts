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

/** What storage says was left of a topic; times on the wall clock. */
export function bookedTopic(stored: StoredTopic | undefined, offsetMs: number): BookedTopic {
  const topic = nothing();
  if (stored === undefined) return topic;
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

  /** The state of this moment, to be called safe later. */
  snapshot(): BookedTopic {
    return copy(this.now);
  }

  /** A durability that promises nothing lost what it lost. */
  forget(): void {
    this.#isForgotten = true;
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

  /** Which messages wait for a channel: storage only counts them, deferred ones apart. */
  #nameBacklog(found: BookedTopic, stored: StoredTopic | undefined): void {
    const known = [this.now, this.powerSafe, this.killSafe].flatMap(({ backlog, channels }) => [
      ...backlog.keys(),
      ...[...channels.values()].flatMap(({ unfinished }) => [...unfinished.keys()]),
    ]);
    const from = stored?.distributed ?? Infinity;
    const isThere = (number: number) => number >= from && !found.backlog.has(number);
    const candidates = [...new Set([...known.sort((a, b) => a - b), ...this.refused])]
      .filter(isThere);
    const count = stored?.undistributedCount ?? 0;
    assert(
      this.#isForgotten || candidates.length >= count,
      `${count} wait for a channel, not ${candidates.length}`,
    );
    for (const number of candidates.slice(0, count)) found.backlog.set(number, 0);
  }

  /** Throws where what was found is not what must be, then goes on from there. */
  restarted(
    stored: StoredTopic | undefined,
    { isPowerCut, isLossy, isGraceful, wallMsMax, offsetMs }: Restart,
  ): void {
    const found = bookedTopic(stored, offsetMs);
    this.#nameBacklog(found, stored);
    const safe = isGraceful ? this.now : isLossy ? this.powerSafe : this.killSafe;
    if (!this.#isForgotten) this.#compare(safe, found, wallMsMax, isLossy);
    this.#isForgotten = false;
    for (const [name, channel] of found.channels) {
      const before = this.now.channels.get(name) ?? this.powerSafe.channels.get(name);
      const life = before?.life ?? channel.life;
      found.channels.set(name, { ...channel, life });
    }
    this.now = found;
    this.killSafe = copy(found);
    if (isPowerCut) this.powerSafe = copy(found);
    this.refused.clear();
  }

  #compare(safe: BookedTopic, found: BookedTopic, wallMsMax: number, isLossy: boolean): void {
    const { now } = this;
    // Where some of what came later is lost, a pause may have been between.
    const isExact = !isLossy && safe.isPaused === now.isPaused;
    if (isExact) assert(found.isPaused === safe.isPaused, "topic pause");
    for (const [name, channel] of safe.channels) {
      const current = now.channels.get(name);
      if (current?.life !== channel.life) continue;
      const there = found.channels.get(name);
      assert(there !== undefined, `channel ${name} is there`);
      if (!isLossy && channel.isPaused === current.isPaused) {
        assert(there.isPaused === channel.isPaused, `${name} paused`);
      }
      this.#mustHave(name, channel.unfinished, current.unfinished, there.unfinished, wallMsMax);
    }
    for (const [name, { unfinished }] of found.channels) {
      const known = safe.channels.has(name) || now.channels.has(name);
      assert(known || now.next > safe.next || safe !== now, `channel ${name} is not there`);
      for (const number of unfinished.keys()) this.#mayBe(name, number, safe);
    }
    for (const number of safe.backlog.keys()) this.#isSomewhere(number, found);
  }

  #mustHave(name: string, safe: Messages, now: Messages, found: Messages, wallMsMax: number): void {
    for (const [number, due] of safe) {
      const dueNow = now.get(number);
      if (dueNow === undefined) continue;
      const foundDue = found.get(number);
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
