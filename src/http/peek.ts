// What a channel holds, message by message, for those who only look: nothing is consumed, no order and no attempt count
// changes, and cursors stay where they are. What lies on disk only is read for it.
// Invariant: a reply is bounded in messages, in bytes of bodies and in time, and everybody else gets a turn meanwhile.

import type { Batch } from "../queue/batch.ts";
import type { Channel } from "../queue/channel.ts";
import type { InFlightMessage } from "../queue/channel_view.ts";
import type { Consumer } from "../queue/consumer.ts";
import type { Topic } from "../queue/topic.ts";
import { goJson } from "../web/go_json.ts";
import { byteString } from "../base/byte_string.ts";
import type { HttpHost } from "./host.ts";
import { type BodyFormat, bodyOf, idText, shownBody, withBody } from "./shown_message.ts";
import { TimeSlices } from "./time_slices.ts";

/** Where a message can be. */
export const messageStates = ["ready", "in_flight", "deferred", "requeued"] as const;
/** See `messageStates`. */
export type MessageState = typeof messageStates[number];

/** Bytes of bodies in one reply; the first body is always shown. */
const REPLY_BYTES_MAX = 1024 * 1024;
const REPLY_MS_MAX = 5000;

/** What is to be shown. */
export interface PeekRequest {
  readonly topic: Topic;
  /** Undefined: what no channel was given. */
  readonly channel: Channel | undefined;
  readonly state: MessageState;
  /** Messages at most. */
  readonly limit: number;
  /** Bytes of each body at most. */
  readonly bodyBytes: number;
  readonly format: BodyFormat;
  /** Only this message, in whatever state it is; ready ones are not searched. */
  readonly number?: number;
}

/** A message and where it was found. */
interface Found {
  readonly number: number;
  readonly state: MessageState;
  readonly attempts: number;
  readonly batch: Batch | undefined;
  /** Place in the batch. */
  readonly index?: number;
  /** Times on the monotonic clock, ms. */
  readonly dueMs?: number;
  readonly deadlineMs?: number;
  readonly consumer?: Consumer;
}

/** What was found. */
export interface Peeked {
  /** Messages in the state. */
  readonly total: number;
  /** Whether all of them are shown. */
  readonly isComplete: boolean;
  /** Each as JSON. */
  readonly messages: readonly string[];
}

/** Looks. The turn must be settled. */
export async function peek(host: HttpHost, request: PeekRequest): Promise<Peeked> {
  const { clock } = host;
  const { limit, channel, topic } = request;
  const total = totalOf(request);
  const endMs = clock.nowMs() + REPLY_MS_MAX;
  const slices = new TimeSlices(clock);
  const messages: string[] = [];
  let bytes = 0;
  let isComplete = true;
  for await (const found of foundMessages(host, request, endMs)) {
    const isGone = topic.isDeleted || (channel?.isDeleted ?? false);
    if (isGone || messages.length === limit || clock.nowMs() >= endMs) {
      isComplete = false;
      break;
    }
    const batch = found === "late" ? undefined : bodyBatch(request, found);
    if (found === "late" || batch === "failed") isComplete = false;
    else if (batch !== undefined) {
      const body = bodyOf(batch, batch === found.batch ? found.index ?? 0 : 0);
      bytes += Math.min(body.length, request.bodyBytes);
      isComplete = bytes <= REPLY_BYTES_MAX || messages.length === 0;
      if (!isComplete) break;
      messages.push(messageJson(host, request, found, batch, body));
    }
    await slices.pause();
  }
  return { total, isComplete, messages };
}

function totalOf({ topic, channel, state }: PeekRequest): number {
  if (channel === undefined) {
    const deferred = topic.deferred.length;
    return state === "ready" ? topic.depth - deferred : state === "deferred" ? deferred : 0;
  }
  const requeued = channel.view.requeuedCount;
  switch (state) {
    case "ready":
      return channel.depth - requeued;
    case "in_flight":
      return channel.inFlightCount;
    case "deferred":
      return channel.deferredCount;
    case "requeued":
      return requeued;
  }
}

