// SUB, RDY, CLS: becoming a consumer, saying how much one takes, and taking no more.

import { Consumer, localities, type Locality } from "../../queue/consumer.ts";
import { ProtocolError } from "../../wire/errors.ts";
import { CLOSE_WAIT_FRAME, OK_FRAME } from "../../wire/frames.ts";
import type { Handler, Session } from "../session.ts";
import { renewIdentity, requireSubscribe } from "./authorise.ts";
import { numberParameter, requireName, requireParameters } from "./parameters.ts";

/** SUB: makes topic and channel as needed and joins the channel. */
export const sub: Handler = {
  begin(session) {
    if (session.client.negotiated.heartbeatIntervalMs === 0) {
      throw new ProtocolError("E_INVALID", "cannot SUB with heartbeats disabled");
    }
    requireParameters(session, "SUB");
    const { parser } = session;
    requireName("SUB", "topic", parser.parameter(0));
    requireName("SUB", "channel", parser.parameter(1));
    if (session.host.authority !== undefined) renewIdentity(session);
    if (!session.parser.isHeld) awaitChannels(session);
  },
  execute(session) {
    const { client, parser } = session;
    const { topics } = session.host;
    const topicName = parser.parameter(0);
    const channelName = parser.parameter(1);
    if (session.host.authority !== undefined) requireSubscribe(session, topicName, channelName);
    const topic = topics.topic(topicName, session.wallMs);
    const channel = topics.channel(topic, channelName);
    requirePlace(session, topicName, channelName, channel.consumers.size);
    const consumer = new Consumer(session.delivery, {
      messageTimeoutMs: client.negotiated.msgTimeoutMs,
      sampleRate: client.negotiated.sampleRate,
      locality: localityOf(session),
    });
    channel.addConsumer(consumer);
    client.consumer = consumer;
    client.state = "subscribed";
    session.subscription = { topic, channel };
    session.replyWhenStored(topic, "SUB", OK_FRAME);
  },
};

/**
 * A topic begins with the channels it has elsewhere: making it, and waiting for them, comes before making another. The
 * command begins anew then (the parser is held).
 */
function awaitChannels(session: Session): void {
  const { parser, host } = session;
  const topicName = parser.parameter(0);
  if (host.authority !== undefined) requireSubscribe(session, topicName, parser.parameter(1));
  const { expectation } = host.topics.topic(topicName, session.wallMs);
  if (expectation !== undefined) session.doFirst(() => expectation);
}

function requirePlace(session: Session, topic: string, channel: string, consumers: number): void {
  const { maxChannelConsumers } = session.host.settings;
  if (maxChannelConsumers <= 0 || consumers < maxChannelConsumers) return;
  const text =
    `SUB failed consumers for ${topic}:${channel} exceeds limit of ${maxChannelConsumers}`;
  throw new ProtocolError("E_SUB_FAILED", text);
}

/** Two empty zones are the same zone, as with upstream [quirk], but only a client that identified itself has one. */
function localityOf({ client, host }: Session): Locality {
  const { isTopologyAware, negotiation } = host.settings;
  if (!isTopologyAware || !client.isIdentified) return localities.global;
  if (client.topologyZone === negotiation.topologyZone) return localities.zone;
  if (client.topologyRegion === negotiation.topologyRegion) return localities.region;
  return localities.global;
}

/** RDY: how many messages the client takes in flight; not a word in reply. */
export const rdy: Handler = {
  execute(session) {
    const { client, subscription } = session;
    // After CLS the client gets no more messages, whatever it says.
    if (client.state === "closing") return;
    const { maxRdyCount } = session.host.settings;
    const isGiven = session.parser.parameterCount > 0;
    const count = isGiven ? numberParameter(session, 0, "RDY could not parse count") : 1;
    if (count < 0 || count > maxRdyCount) {
      throw new ProtocolError("E_INVALID", `RDY count ${count} out of range 0-${maxRdyCount}`);
    }
    subscription!.channel.setReadyCount(client.consumer!, Number(count));
  },
};

/** CLS: no more messages. The connection stays open, so that messages in flight may still be finished. */
export const cls: Handler = {
  execute(session) {
    const { client, subscription } = session;
    subscription!.channel.setReadyCount(client.consumer!, 0);
    client.state = "closing";
    session.reply(CLOSE_WAIT_FRAME);
  },
};
