// The last hour of every topic, every channel and the whole node, a sample every 15 s, for charts without a database. One
// walk over all topics a step; one in which nothing happens costs a few comparisons and no memory.
// Invariant: at most SERIES_MAX rings, so at most SERIES_MAX * RING_BYTES (34.6 MB), however many topics there are.

import type { Channel } from "./channel.ts";
import { OldestAges } from "./oldest_ages.ts";
import { type Sample, SampleRing, STEP_MS, STEPS_KEPT } from "./sample_ring.ts";
import type { Topic } from "./topic.ts";
import type { Topics } from "./topics.ts";

/** So many topics and channels have a history at a time; those that were the first to do something keep theirs. */
export const SERIES_MAX = 4000;
/** The walk lets others have a turn after so many topics. */
const TOPICS_AT_ONCE = 100;

/** What a history is kept of. */
type Owner = Topic | Channel;

/** Counters that only grow, and what is there now. */
interface Reading {
  readonly depth: number;
  readonly inFlight: number;
  readonly deferred: number;
  readonly messages: number;
  readonly requeues: number;
  readonly timeouts: number;
  readonly oldestAgeMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface Series {
  readonly ring: SampleRing;
  reading: Reading;
}

/** Some samples of one series. */
export interface Samples {
  /** When the last of them was taken, ms since the Unix epoch. */
  readonly endMs: number;
  /** The oldest first. */
  readonly rows: readonly Sample[];
}

const NOTHING: Reading = {
  depth: 0,
  inFlight: 0,
  deferred: 0,
  messages: 0,
  requeues: 0,
  timeouts: 0,
  oldestAgeMs: NaN,
  p50Ms: NaN,
  p99Ms: NaN,
};

/** Keeps the last hour. */
export class History {
  readonly ages = new OldestAges();
  readonly #topics: Topics;
  readonly #series = new Map<Owner, Series>();
  /** What those without a series read last, when that was not nothing. */
  readonly #baselines = new WeakMap<Owner, Reading>();
  #node: Series | undefined;
  #step = -1;
  #endMs = 0;

  constructor(topics: Topics) {
    this.#topics = topics;
  }

  /** How many topics and channels have a history. */
  get seriesCount(): number {
    return this.#series.size;
  }

  /**
   * Takes the sample of the step that `nowMs` (monotonic) lies in, piece by piece: others should have a turn whenever it
   * yields. Nothing when it was taken already.
   */
  *sample(nowMs: number, wallMs: number): Iterable<void> {
    const step = Math.floor(nowMs / STEP_MS);
    if (step <= this.#step) return;
    let left = TOPICS_AT_ONCE;
    let node = NOTHING;
    for (const topic of this.#topics.all.values()) {
      node = sum(node, this.#sampleTopic(topic, step, wallMs));
      if (--left > 0) continue;
      left = TOPICS_AT_ONCE;
      yield;
    }
    this.#node = written(this.#node, step, node, this.#node?.reading ?? NOTHING);
    this.#tidy(step);
    this.#step = step;
    this.#endMs = wallMs;
  }

  #sampleTopic(topic: Topic, step: number, wallMs: number): Reading {
    let reading = {
      ...NOTHING,
      depth: topic.depth - topic.deferred.length,
      deferred: topic.deferred.length,
      oldestAgeMs: this.ages.ofTopic(topic, wallMs),
    };
    for (const channel of topic.channels.values()) {
      const channelReading = this.#readChannel(channel, wallMs);
      this.#keep(channel, step, channelReading);
      reading = sum(reading, channelReading);
    }
    reading = { ...reading, messages: topic.messageCount };
    this.#keep(topic, step, reading);
    return reading;
  }

  #readChannel(channel: Channel, wallMs: number): Reading {
    const { counters } = channel;
    counters.latency.endStep();
    return {
      depth: channel.depth,
      inFlight: channel.inFlightCount,
      deferred: channel.deferredCount,
      messages: counters.messageCount,
      requeues: counters.requeueCount,
      timeouts: counters.timeoutCount,
      oldestAgeMs: this.ages.ofChannel(channel, wallMs),
      ...counters.latency.latest,
    };
  }

  /** A series begins with the first thing that happens, if there is room for it. */
  #keep(owner: Owner, step: number, reading: Reading): void {
    const series = this.#series.get(owner);
    const before = series?.reading ?? this.#baselines.get(owner) ?? NOTHING;
    if (isSame(reading, before)) return;
    if (series !== undefined || this.#series.size < SERIES_MAX) {
      this.#series.set(owner, written(series, step, reading, before));
    } else this.#baselines.set(owner, reading);
  }

  /** What is gone has no history, nor has what was empty for as long as is remembered. */
  #tidy(step: number): void {
    for (const [owner, { ring, reading }] of this.#series) {
      const isEmpty = reading.depth + reading.inFlight + reading.deferred === 0;
      const isForgotten = isEmpty && ring.lastStep < step - STEPS_KEPT;
      if (!owner.isDeleted && !isForgotten) continue;
      this.#series.delete(owner);
      this.#baselines.set(owner, reading);
    }
  }

  /** The samples of a topic, a channel, or without an owner of the node, that were taken after `sinceMs` (wall clock). */
  samples(owner: Owner | undefined, sinceMs: number): Samples {
    const series = owner === undefined ? this.#node : this.#series.get(owner);
    const count = Math.ceil((this.#endMs - sinceMs) / STEP_MS);
    return { endMs: this.#endMs, rows: series?.ring.rows(this.#step, count) ?? [] };
  }
}

/** Writes the step into the ring, which is made where there is none. What was deleted takes its counts along. */
function written(
  series: Series | undefined,
  step: number,
  reading: Reading,
  before: Reading,
): Series {
  const sample: Sample = {
    depth: reading.depth,
    in_flight: reading.inFlight,
    deferred: reading.deferred,
    messages: Math.max(0, reading.messages - before.messages),
    requeues: Math.max(0, reading.requeues - before.requeues),
    timeouts: Math.max(0, reading.timeouts - before.timeouts),
    oldest_age_ms: reading.oldestAgeMs,
    latency_p50_ms: reading.p50Ms,
    latency_p99_ms: reading.p99Ms,
  };
  if (series === undefined) return { ring: new SampleRing(step, sample), reading };
  series.ring.write(step, sample);
  series.reading = reading;
  return series;
}

/** Whether nothing happened in between; that a message grew older is nothing. */
function isSame(one: Reading, other: Reading): boolean {
  return one.messages === other.messages && one.depth === other.depth &&
    one.inFlight === other.inFlight && one.deferred === other.deferred &&
    one.requeues === other.requeues && one.timeouts === other.timeouts && Number.isNaN(one.p50Ms);
}

/** Counts of both, and the worst of what cannot be added. */
function sum(one: Reading, other: Reading): Reading {
  return {
    depth: one.depth + other.depth,
    inFlight: one.inFlight + other.inFlight,
    deferred: one.deferred + other.deferred,
    messages: one.messages + other.messages,
    requeues: one.requeues + other.requeues,
    timeouts: one.timeouts + other.timeouts,
    oldestAgeMs: worst(one.oldestAgeMs, other.oldestAgeMs),
    p50Ms: worst(one.p50Ms, other.p50Ms),
    p99Ms: worst(one.p99Ms, other.p99Ms),
  };
}

function worst(one: number, other: number): number {
  if (Number.isNaN(one)) return other;
  return Number.isNaN(other) ? one : Math.max(one, other);
}
