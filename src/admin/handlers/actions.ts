// POST and DELETE below /api/topics and /api/nodes: upstream's actions. Order of checks: body, names, then the cluster.

import { jsonReply } from "../../web/replies.ts";
import { isValidName } from "../../wire/names.ts";
import {
  act,
  create,
  createOnNodes,
  type Outcome,
  remove,
  type SteadyAction,
  steadyActions,
  type Target,
  tombstone,
} from "../actions.ts";
import { bodyText, type Call, orBadRequest } from "../call.ts";
import { Gathering } from "../gathering.ts";
import { bodyTexts, firstJsonValue } from "../go_json_body.ts";
import { adminError } from "../http_errors.ts";
import { notify } from "./notifying.ts";

/** POST /api/topics: creates a topic, and a channel if one is named. */
export async function createTopic(call: Call): Promise<Response> {
  const text = await bodyText(call);
  const { topic, channel } = orBadRequest(() => bodyTexts(text, ["topic", "channel"]));
  if (!isValidName(topic)) throw adminError("INVALID_TOPIC");
  if (channel !== "" && !isValidName(channel)) throw adminError("INVALID_CHANNEL");
  const { cluster } = call.host;
  const gathering = new Gathering(call.host.log);
  const isOnAll = isOnNodes(text);
  if (cluster.isLookedUp || !isOnAll) {
    await gathering.take("create topic/channel", create(cluster, { topic, channel }));
  }
  if (isOnAll) {
    await gathering.take("create topic/channel", createOnNodes(cluster, { topic, channel }));
  }
  notify(call, "create_topic", { topic });
  if (channel !== "") notify(call, "create_channel", { topic, channel });
  return jsonReply({ message: gathering.message });
}

/** Ours: whether the nsqd's are to have it at once. */
function isOnNodes(text: string): boolean {
  const value = firstJsonValue(text);
  return value !== null && typeof value === "object" && "on_nodes" in value &&
    value.on_nodes === true;
}

/** POST /api/topics/:topic and /api/topics/:topic/:channel: pauses, unpauses or empties. */
export async function steadyAction(call: Call): Promise<Response> {
  const target = targetOf(call);
  const text = await bodyText(call);
  const { action: name } = orBadRequest(() => bodyTexts(text, ["action"]));
  const action = steadyActions.find((one): one is SteadyAction => one === name);
  if (action === undefined) throw adminError("INVALID_ACTION");
  // Told whatever becomes of it, as upstream does.
  const tell = () => notify(call, `${action}_${kindOf(target)}`, target);
  return await done(
    call,
    `${action} topic/channel`,
    act(call.host.cluster, target, action).finally(tell),
  );
}

/** DELETE /api/topics/:topic and /api/topics/:topic/:channel. */
export async function deleteTarget(call: Call): Promise<Response> {
  const target = targetOf(call);
  const what = `delete_${kindOf(target)}`;
  const response = await done(call, `delete ${kindOf(target)}`, remove(call.host.cluster, target));
  notify(call, what, target);
  return response;
}

/** DELETE /api/nodes/:node: has a node left out of a topic for a while. */
export async function tombstoneNode(call: Call): Promise<Response> {
  const { segments: [node = ""], host } = call;
  const text = await bodyText(call);
  const { topic } = bodyOrInvalid(() => bodyTexts(text, ["topic"]));
  if (!isValidName(topic)) throw adminError("INVALID_TOPIC");
  const outcome = tombstone(host.cluster, topic, node);
  const response = await done(call, "tombstone node for topic", outcome);
  notify(call, "tombstone_topic_producer", { topic, node });
  return response;
}

function targetOf({ segments: [topic = "", channel = ""] }: Call): Target {
  return { topic, channel };
}

function kindOf({ channel }: Target): "topic" | "channel" {
  return channel === "" ? "topic" : "channel";
}

async function done(call: Call, what: string, outcome: Outcome): Promise<Response> {
  const gathering = new Gathering(call.host.log);
  await gathering.take(what, outcome);
  return jsonReply({ message: gathering.message });
}

function bodyOrInvalid<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (cause) {
    throw Object.assign(adminError("INVALID_BODY"), { cause });
  }
}
