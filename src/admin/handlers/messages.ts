// /api/messages and /api/publish: looking at messages, doing something with single ones, publishing. The nsqd's do it; this
// finds those that are concerned and hands on what they say.

import { reasonOf } from "../../base/system_error.ts";
import { isValidName } from "../../wire/names.ts";
import { jsonReply } from "../../web/replies.ts";
import { bodyText, type Call, numberParameter, orBadRequest, parameter } from "../call.ts";
import { queryText } from "../cluster.ts";
import { DaemonRefusal } from "../daemon_client.ts";
import { Gathering } from "../gathering.ts";
import { firstJsonValue } from "../go_json_body.ts";
import { adminError, badRequest, upstreamError } from "../http_errors.ts";
import {
  booleanAt,
  type JsonObject,
  numberAt,
  objectOf,
  objectsAt,
  textAt,
} from "../json_fields.ts";
import { askOurs, isUnknownRoute, type NodeAnswer, nodesOf } from "../nodes_of.ts";
import { AllFailed } from "../partial.ts";
import { nodeOf, type Producer } from "../producers.ts";
import { ReplyError } from "../../web/reply_error.ts";
import { notify } from "./notifying.ts";

const LIMIT = { standard: 50, from: 1, to: 500 };
const BYTES = { standard: 4_096, from: 0, to: 65_536 };
const PUBLISH_BYTES_MAX = 1024 * 1024;

/** GET /api/messages. */
export async function peek(call: Call): Promise<Response> {
  const { host } = call;
  const topic = parameter(call, "topic");
  if (topic === "") throw adminError("MISSING_ARG_TOPIC");
  const gathering = new Gathering(host.log);
  const producers = await gathering.take(
    "get nodes",
    nodesOf(host, topic, parameter(call, "node")),
  );
  const answers = await askOurs(host, producers, peekTarget(call, topic), peekedOf);
  return jsonReply({
    messages: answers.flatMap(({ node, page }) =>
      (page?.messages ?? []).map((message) => ({ node, ...message }))
    ),
    total: answers.reduce((sum, { page }) => sum + (page?.total ?? 0), 0),
    is_complete: answers.every(({ page }) => page?.isComplete ?? true),
    nodes: answers.map(reportOf),
    message: gathering.message,
  });
}

function peekTarget(call: Call, topic: string): string {
  const query = [`topic=${queryText(topic)}`];
  for (const name of ["channel", "state", "format", "id"]) {
    const value = parameter(call, name);
    if (value !== "") query.push(`${name}=${queryText(value)}`);
  }
  query.push(`limit=${numberParameter(call, "limit", LIMIT)}`);
  query.push(`bytes=${numberParameter(call, "bytes", BYTES)}`);
  return `/channel/peek?${query.join("&")}`;
}

/** What an nsqd shows of its messages. */
interface Peeked {
  readonly messages: readonly JsonObject[];
  readonly total: number;
  readonly isComplete: boolean;
}

function peekedOf(page: JsonObject): Peeked {
  return {
    messages: objectsAt(page, "messages"),
    total: numberAt(page, "total"),
    isComplete: booleanAt(page, "is_complete"),
  };
}

function reportOf({ node, supported, error, page }: NodeAnswer<Peeked>) {
  return {
    node,
    supported,
    total: page?.total,
    error: supported ? error : undefined,
  };
}

const MESSAGE_ACTIONS = ["requeue", "finish", "move"] as const;

