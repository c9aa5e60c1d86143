// GET /channel/peek and POST /message/*: looking at messages, and dealing with single ones that are deferred or requeued.

import type { Channel } from "../../queue/channel.ts";
import type { Topic } from "../../queue/topic.ts";
import { isValidName } from "../../wire/names.ts";
import type { Call } from "../call.ts";
import { HttpError } from "../http_errors.ts";
import { existingChannel, requireSubscribe, topicNameOf } from "../named_channel.ts";
import { type MessageState, messageStates, peek, peekJson, type PeekRequest } from "../peek.ts";
import { bodyFormatOf, bodyOf, numberOfQuery } from "../shown_message.ts";
import { parseQuery, type Query } from "../../web/query.ts";
import { emptyReply, jsonTextReply } from "../../web/replies.ts";
import { changed, published } from "../storing.ts";
import { numberOf } from "../whole_numbers.ts";

const LIMIT = { from: 1, to: 1000, otherwise: 20, code: "INVALID_ARG_LIMIT" } as const;
const BODY_BYTES = {
  from: 0,
  to: 1024 * 1024,
  otherwise: 4096,
  code: "INVALID_ARG_BYTES",
} as const;
const SIZE_BYTES = 4;

/** GET /channel/peek. */
export async function peekChannel(call: Call): Promise<Response> {
  const { host, queryText } = call;
  const query = parseQuery(queryText);
  const { topic, channel } = place(call, query);
  requireSubscribe(call, topic.name, channel?.name ?? "");
  const request: PeekRequest = {
    topic,
    channel,
    state: stateOf(query),
    limit: numberOf(query, "limit", LIMIT),
    bodyBytes: numberOf(query, "bytes", BODY_BYTES),
    format: bodyFormatOf(query),
    ...query.has("id") && { number: numberOfQuery(query, host.options.nodeId) },
  };
  host.settle();
  const peeked = await peek(host, request);
  if (request.number !== undefined && peeked.messages.length === 0) {
    throw new HttpError("MESSAGE_NOT_FOUND");
  }
  return jsonTextReply(peekJson(request, peeked));
}

/** Without a channel it is about the topic. */
function place(call: Call, query: Query): { topic: Topic; channel: Channel | undefined } {
  if (query.has("channel")) return existingChannel(call);
  const topic = call.host.topics.get(topicNameOf(query));
  if (topic === undefined) throw new HttpError("TOPIC_NOT_FOUND");
  return { topic, channel: undefined };
}

function stateOf(query: Query): MessageState {
  const name = query.get("state") ?? "ready";
  const state = messageStates.find((each) => each === name);
  if (state === undefined) throw new HttpError("INVALID_ARG_STATE");
  return state;
}

/** A message that is named in the query, with where it should be. */
function target(call: Call): { topic: Topic; channel: Channel; number: number; query: Query } {
  const { topic, channel } = existingChannel(call);
  requireSubscribe(call, topic.name, channel.name);
  const query = parseQuery(call.queryText);
  return { topic, channel, query, number: numberOfQuery(query, call.host.options.nodeId) };
}

/** POST /message/requeue: a deferred message comes at once. */
export async function requeueMessage(call: Call): Promise<Response> {
  const { topic, channel, number } = target(call);
  if (!channel.singles.requeue(number)) throw new HttpError("MESSAGE_NOT_FOUND");
  await changed(topic);
  return emptyReply();
}

/** POST /message/finish: a deferred or requeued message is done. */
export async function finishMessage(call: Call): Promise<Response> {
  const { topic, channel, number } = target(call);
  if (!channel.singles.finish(number)) throw new HttpError("MESSAGE_NOT_FOUND");
  await changed(topic);
  return emptyReply();
}

/** POST /message/move: it is published to another topic, and only when that is stored done here. */
export async function moveMessage(call: Call): Promise<Response> {
  const { topic, channel, number, query } = target(call);
  const name = destinationOf(call, query);
  const claim = channel.singles.claim(number);
  if (claim === undefined) throw new HttpError("MESSAGE_NOT_FOUND");
  let isMoved = false;
  try {
    const batch = channel.view.single(number, claim.batch);
    if (batch === undefined || batch === "failed") throw new HttpError("MESSAGE_NOT_FOUND");
    await publishTo(call, name, bodyOf(batch, 0));
    isMoved = true;
  } finally {
    channel.singles.settle(number, isMoved);
  }
  await changed(topic);
  return emptyReply();
}

function destinationOf({ host, identity }: Call, query: Query): string {
  const name = query.get("to");
  if (name === undefined) throw new HttpError("MISSING_ARG_TO");
  if (!isValidName(name)) throw new HttpError("INVALID_ARG_TO");
  if (identity === undefined || identity.mayPublish(name)) return name;
  host.refusals.add("http_forbidden", `HTTP: ${identity.name} may not publish to ${name}`);
  throw new HttpError("FORBIDDEN");
}

async function publishTo({ host }: Call, name: string, body: Uint8Array): Promise<void> {
  const wallMs = host.clock.wallMs();
  const topic = host.topics.topic(name, wallMs);
  const bytes = new Uint8Array(SIZE_BYTES + body.length);
  new DataView(bytes.buffer).setInt32(0, body.length);
  bytes.set(body, SIZE_BYTES);
  topic.publish(bytes, 0, bytes.length, 1, wallMs);
  await published(topic);
}
