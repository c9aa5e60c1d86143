// The topic and the channel that a request names in its query, checked in upstream's order. Nothing is created here.

import type { Channel } from "../queue/channel.ts";
import type { Topic } from "../queue/topic.ts";
import { isValidName } from "../wire/names.ts";
import type { Call } from "./call.ts";
import { HttpError } from "./http_errors.ts";
import { parseQuery, type Query } from "../web/query.ts";

/** The name of the query's topic. Throws HttpError `MISSING_ARG_TOPIC`, `INVALID_ARG_TOPIC`. */
export function topicNameOf(query: Query): string {
  const name = query.get("topic");
  if (name === undefined) throw new HttpError("MISSING_ARG_TOPIC");
  if (!isValidName(name)) throw new HttpError("INVALID_ARG_TOPIC");
  return name;
}

/** The name of the query's channel. Throws HttpError `MISSING_ARG_CHANNEL`, `INVALID_ARG_CHANNEL`. */
export function channelNameOf(query: Query): string {
  const name = query.get("channel");
  if (name === undefined) throw new HttpError("MISSING_ARG_CHANNEL");
  if (!isValidName(name)) throw new HttpError("INVALID_ARG_CHANNEL");
  return name;
}

/** The topic of the query, which must exist, and the name of the channel, which need not. Throws HttpError. */
export function topicAndChannelName(
  { host, queryText }: Call,
): { topic: Topic; channelName: string } {
  const query = parseQuery(queryText);
  const topicName = topicNameOf(query);
  const channelName = channelNameOf(query);
  const topic = host.topics.get(topicName);
  if (topic === undefined) throw new HttpError("TOPIC_NOT_FOUND");
  return { topic, channelName };
}

/** The channel of the query with its topic; both must exist. Throws HttpError. */
export function existingChannel(call: Call): { topic: Topic; channel: Channel } {
  const { topic, channelName } = topicAndChannelName(call);
  const channel = topic.channels.get(channelName);
  if (channel === undefined) throw new HttpError("CHANNEL_NOT_FOUND");
  return { topic, channel };
}

/** Lets a request go on whose sender may consume this channel; empty is none. Throws HttpError `FORBIDDEN`. */
export function requireSubscribe(
  { host, identity }: Call,
  topicName: string,
  channelName: string,
): void {
  if (identity === undefined || identity.maySubscribe(topicName, channelName)) return;
  const what = `${topicName}:${channelName}`;
  host.refusals.add("http_forbidden", `HTTP: ${identity.name} may not subscribe to ${what}`);
  throw new HttpError("FORBIDDEN");
}