/** "late" stands for what could not be read in time. */
function foundMessages(
  host: HttpHost,
  request: PeekRequest,
  endMs: number,
): AsyncIterable<Found | "late"> | Iterable<Found | "late"> {
  const { state, channel, topic, limit, number } = request;
  if (number !== undefined) return theMessage(request, number);
  if (state === "ready") return readyMessages(host, request, endMs);
  if (channel === undefined) return state === "deferred" ? undistributed(topic, limit + 1) : [];
  // Taken down at once: while the bodies are read the channel goes on.
  if (state === "deferred") {
    return channel.view.deferred.earliest(limit + 1).map((each) => ({ ...each, state }));
  }
  if (state === "requeued") {
    return [...firstOf(channel.view.requeued, limit + 1)].map((each) => ({ ...each, state }));
  }
  return [...firstOf(channel.view.inFlight(), limit + 1)].map(inFlightFound);
}

function inFlightFound({ number, run, consumer }: InFlightMessage): Found {
  const { batch, attempts, deadlineMs } = run;
  const index = number - batch.first;
  return { number, state: "in_flight", attempts, batch, index, deadlineMs, consumer };
}

function* firstOf<Item>(items: Iterable<Item>, count: number): Iterable<Item> {
  for (const item of items) {
    if (count-- === 0) return;
    yield item;
  }
}

function undistributed(topic: Topic, count: number): Found[] {
  return topic.deferred.toSorted((one, other) => one.dueMs - other.dueMs).slice(0, count)
    .map((each) => ({ ...each, attempts: 0, state: "deferred" }));
}

function* theMessage({ channel, topic }: PeekRequest, number: number): Iterable<Found> {
  if (channel === undefined) {
    yield* undistributed(topic, Infinity).filter((each) => each.number === number);
    return;
  }
  const deferred = channel.view.deferred.find(number);
  if (deferred !== undefined) return yield { ...deferred, state: "deferred" };
  for (const each of channel.view.requeued) {
    if (each.number === number) return yield { ...each, state: "requeued" };
  }
  for (const each of channel.view.inFlight()) {
    if (each.number === number) return yield inFlightFound(each);
  }
}

async function* readyMessages(
  { clock }: HttpHost,
  { topic, channel }: PeekRequest,
  endMs: number,
): AsyncIterable<Found | "late"> {
  for (let from = 0;;) {
    const stretch = topic.look(from, channel);
    if (stretch === undefined) return;
    if (stretch === "loading") {
      const leftMs = endMs - clock.nowMs();
      if (leftMs > 0 && await isLoadedWithin(topic, leftMs)) continue;
      return yield "late";
    }
    const { batch, index, count } = stretch;
    for (let at = index; at < index + count; at++) {
      yield { number: batch.first + at, state: "ready", attempts: 0, batch, index: at };
    }
    from = batch.first + index + count;
  }
}

async function isLoadedWithin(topic: Topic, limitMs: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), limitMs);
  void topic.loaded().then(() => resolve(true));
  const isLoaded = await promise;
  clearTimeout(timer);
  return isLoaded;
}

function bodyBatch(
  { channel, topic }: PeekRequest,
  { number, batch }: Found,
): Batch | "failed" | undefined {
  return batch ??
    (channel === undefined ? topic.log.fetch(number) : channel.view.single(number, batch));
}

function messageJson(
  { clock, options }: HttpHost,
  { format, bodyBytes }: PeekRequest,
  { number, state, attempts, dueMs, deadlineMs, consumer }: Found,
  batch: Batch,
  body: Uint8Array<ArrayBuffer>,
): string {
  const wallMs = (monotonicMs: number) => clock.wallMs() + monotonicMs - clock.nowMs();
  const members = {
    id: idText(options.nodeId, number),
    ...batch.foreign && { foreign_id: byteString(batch.foreign.id) },
    state,
    timestamp_ms: batch.wallMs,
    attempts,
    ...dueMs !== undefined && { due_ms: wallMs(dueMs) },
    ...deadlineMs !== undefined && { deadline_ms: wallMs(deadlineMs) },
    ...consumer !== undefined && { client: clientOf(consumer) },
    size: body.length,
    is_truncated: body.length > bodyBytes,
  };
  return withBody(members, shownBody(body, format, bodyBytes));
}

/** null when it is gone, and its messages wait for their timeout. */
function clientOf({ sink, isGone }: Consumer) {
  if (isGone) return null;
  const { client_id, hostname, remote_address } = sink.describe();
  return { client_id, hostname, remote_address };
}

/** The reply as JSON. */
export function peekJson(
  { topic, channel, state }: PeekRequest,
  { total, isComplete, messages }: Peeked,
): string {
  const members = {
    topic: topic.name,
    channel: channel?.name ?? null,
    state,
    total,
    is_complete: isComplete,
  };
  return `${goJson(members).slice(0, -1)},"messages":[${messages.join(",")}]}`;
}
