// POST /topic/*: creating, deleting, emptying, pausing. The first two names of an endpoint's errors differ between
// endpoints; that is upstream's doing.

import type { Topic } from "../../queue/topic.ts";
import { isValidName } from "../../wire/names.ts";
import type { Call } from "../call.ts";
import { HttpError } from "../http_errors.ts";
import { parseQuery } from "../../web/query.ts";
import { changed } from "../storing.ts";
import { emptyReply } from "../../web/replies.ts";

function topicName({ queryText }: Call): string {
  const name = parseQuery(queryText).get("topic");
  if (name === undefined) throw new HttpError("MISSING_ARG_TOPIC");
  return name;
}

function validTopicName(call: Call): string {
  const name = topicName(call);
  if (!isValidName(name)) throw new HttpError("INVALID_TOPIC");
  return name;
}

function existingTopic({ host }: Call, name: string): Topic {
  const topic = host.topics.get(name);
  if (topic === undefined) throw new HttpError("TOPIC_NOT_FOUND");
  return topic;
}

/** POST /topic/create. */
export async function createTopic(call: Call): Promise<Response> {
  const { topics, clock } = call.host;
  await topics.topic(validTopicName(call), clock.wallMs()).expectation;
  await call.host.metadataSaved();
  return emptyReply();
}

/** POST /topic/delete. */
export async function deleteTopic(call: Call): Promise<Response> {
  const topic = existingTopic(call, topicName(call));
  call.host.topics.delete(topic);
  await changed(topic);
  await call.host.metadataSaved();
  return emptyReply();
}

/** POST /topic/empty: drops what no channel was given yet. */
export async function emptyTopic(call: Call): Promise<Response> {
  const topic = existingTopic(call, validTopicName(call));
  topic.empty();
  await changed(topic);
  return emptyReply();
}

/** POST /topic/pause. */
export function pauseTopic(call: Call): Promise<Response> {
  return setPaused(call, true);
}

/** POST /topic/unpause. */
export function unpauseTopic(call: Call): Promise<Response> {
  return setPaused(call, false);
}

async function setPaused(call: Call, isPaused: boolean): Promise<Response> {
  const topic = existingTopic(call, topicName(call));
  call.host.topics.setTopicPaused(topic, isPaused);
  await changed(topic);
  await call.host.metadataSaved();
  return emptyReply();
}
