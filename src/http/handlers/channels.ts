// POST /channel/*: creating, deleting, emptying, pausing. None of them creates the topic.

import type { Channel } from "../../queue/channel.ts";
import type { Topic } from "../../queue/topic.ts";
import { isValidName } from "../../wire/names.ts";
import type { Call } from "../call.ts";
import { HttpError } from "../http_errors.ts";
import { parseQuery } from "../../web/query.ts";
import { changed } from "../storing.ts";
import { emptyReply } from "../../web/replies.ts";

/** The topic of the query, which must exist, and the name of the channel, which need not. */
function topicAndChannelName({ host, queryText }: Call): { topic: Topic; channelName: string } {
  const query = parseQuery(queryText);
  const topicName = query.get("topic");
  if (topicName === undefined) throw new HttpError("MISSING_ARG_TOPIC");
  if (!isValidName(topicName)) throw new HttpError("INVALID_ARG_TOPIC");
  const channelName = query.get("channel");
  if (channelName === undefined) throw new HttpError("MISSING_ARG_CHANNEL");
  if (!isValidName(channelName)) throw new HttpError("INVALID_ARG_CHANNEL");
  const topic = host.topics.get(topicName);
  if (topic === undefined) throw new HttpError("TOPIC_NOT_FOUND");
  return { topic, channelName };
}

function existing(call: Call): { topic: Topic; channel: Channel } {
  const { topic, channelName } = topicAndChannelName(call);
  const channel = topic.channels.get(channelName);
  if (channel === undefined) throw new HttpError("CHANNEL_NOT_FOUND");
  return { topic, channel };
}

/** POST /channel/create. */
export async function createChannel(call: Call): Promise<Response> {
  const { topic, channelName } = topicAndChannelName(call);
  await topic.expectation;
  if (topic.isDeleted) throw new HttpError("TOPIC_NOT_FOUND");
  call.host.topics.channel(topic, channelName);
  await changed(topic);
  await call.host.metadataSaved();
  return emptyReply();
}

/** POST /channel/delete. */
export async function deleteChannel(call: Call): Promise<Response> {
  const { topic, channel } = existing(call);
  call.host.topics.deleteChannel(topic, channel);
  await changed(topic);
  await call.host.metadataSaved();
  return emptyReply();
}

/** POST /channel/empty: drops everything the channel holds, in flight and deferred included. */
export async function emptyChannel(call: Call): Promise<Response> {
  const { topic, channel } = existing(call);
  topic.emptyChannel(channel);
  await changed(topic);
  return emptyReply();
}

/** POST /channel/pause. */
export function pauseChannel(call: Call): Promise<Response> {
  return setPaused(call, true);
}

/** POST /channel/unpause. */
export function unpauseChannel(call: Call): Promise<Response> {
  return setPaused(call, false);
}

async function setPaused(call: Call, isPaused: boolean): Promise<Response> {
  const { topic, channel } = existing(call);
  call.host.topics.setChannelPaused(topic, channel, isPaused);
  await changed(topic);
  await call.host.metadataSaved();
  return emptyReply();
}