/** POST /api/messages: does something with one message. */
export async function messageAction(call: Call): Promise<Response> {
  const { host } = call;
  const body = await bodyObject(call);
  const text = (key: string) => textOf(body, key);
  const action = MESSAGE_ACTIONS.find((one) => one === text("action"));
  if (action === undefined) throw adminError("INVALID_ACTION");
  const topic = text("topic");
  const channel = text("channel");
  if (!isValidName(topic)) throw adminError("INVALID_TOPIC");
  if (!isValidName(channel)) throw adminError("INVALID_CHANNEL");
  const destination = text("destination");
  if (action === "move" && !isValidName(destination)) throw adminError("INVALID_TOPIC");
  const { value: [producer] } = await orUpstreamError(nodesOf(host, topic, text("node") || "?"));
  const names = `topic=${queryText(topic)}&channel=${queryText(channel)}&id=${
    queryText(text("id"))
  }`;
  const to = action === "move" ? `&to=${queryText(destination)}` : "";
  await postOn(call, producer!, `/message/${action}?${names}${to}`);
  notify(call, `${action}_message`, { topic, channel, node: nodeOf(producer!) });
  return jsonReply({ message: "" });
}

/** POST /api/publish: one message to one nsqd. */
export async function publish(call: Call): Promise<Response> {
  const body = await bodyObject(call);
  const topic = textOf(body, "topic");
  if (!isValidName(topic)) throw adminError("INVALID_TOPIC");
  const bytes = publishedBytes(body);
  if (bytes.length > PUBLISH_BYTES_MAX) throw adminError("BODY_TOO_BIG");
  const deferMs = body["defer_ms"] ?? 0;
  if (typeof deferMs !== "number" || !Number.isInteger(deferMs) || deferMs < 0) {
    throw badRequest("INVALID_DEFER");
  }
  const producer = await publishingNode(call, topic, textOf(body, "node"));
  const defer = deferMs === 0 ? "" : `&defer=${deferMs}`;
  await postOn(call, producer, `/pub?topic=${queryText(topic)}${defer}`, bytes);
  const node = nodeOf(producer);
  notify(call, "publish", { topic, channel: "", node });
  return jsonReply({ message: "", node });
}

/** The node that is named, else one that has the topic, else any that answers. */
async function publishingNode({ host }: Call, topic: string, node: string): Promise<Producer> {
  if (node === "") {
    const withTopic = await host.cluster.topicProducers(topic).catch(() => undefined);
    const [first] = withTopic?.value ?? [];
    if (first !== undefined) return first;
  }
  const { value: [producer] } = await orUpstreamError(nodesOf(host, "", node));
  if (producer === undefined) throw adminError("NODE_NOT_FOUND");
  return producer;
}

function publishedBytes(body: JsonObject): Uint8Array {
  const encoded = body["body_base64"];
  if (encoded === undefined) return new TextEncoder().encode(textOf(body, "body"));
  try {
    return Uint8Array.fromBase64(textOf(body, "body_base64"));
  } catch {
    throw adminError("INVALID_BODY");
  }
}

async function bodyObject(call: Call): Promise<JsonObject> {
  const text = await bodyText(call);
  const value = orBadRequest(() => firstJsonValue(text));
  try {
    return objectOf(value);
  } catch {
    throw adminError("INVALID_BODY");
  }
}

function textOf(body: JsonObject, key: string): string {
  try {
    return textAt(body, key);
  } catch {
    throw adminError("INVALID_BODY");
  }
}

/** What an nsqd refuses is refused with its own words. */
async function postOn(
  { host }: Call,
  producer: Producer,
  target: string,
  body?: Uint8Array,
): Promise<void> {
  const address = nodeOf(producer);
  try {
    await host.client.post({ kind: "nsqd", address, target, ...body !== undefined && { body } });
  } catch (error) {
    if (isUnknownRoute(error)) throw adminError("NOT_SUPPORTED");
    if (error instanceof DaemonRefusal && error.code !== "" && error.status !== 401) {
      const { status, code } = error;
      throw new ReplyError(code, { status, text: code, meaning: "an nsqd refuses" });
    }
    throw upstreamError(reasonOf(error));
  }
}

async function orUpstreamError<Value>(asked: Promise<Value>): Promise<Value> {
  try {
    return await asked;
  } catch (error) {
    throw error instanceof AllFailed ? upstreamError(error.message) : error;
  }
}
