// GET /sub and /get, POST /fin, /req and /touch: consuming over HTTP.

import type { Call } from "../call.ts";
import { EventStream } from "../event_stream.ts";
import type { Place } from "../http_consumers.ts";
import { HttpError } from "../http_errors.ts";
import { channelNameOf, existingChannel, requireSubscribe, topicNameOf } from "../named_channel.ts";
import { originHeaders } from "../origin.ts";
import type { Seat, SeatClient, SeatSettings } from "../seat.ts";
import { bodyFormatOf, numberOfQuery } from "../shown_message.ts";
import { SocketOutlet } from "../socket_outlet.ts";
import { changed } from "../storing.ts";
import { numberOf } from "../whole_numbers.ts";
import { isUpgrade, upgraded } from "../../web/socket_upgrade.ts";
import { endStream } from "../../web/stream_end.ts";
import { parseQuery, type Query } from "../../web/query.ts";
import { emptyReply } from "../../web/replies.ts";

const COUNT = { from: 1, to: 1000, otherwise: 1, code: "INVALID_ARG_COUNT" } as const;
const WAIT = { from: 0, to: 600_000, otherwise: 30_000, code: "INVALID_ARG_WAIT" } as const;
const SAMPLE_RATE = { from: 0, to: 99, otherwise: 0, code: "INVALID_ARG_SAMPLE_RATE" } as const;
/** Tails are to be quick; whoever answers for each message begins with one. */
const FINISHING_IN_FLIGHT = 100;

/** Topic and channel of the query, made as needed. */
async function joinedPlace(call: Call, query: Query): Promise<Place> {
  const topicName = topicNameOf(query);
  const channelName = channelNameOf(query);
  requireSubscribe(call, topicName, channelName);
  const { topics, clock } = call.host;
  await topics.topic(topicName, clock.wallMs()).expectation;
  const topic = topics.topic(topicName, clock.wallMs());
  const channel = topics.channel(topic, channelName);
  await changed(topic);
  if (channel.isDeleted) throw new HttpError("CHANNEL_NOT_FOUND");
  return { topic, channel };
}

function seatSettings({ host }: Call, query: Query): SeatSettings {
  const { msgTimeout, maxMsgTimeout, nodeId } = host.options;
  return {
    messageTimeoutMs: numberOf(query, "msg_timeout", {
      from: 1,
      to: maxMsgTimeout,
      otherwise: msgTimeout,
      code: "INVALID_ARG_MSG_TIMEOUT",
    }),
    sampleRate: numberOf(query, "sample_rate", SAMPLE_RATE),
    isFinishing: isFinishing(query),
    format: bodyFormatOf(query),
    nodeId,
  };
}

function isFinishing(query: Query): boolean {
  const fin = query.get("fin");
  if (fin !== undefined && fin !== "auto") throw new HttpError("INVALID_ARG_FIN");
  return fin === "auto";
}

function clientOf({ request, remote }: Call): SeatClient {
  return { address: remote(), userAgent: request.headers.get("user-agent") ?? "" };
}

/** GET /sub: messages as they come, as server-sent events or over a WebSocket. */
export async function subscribe(call: Call): Promise<Response> {
  const headers = originHeaders(call);
  const query = parseQuery(call.queryText);
  const settings = seatSettings(call, query);
  const readyCount = numberOf(query, "max_in_flight", {
    from: 1,
    to: call.host.options.maxRdyCount,
    otherwise: settings.isFinishing ? FINISHING_IN_FLIGHT : 1,
    code: "INVALID_ARG_MAX_IN_FLIGHT",
  });
  const place = await joinedPlace(call, query);
  const join = isUpgrade(call.request) ? joinBySocket : joinByEvents;
  return join(call, place, settings, readyCount, headers);
}

function joinByEvents(
  call: Call,
  place: Place,
  settings: SeatSettings,
  readyCount: number,
  headers: Readonly<Record<string, string>>,
): Response {
  const { httpConsumers } = call.host;
  const stream = new EventStream(() => httpConsumers.nowMs(), headers);
  stream.seat = httpConsumers.join(place, stream, clientOf(call), settings);
  stream.seat.setReadyCount(readyCount);
  return stream.response;
}

function joinBySocket(
  call: Call,
  place: Place,
  settings: SeatSettings,
  readyCount: number,
): Response {
  const { httpConsumers, options } = call.host;
  const bounds = {
    readyCountMax: options.maxRdyCount,
    delayMsMax: options.maxReqTimeout,
    nodeId: options.nodeId,
  };
  const client = clientOf(call);
  const outlet = new SocketOutlet(bounds, () => httpConsumers.nowMs());
  httpConsumers.requireRoom(place);
  const upgrade = upgraded(call.request, outlet);
  if (upgrade === undefined) throw new HttpError("INVALID_UPGRADE");
  outlet.link = upgrade.link;
  outlet.seat = httpConsumers.join(place, outlet, client, settings);
  outlet.seat.setReadyCount(readyCount);
  return upgrade.response;
}

/** GET /get: waits for messages, and answers with what came. */
export async function poll(call: Call): Promise<Response> {
  const headers = originHeaders(call);
  const query = parseQuery(call.queryText);
  const count = numberOf(query, "count", COUNT);
  const waitMs = numberOf(query, "wait", WAIT);
  const settings = { ...seatSettings(call, query), isFinishing: false };
  const place = await joinedPlace(call, query);
  const outlet = call.host.httpConsumers.poll(place, clientOf(call), settings);
  let cancel = () => {};
  // A body that comes later: so it is known at once when nobody waits for it any more.
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      cancel = outlet.wait(count, waitMs, (messages) => {
        endStream(controller, new TextEncoder().encode(`{"messages":[${messages.join(",")}]}`));
      });
    },
    cancel: () => cancel(),
  });
  const type = { "Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store" };
  return new Response(body, { headers: { ...type, ...headers } });
}

/** POST /fin: a message is done. */
export function finish(call: Call): Promise<Response> {
  return answerFor(call, (seat, number) => seat.finish(number));
}

/** POST /req: a message is to come again, now or later. */
export function requeue(call: Call): Promise<Response> {
  const { maxReqTimeout } = call.host.options;
  const bounds = { from: 0, to: 1e15, otherwise: 0, code: "INVALID_ARG_DELAY" } as const;
  const delayMs = numberOf(parseQuery(call.queryText), "delay", bounds);
  return answerFor(
    call,
    (seat, number) => seat.requeue(number, Math.min(delayMs, maxReqTimeout)),
  );
}

/** POST /touch: the timeout of a message starts again. */
export function touch(call: Call): Promise<Response> {
  return answerFor(call, (seat, number) => seat.touch(number));
}

async function answerFor(
  call: Call,
  act: (seat: Seat, number: number) => boolean,
): Promise<Response> {
  const headers = originHeaders(call);
  const { topic, channel } = existingChannel(call);
  requireSubscribe(call, topic.name, channel.name);
  const number = numberOfQuery(parseQuery(call.queryText), call.host.options.nodeId);
  const seat = call.host.httpConsumers.holder(channel, number);
  if (seat === undefined || !act(seat, number)) throw new HttpError("MESSAGE_NOT_IN_FLIGHT");
  await changed(topic);
  const reply = emptyReply();
  for (const [name, value] of Object.entries(headers)) reply.headers.set(name, value);
  return reply;
}
