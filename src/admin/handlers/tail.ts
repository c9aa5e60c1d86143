// GET /api/tail: the messages of a topic as they are published, as Server-Sent Events.

import { VERSION } from "../../base/version.ts";
import { type Call, numberParameter, parameter } from "../call.ts";
import { queryText } from "../cluster.ts";
import { Gathering } from "../gathering.ts";
import type { AdminHost } from "../host.ts";
import { adminError } from "../http_errors.ts";
import { objectOf, objectsAt, textAt } from "../json_fields.ts";
import { nodesOf } from "../nodes_of.ts";
import { askAll } from "../partial.ts";
import { nodeOf, type Producer } from "../producers.ts";

const RATE = { standard: 50, from: 1, to: 500 };

/** GET /api/tail. */
export async function tail(call: Call): Promise<Response> {
  const { host, sender } = call;
  const topic = parameter(call, "topic");
  if (topic === "") throw adminError("MISSING_ARG_TOPIC");
  const gathering = new Gathering(host.log);
  const known = await gathering.take("get nodes", nodesOf(host, topic, parameter(call, "node")));
  if (known.length === 0) throw adminError("TOPIC_NOT_FOUND");
  const producers = await withChannels(host, known, topic);
  if (producers.length === 0) throw adminError("TOPIC_HAS_NO_CHANNEL");
  const { session } = sender;
  const stream = host.tails.open({
    topic,
    producers,
    rate: numberParameter(call, "rate", RATE),
    userAgent: `nsqadmin/${VERSION}`,
    secret: host.client.nsqdToken,
    isAllowed: () =>
      session === undefined ||
      host.access.sessions.find(session.id, host.clock.nowMs()) !== undefined,
  });
  if (stream === undefined) throw adminError("TOO_MANY_TAILS");
  const headers = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
  };
  return new Response(stream, { headers });
}

/** The nodes on which a new channel is not the first. Throws ReplyError `TOPIC_NOT_FOUND` when none has the topic. */
async function withChannels(
  { client }: AdminHost,
  producers: readonly Producer[],
  topic: string,
): Promise<readonly Producer[]> {
  const target = `/stats?format=json&topic=${queryText(topic)}&include_clients=false`;
  const { answers } = await askAll(producers, async (producer) => {
    const page = await client.getJson({ kind: "nsqd", address: nodeOf(producer), target });
    return objectsAt(objectOf(page), "topics").find((one) => textAt(one, "topic_name") === topic);
  });
  const having = answers.flatMap(({ from, answer }) =>
    answer === undefined ? [] : [{ from, answer }]
  );
  if (having.length === 0) throw adminError("TOPIC_NOT_FOUND");
  return having.filter(({ answer }) => objectsAt(answer, "channels").length > 0)
    .map(({ from }) => from);
}
