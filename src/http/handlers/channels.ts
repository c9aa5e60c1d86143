// POST /channel/*: creating, deleting, emptying, pausing. None of them creates the topic.

import type { Call } from "../call.ts";
import { HttpError } from "../http_errors.ts";
import { existingChannel, topicAndChannelName } from "../named_channel.ts";
import { changed } from "../storing.ts";
import { emptyReply } from "../../web/replies.ts";

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
  const { topic, channel } = existingChannel(call);
  call.host.topics.deleteChannel(topic, channel);
  await changed(topic);
  await call.host.metadataSaved();
  return emptyReply();
}

/** POST /channel/empty: drops everything the channel holds, in flight and deferred included. */
export async function emptyChannel(call: Call): Promise<Response> {
  const { topic, channel } = existingChannel(call);
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
  const { topic, channel } = existingChannel(call);
  call.host.topics.setChannelPaused(topic, channel, isPaused);
  await changed(topic);
  await call.host.metadataSaved();
  return emptyReply();
}
