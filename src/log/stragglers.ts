// Which unfinished messages of the oldest segments are worth writing again at the end of the log: those that keep little
// alive in much. Weeks of traffic must not stay on disk for what waits among it, and what waits must not be copied over
// and over where nothing would be won. Pure: sizes are asked for.
// Invariant: what it names takes at most a quarter of what can go when it was written again.

import type { PendingMessage } from "./pending_messages.ts";
import type { SegmentFile } from "./topic_folder.ts";
import type { TopicState } from "./topic_state.ts";

/** What is written again may take this share of what becomes free. */
const FREED_PER_WRITTEN = 4;
/** So many segments are weighed at most, */
const SEGMENTS_MAX = 64;
/** and so many messages of each are looked at for their size. */
const SAMPLES_MAX = 4;
/** About what a record has beside the body. */
const RECORD_BYTES = 64;

/** How the weights are found. */
export interface Scales {
  /** Bytes of a segment. */
  segmentBytes(segment: SegmentFile): number;
  /** Bytes of the body of a message; 0 when it cannot be read. */
  messageBytes(number: number): number;
}

/** The segment that message `number` lies in, else the one where it would begin. */
export function segmentOf(segments: readonly SegmentFile[], number: number): SegmentFile {
  return segments.findLast(({ first }) => first <= number) ?? segments[0]!;
}

/** The first number of the segment that a pending message lies in. */
export function placeOf(segments: readonly SegmentFile[], message: PendingMessage): number {
  return message.place?.segment ?? segmentOf(segments, message.number).first;
}

/**
 * The numbers to be written again, for each channel, in order; none when it is not worth it.
 * @param segments all there are
 * @param passed so many of them, the oldest, are needed by nothing but pending messages
 */
export function findStragglers(
  state: TopicState,
  segments: readonly SegmentFile[],
  passed: number,
  scales: Scales,
): Map<string, number[]> {
  const weighed = Math.min(passed, SEGMENTS_MAX);
  const end = weighed > 0 ? worthwhileEnd(state, segments, weighed, scales) : undefined;
  const stragglers = new Map<string, number[]>();
  if (end === undefined) return stragglers;
  for (const [name, { pending }] of state.channels) {
    const numbers: number[] = [];
    for (const message of pending) {
      if (placeOf(segments, message) <= end) numbers.push(message.number);
    }
    if (numbers.length > 0) stragglers.set(name, numbers.sort((one, other) => one - other));
  }
  return stragglers;
}

/** The first number of the segment up to which, soonest, so little is left that writing it again pays. */
function worthwhileEnd(
  state: TopicState,
  segments: readonly SegmentFile[],
  weighed: number,
  scales: Scales,
): number | undefined {
  const census = takeCensus(state, segments);
  let freed = 0;
  let written = 0;
  for (const segment of segments.slice(0, weighed)) {
    const { count, samples } = census.get(segment.first)!;
    written += count * meanBytes(samples, scales);
    // Where nothing is left the segment goes anyway.
    if (written === 0) continue;
    freed += scales.segmentBytes(segment);
    if (written * FREED_PER_WRITTEN <= freed) return segment.first;
  }
  return undefined;
}

interface Inhabitants {
  count: number;
  samples: number[];
}

function takeCensus(
  state: TopicState,
  segments: readonly SegmentFile[],
): Map<number, Inhabitants> {
  const census = new Map<number, Inhabitants>();
  for (const { first } of segments) census.set(first, { count: 0, samples: [] });
  for (const { pending } of state.channels.values()) {
    for (const message of pending) {
      const inhabitants = census.get(placeOf(segments, message));
      if (inhabitants === undefined) continue;
      inhabitants.count++;
      // They come in no order, so that the first ones are as good as any.
      if (inhabitants.samples.length < SAMPLES_MAX) inhabitants.samples.push(message.number);
    }
  }
  return census;
}

function meanBytes(numbers: readonly number[], scales: Scales): number {
  if (numbers.length === 0) return 0;
  let sum = 0;
  for (const number of numbers) sum += RECORD_BYTES + scales.messageBytes(number);
  return sum / numbers.length;
}
