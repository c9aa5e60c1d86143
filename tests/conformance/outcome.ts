/**
 * Turns what arrived (a frame, an HTTP reply) into the outcome that the vectors expect.
 *
 * Knows the layouts of frames and messages; waits for nothing. An outcome never contains anything
 * that differs between two correct runs.
 */
import type { CaseNames } from "./case_names.ts";
import type { Received } from "./connection.ts";
import type { HttpReply } from "./http_exchange.ts";
import { describeBytes, isNow, normaliseJson, normaliseStatsPage } from "./normalise.ts";
import type { Json } from "./vectors.ts";

const FRAME_RESPONSE = 0;
const FRAME_ERROR = 1;
const FRAME_MESSAGE = 2;
const TYPE_BYTES = 4;

// a message: timestamp (8 bytes), attempts (2), id (16), body
const ATTEMPTS_AT = 8;
const ID_AT = 10;
const BODY_AT = 26;

const COMPARED_HEADERS = ["content-type", "x-nsq-content-type", "allow", "location"] as const;

/** The id of a message frame, exactly as sent, or null for any other frame. */
export function messageIdOf(received: Received): string | null {
  if (received.kind !== "frame" || received.data.length < TYPE_BYTES + BODY_AT) return null;
  const { type, rest } = splitFrame(received.data);
  return type === FRAME_MESSAGE ? latin1(rest.subarray(ID_AT, BODY_AT)) : null;
}

/** The outcome of a V2 frame; a message's id is given as `idText` writes it. */
export function frameOutcome(
  received: Received,
  names: CaseNames,
  idText: (id: string) => string = (id) => names.idLabel(id),
): Json {
  if (!("data" in received)) return received.kind;
  if (received.kind !== "frame") return { [received.kind]: describeBytes(received.data) };
  if (received.data.length < TYPE_BYTES) return { "short frame": received.data.toHex() };
  const { type, rest } = splitFrame(received.data);
  if (type === FRAME_RESPONSE) return responseOutcome(rest, names);
  if (type === FRAME_ERROR) return { error: labelled(describeBytes(rest), names) };
  if (type === FRAME_MESSAGE) return messageOutcome(rest, idText);
  return { "frame type": type, data: describeBytes(rest) };
}

/** The outcome of a V1 frame: all of it is the reply. */
export function replyOutcome(received: Received, names: CaseNames): Json {
  if (!("data" in received)) return received.kind;
  if (received.kind !== "frame") return { [received.kind]: describeBytes(received.data) };
  const document = received.data[0] === "{".charCodeAt(0) ? parseJson(received.data) : undefined;
  if (document !== undefined) return { reply_json: normaliseJson(document, names) };
  return { reply: labelled(describeBytes(received.data), names) };
}

function splitFrame(data: Uint8Array): { type: number; rest: Uint8Array } {
  return { type: viewOf(data).getInt32(0), rest: data.subarray(TYPE_BYTES) };
}

function responseOutcome(data: Uint8Array, names: CaseNames): Json {
  if (data[0] === "{".charCodeAt(0)) {
    const document = parseJson(data);
    if (document !== undefined) return { response_json: normaliseJson(document, names) };
  }
  return { response: labelled(describeBytes(data), names) };
}

function messageOutcome(data: Uint8Array, idText: (id: string) => string): Json {
  if (data.length < BODY_AT) return { "short message": data.toHex() };
  const outcome: { [key: string]: Json } = {
    message: describeBytes(data.subarray(BODY_AT)),
    attempts: viewOf(data).getUint16(ATTEMPTS_AT),
    id: idText(latin1(data.subarray(ID_AT, BODY_AT))),
  };
  const timestamp = Number(viewOf(data).getBigInt64(0));
  if (!isNow(timestamp, 1e9)) outcome["timestamp"] = timestamp;
  return outcome;
}

/** The outcome of an HTTP reply; `isStatsPage` gives a text as normalised lines. */
export function httpOutcome(reply: HttpReply, names: CaseNames, isStatsPage = false): Json {
  const outcome: { [key: string]: Json } = { status: reply.status };
  for (const name of COMPARED_HEADERS) {
    const value = reply.headers.get(name);
    if (value !== undefined) outcome[name] = names.label(value);
  }
  if (!reply.isComplete) outcome["incomplete"] = true;
  const isJson = reply.headers.get("content-type")?.includes("json") ?? false;
  const document = isJson ? parseJson(reply.body) : undefined;
  if (document !== undefined) outcome["json"] = documentOutcome(document, names);
  else if (isStatsPage) outcome["text"] = normaliseStatsPage(new TextDecoder().decode(reply.body));
  else outcome["text"] = labelled(describeBytes(reply.body), names);
  return outcome;
}

/** A bare number may be one of the case's ports: `/config` answers with the value alone. */
function documentOutcome(document: Json, names: CaseNames): Json {
  const port = typeof document === "number" ? names.portLabel(document) : null;
  return port === null ? normaliseJson(document, names) : `<${port}>`;
}

/** Parses UTF-8 JSON; undefined if it is none. */
export function parseJson(bytes: Uint8Array): Json | undefined {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

function labelled(described: Json, names: CaseNames): Json {
  return typeof described === "string" ? names.label(described) : described;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function latin1(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}
