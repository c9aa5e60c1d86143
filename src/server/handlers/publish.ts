// PUB, MPUB, DPUB. The body stays where the connection read it; the topic copies it into a batch.

import type { Topic } from "../../queue/topic.ts";
import { ProtocolError } from "../../wire/errors.ts";
import { OK_FRAME } from "../../wire/frames.ts";
import { type Int64, wrappedDurationMs } from "../../wire/int64.ts";
import type { Handler, Session } from "../session.ts";
import { renewIdentity, requirePublish } from "./authorise.ts";
import { numberParameter, requireName, requireParameters } from "./parameters.ts";

type PublishingCommand = "PUB" | "MPUB" | "DPUB";

function beginPublish(session: Session, name: PublishingCommand): void {
  requireParameters(session, name);
  requireName(name, "topic", session.topicName.read(session.parser));
  if (session.host.authority !== undefined) renewIdentity(session);
}

/** The topic of the command, made if need be, and what this client published to it. */
function target(
  session: Session,
  command: PublishingCommand,
): { topic: Topic; published: { count: number } } {
  const name = session.topicName.value;
  if (session.host.authority !== undefined) requirePublish(session, command, name);
  requireOpen(session, command);
  const topic = session.host.topics.topic(name, session.wallMs);
  return { topic, published: session.client.published(name) };
}

/** @throws {ProtocolError} when nothing is published any more */
function requireOpen({ host }: Session, command: PublishingCommand): void {
  const { publishingRefusal } = host.topics;
  if (publishingRefusal === undefined) return;
  throw new ProtocolError(`E_${command}_FAILED`, `${command} failed ${publishingRefusal}`);
}

/** PUB: one message. */
export const pub: Handler = {
  begin: (session) => beginPublish(session, "PUB"),
  execute(session) {
    const { parser } = session;
    const { topic, published } = target(session, "PUB");
    topic.publish(parser.bytes, parser.bodyStart, parser.bodyEnd, 1, session.wallMs);
    published.count++;
    session.replyWhenStored(topic, "PUB", OK_FRAME);
  },
};

/** MPUB: several messages, all or none. Its topic exists before the body is read, as with upstream. */
export const mpub: Handler = {
  begin(session) {
    beginPublish(session, "MPUB");
    if (session.parser.isHeld) return;
    if (session.host.authority !== undefined) {
      requirePublish(session, "MPUB", session.topicName.value);
    }
    requireOpen(session, "MPUB");
    session.host.topics.topic(session.topicName.value, session.wallMs);
  },
  execute(session) {
    const { parser } = session;
    const { topic, published } = target(session, "MPUB");
    const { batchCount } = parser;
    topic.publish(parser.bytes, parser.bodyStart, parser.bodyEnd, batchCount, session.wallMs);
    published.count += batchCount;
    session.replyWhenStored(topic, "MPUB", OK_FRAME);
  },
};

/** DPUB: one message that is to wait. */
export const dpub: Handler = {
  begin(session) {
    beginPublish(session, "DPUB");
    delayMs(session);
  },
  execute(session) {
    const { parser, wallMs } = session;
    const { topic, published } = target(session, "DPUB");
    const delay = delayMs(session);
    if (delay > 0) {
      const dueMs = session.timeMs() + delay;
      topic.publishDeferred(parser.bytes, parser.bodyStart, parser.bodyEnd, dueMs, wallMs);
    } else topic.publish(parser.bytes, parser.bodyStart, parser.bodyEnd, 1, wallMs);
    published.count++;
    session.replyWhenStored(topic, "DPUB", OK_FRAME);
  },
};

/** The delay in parameter 1. Out of bounds is an error here, where REQ clamps. */
function delayMs(session: Session): number {
  const { maxDeferTimeoutMs } = session.host.settings;
  const given: Int64 = numberParameter(session, 1, "DPUB could not parse timeout");
  const delay = wrappedDurationMs(given);
  if (delay >= 0 && delay <= maxDeferTimeoutMs) return delay;
  const unsigned = BigInt.asUintN(64, BigInt(given));
  const text = `DPUB timeout ${unsigned} out of range 0-${Math.floor(maxDeferTimeoutMs)}`;
  throw new ProtocolError("E_INVALID", text);
}
