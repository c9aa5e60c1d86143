// POST /pub and /mpub. The order of the checks is upstream's, and so is what has happened when one fails: the topic is
// created before `defer` is looked at, and before the body of /mpub is.

import type { Topic } from "../../queue/topic.ts";
import { isValidName } from "../../wire/names.ts";
import { wrappedDurationMs } from "../../wire/int64.ts";
import { checkBinaryBatch } from "../binary_batch.ts";
import type { Call } from "../call.ts";
import type { HttpHost } from "../host.ts";
import { HttpError } from "../http_errors.ts";
import { LineBatch, writeInt32 } from "../line_batch.ts";
import { parseQuery, type Query, switchOf } from "../../web/query.ts";
import { okReply } from "../../web/replies.ts";
import { announcedLength, eachPiece, HEADROOM_BYTES, readBody } from "../request_body.ts";
import { published } from "../storing.ts";

const INT64_MAX = 2n ** 63n - 1n;
/** A sign may stand in front. Zeros in front count, up to here: BigInt reads a million digits in 80 ms. */
const INTEGER = /^[+-]?[0-9]{1,100}$/;

/** The topic of the query, created where there is none. */
function publishedTopic({ host, identity }: Call, query: Query): Topic {
  const name = query.get("topic");
  if (name === undefined) throw new HttpError("MISSING_ARG_TOPIC");
  if (!isValidName(name)) throw new HttpError("INVALID_TOPIC");
  if (identity !== undefined && !identity.mayPublish(name)) {
    host.refusals.add("http_forbidden", `HTTP: ${identity.name} may not publish to ${name}`);
    throw new HttpError("FORBIDDEN");
  }
  if (host.topics.publishingRefusal !== undefined) throw new HttpError("DRAINING");
  return host.topics.get(name) ?? host.topics.topic(name, host.clock.wallMs());
}

/** POST /pub: one message. */
export async function pub(call: Call): Promise<Response> {
  const { host, request, queryText } = call;
  const { maxMsgSize, maxReqTimeout, maxDeferTimeout } = host.options;
  const length = announcedLength(request);
  if (length !== undefined && length > maxMsgSize) throw new HttpError("MSG_TOO_BIG");
  using body = await readBody(call, length, maxMsgSize + 1);
  if (body.length > maxMsgSize) throw new HttpError("MSG_TOO_BIG");
  if (body.length === 0) throw new HttpError("MSG_EMPTY");
  const query = parseQuery(queryText);
  const topic = publishedTopic(call, query);
  const defer = query.get("defer");
  const delayMs = defer === undefined ? 0 : deferMs(defer, maxDeferTimeout || maxReqTimeout);
  const { bytes, end } = body;
  const { clock } = host;
  writeInt32(bytes, 0, body.length);
  if (delayMs === 0) topic.publish(bytes, 0, end, 1, clock.wallMs());
  else topic.publishDeferred(bytes, 0, end, clock.nowMs() + delayMs, clock.wallMs());
  await published(topic);
  return okReply();
}

/** A delay as upstream reads it: milliseconds in 64 bits, whose nanoseconds wrap around unchecked [quirk]. */
function deferMs(text: string, maxReqTimeoutMs: number): number {
  if (!INTEGER.test(text)) throw new HttpError("INVALID_DEFER");
  const milliseconds = BigInt(text.replace("+", ""));
  if (milliseconds < 0n || milliseconds > INT64_MAX) throw new HttpError("INVALID_DEFER");
  const delayMs = wrappedDurationMs(milliseconds);
  if (delayMs < 0 || delayMs > maxReqTimeoutMs) throw new HttpError("INVALID_DEFER");
  return delayMs;
}

/** POST /mpub: several messages, all or none. */
export async function mpub(call: Call): Promise<Response> {
  const { host, request, queryText } = call;
  const { options } = host;
  const length = announcedLength(request);
  if (length !== undefined && length > options.maxBodySize) throw new HttpError("BODY_TOO_BIG");
  const query = parseQuery(queryText);
  const topic = publishedTopic(call, query);
  const publish = isBinary(host, query) ? publishBinary : publishLines;
  await publish(call, topic, length);
  return okReply();
}

function isBinary({ log }: HttpHost, query: Query): boolean {
  const value = query.get("binary");
  if (value === undefined) return false;
  const isBinary = switchOf(query, "binary");
  if (isBinary === undefined) {
    log.warn(`HTTP: /mpub takes binary=${JSON.stringify(value)} for true; write binary=true`);
  }
  return isBinary ?? true;
}

async function publishLines(
  call: Call,
  topic: Topic,
  length: number | undefined,
): Promise<void> {
  using batch = new LineBatch(call.host.options);
  await eachPiece(call, length, (piece) => batch.take(piece));
  batch.finish();
  await publish(call.host, topic, batch.bytes, { start: 0, end: batch.end, count: batch.count });
}

async function publishBinary(
  call: Call,
  topic: Topic,
  length: number | undefined,
): Promise<void> {
  const { options } = call.host;
  using body = await readBody(call, length, options.maxBodySize + 1);
  // Upstream reads a chunked batch of any size; here it ends where an announced one would.
  if (body.length > options.maxBodySize) throw new HttpError("BODY_TOO_BIG");
  const batch = checkBinaryBatch(body.bytes, HEADROOM_BYTES, body.end, options);
  await publish(call.host, topic, body.bytes, batch);
}

async function publish(
  host: HttpHost,
  topic: Topic,
  bytes: Uint8Array,
  { start, end, count }: { start: number; end: number; count: number },
): Promise<void> {
  const present = stillThere(host, topic);
  if (count === 0) return;
  present.publish(bytes, start, end, count, host.clock.wallMs());
  await published(present);
}

/**
 * The topic existed when the request came. Deleting it meanwhile must not bring it back; an ephemeral one that went with
 * its last channel comes anew, as it would for a request a moment later.
 */
function stillThere({ topics, clock }: HttpHost, topic: Topic): Topic {
  if (!topic.isDeleted) return topic;
  if (!topic.isEphemeral) throw new HttpError("EXITING");
  return topics.topic(topic.name, clock.wallMs());
}
