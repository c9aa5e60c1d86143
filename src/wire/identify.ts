// IDENTIFY: what a client says of itself and asks for, the bounds of that, and the reply.
// The fields are one table; reading, types and bounds follow from it. JSON is read by the rules Go clients rely on:
// keys in any case, unknown keys ignored, null is absent, an integer must be written as one (1000.0 is an error), and of
// a key that is repeated the last value counts, while every one must have the right type.

import { type JsonMember, jsonMembers } from "../base/json_members.ts";
import { ProtocolError } from "./errors.ts";
import type { Int64 } from "./int64.ts";

/** The JSON type of a field. An `int` beyond 2^53 loses its last digits, an `int64` keeps them. */
type FieldType = "string" | "boolean" | "int" | "int32" | "int64";

/** The fields a client may send; everything else in the document is ignored. */
export const identifyFields = {
  client_id: { type: "string", help: "name of the client, shown in /stats" },
  hostname: { type: "string", help: "host of the client, shown in /stats" },
  user_agent: { type: "string", help: "library and version, shown in /stats" },
  topology_region: { type: "string", help: "region of the client" },
  topology_zone: { type: "string", help: "zone of the client" },
  heartbeat_interval: { type: "int64", help: "ms; -1 is off, absent is 30000" },
  output_buffer_timeout: { type: "int64", help: "ms; -1 is off, an upper bound here" },
  output_buffer_size: { type: "int64", help: "bytes; -1 is unbuffered" },
  sample_rate: { type: "int32", help: "0 to 99 percent of the messages; 0 is all" },
  msg_timeout: { type: "int64", help: "ms a message may be in flight" },
  feature_negotiation: { type: "boolean", help: "asks for the JSON reply" },
  tls_v1: { type: "boolean", help: "asks for TLS" },
  deflate: { type: "boolean", help: "asks for deflate" },
  deflate_level: { type: "int", help: "level of deflate" },
  snappy: { type: "boolean", help: "asks for snappy" },
} as const satisfies Record<string, { type: FieldType; help: string }>;

type FieldValue<Type extends FieldType> = Type extends "string" ? string
  : Type extends "boolean" ? boolean
  : Type extends "int64" ? Int64
  : number;

/** What a document may say: names of fields in lower case, with the type of each. */
export type FieldTable = Readonly<Record<string, { readonly type: FieldType }>>;

/** A document of the table with every field present: "" / false / 0 where none was sent. */
export type FieldsOf<Table extends FieldTable> = {
  -readonly [Name in keyof Table]: FieldValue<Table[Name]["type"]>;
};

/** What a client sent, every field present. */
export type IdentifyRequest = FieldsOf<typeof identifyFields>;

/** Bounds and defaults of the negotiation, from the options; times in ms, sizes in bytes. */
export interface NegotiationLimits {
  heartbeatIntervalMs: number;
  maxHeartbeatIntervalMs: number;
  outputBufferTimeoutMs: number;
  minOutputBufferTimeoutMs: number;
  maxOutputBufferTimeoutMs: number;
  maxOutputBufferSize: number;
  msgTimeoutMs: number;
  maxMsgTimeoutMs: number;
  maxRdyCount: number;
  maxDeflateLevel: number;
  isTlsOffered: boolean;
  isDeflateEnabled: boolean;
  isSnappyEnabled: boolean;
  isAuthRequired: boolean;
  topologyRegion: string;
  topologyZone: string;
  version: string;
}

/** What holds for a connection after IDENTIFY. */
export interface Negotiated {
  /** 0 is off. */
  heartbeatIntervalMs: number;
  /** 0 is off. */
  outputBufferTimeoutMs: number;
  /** 1 is unbuffered. */
  outputBufferSize: number;
  /** 0 is no sampling. */
  sampleRate: number;
  msgTimeoutMs: number;
  isTls: boolean;
  isDeflate: boolean;
  isSnappy: boolean;
  deflateLevel: number;
}

/** Buffer a client gets that asks for none, in bytes: upstream's. */
export const OUTPUT_BUFFER_SIZE_DEFAULT = 16 * 1024;

/** No field has a longer name; longer keys are not even lowered. */
const FIELD_NAME_LENGTH_MAX = 64;
const INTERVAL_MS_MIN = 1000;
const BUFFER_SIZE_MIN = 64;
const SAMPLE_RATE_MAX = 99;
const DEFLATE_LEVEL_DEFAULT = 6;

/** Digits of the largest 64-bit integer, and a sign. */
const INTEGER_CHARACTERS_MAX = 20;

/**
 * Reads the body of IDENTIFY.
 * @throws {ProtocolError} E_BAD_BODY when it is not a JSON object of the right types
 */
export function parseIdentify(body: Uint8Array): IdentifyRequest {
  return parseFields(identifyFields, body);
}

/**
 * Reads the body of any IDENTIFY, those of other protocols included.
 * @throws {ProtocolError} E_BAD_BODY when it is not a JSON object of the right types
 */
export function parseFields<Table extends FieldTable>(
  table: Table,
  body: Uint8Array,
): FieldsOf<Table> {
  const fields = emptyFields(table);
  for (const { key, source } of documentMembers(body)) {
    if (key.length > FIELD_NAME_LENGTH_MAX) continue;
    // Go takes the long s for an s.
    const name = key.toLowerCase().replaceAll("\u017f", "s");
    const field = Object.hasOwn(table, name) ? table[name] : undefined;
    if (source === "null" || field === undefined) continue;
    fields[name] = fieldValue(field.type, source);
  }
  return fields as FieldsOf<Table>;
}

/** A value of any field. */
type AnyFieldValue = FieldValue<FieldType>;

function emptyFields(table: FieldTable): Record<string, AnyFieldValue> {
  const empty: Record<FieldType, AnyFieldValue> = {
    string: "",
    boolean: false,
    int: 0,
    int32: 0,
    int64: 0,
  };
  return Object.fromEntries(Object.entries(table).map(([name, { type }]) => [name, empty[type]]));
}

function documentMembers(body: Uint8Array): JsonMember[] {
  let members: JsonMember[] | null;
  try {
    members = jsonMembers(new TextDecoder("utf-8", { ignoreBOM: true }).decode(body));
  } catch (cause) {
    throw undecodable(cause);
  }
  if (members === null) throw undecodable();
  return members;
}

function undecodable(cause?: unknown): ProtocolError {
  return new ProtocolError("E_BAD_BODY", "IDENTIFY failed to decode JSON body", { cause });
}

function fieldValue(type: FieldType, source: string): AnyFieldValue {
  switch (type) {
    case "string":
      if (!source.startsWith('"')) throw undecodable();
      return JSON.parse(source) as string;
    case "boolean":
      if (source !== "true" && source !== "false") throw undecodable();
      return source === "true";
    case "int":
      return Number(integer(source, 64));
    case "int32":
      return Number(integer(source, 32));
    case "int64":
      return integer(source, 64);
  }
}

function integer(source: string, bits: number): Int64 {
  if (source.length > INTEGER_CHARACTERS_MAX || !/^-?\d+$/.test(source)) throw undecodable();
  const exact = BigInt(source);
  if (exact !== BigInt.asIntN(bits, exact)) throw undecodable();
  const value = Number(exact);
  return Number.isSafeInteger(value) ? value : exact;
}

/** What holds for a client that has not identified itself. */
export function unnegotiated(limits: NegotiationLimits): Negotiated {
  return {
    heartbeatIntervalMs: limits.heartbeatIntervalMs,
    outputBufferTimeoutMs: limits.outputBufferTimeoutMs,
    outputBufferSize: OUTPUT_BUFFER_SIZE_DEFAULT,
    sampleRate: 0,
    msgTimeoutMs: limits.msgTimeoutMs,
    isTls: false,
    isDeflate: false,
    isSnappy: false,
    deflateLevel: 0,
  };
}

/**
 * What the client gets of what it asked for. Intervals, timeouts and sizes it says nothing of stay as they are, in `held`.
 * @throws {ProtocolError} E_BAD_BODY for a value out of bounds, E_IDENTIFY_FAILED for both compressions at once
 */
export function negotiate(
  request: IdentifyRequest,
  limits: NegotiationLimits,
  held: Negotiated = unnegotiated(limits),
): Negotiated {
  const heartbeatIntervalMs = heartbeatInterval(request.heartbeat_interval, limits, held);
  const timeoutMs = outputBufferTimeout(request.output_buffer_timeout, limits, held);
  const outputBufferSize = bufferSize(request.output_buffer_size, limits, held);
  const isUnbuffered = request.output_buffer_size === -1;
  const sampleRate = request.sample_rate;
  if (sampleRate < 0 || sampleRate > SAMPLE_RATE_MAX) throw invalid("sample rate", sampleRate);
  const msgTimeoutMs = messageTimeout(request.msg_timeout, limits, held);
  const { isDeflate, isSnappy } = compression(request, limits);
  const isLevelAsked = isDeflate && request.deflate_level > 0;
  return {
    heartbeatIntervalMs,
    outputBufferTimeoutMs: isUnbuffered ? 0 : timeoutMs,
    outputBufferSize,
    sampleRate,
    msgTimeoutMs,
    isTls: request.feature_negotiation && limits.isTlsOffered && request.tls_v1,
    isDeflate,
    isSnappy,
    deflateLevel: Math.min(
      isLevelAsked ? request.deflate_level : DEFLATE_LEVEL_DEFAULT,
      limits.maxDeflateLevel,
    ),
  };
}

function compression(request: IdentifyRequest, limits: NegotiationLimits) {
  const asks = request.feature_negotiation;
  const isDeflate = asks && limits.isDeflateEnabled && request.deflate;
  const isSnappy = asks && limits.isSnappyEnabled && request.snappy;
  if (isDeflate && isSnappy) {
    const text = "cannot enable both deflate and snappy compression";
    throw new ProtocolError("E_IDENTIFY_FAILED", text);
  }
  return { isDeflate, isSnappy };
}

function heartbeatInterval(value: Int64, limits: NegotiationLimits, held: Negotiated): number {
  if (value === -1) return 0;
  if (value === 0) return held.heartbeatIntervalMs;
  return within(INTERVAL_MS_MIN, value, limits.maxHeartbeatIntervalMs, "heartbeat interval");
}

function outputBufferTimeout(value: Int64, limits: NegotiationLimits, held: Negotiated): number {
  if (value === -1) return 0;
  if (value === 0) return held.outputBufferTimeoutMs;
  const { minOutputBufferTimeoutMs: min, maxOutputBufferTimeoutMs: max } = limits;
  return within(min, value, max, "output buffer timeout");
}

function bufferSize(value: Int64, limits: NegotiationLimits, held: Negotiated): number {
  if (value === -1) return 1;
  if (value === 0) return held.outputBufferSize;
  return within(BUFFER_SIZE_MIN, value, limits.maxOutputBufferSize, "output buffer size");
}

function messageTimeout(value: Int64, limits: NegotiationLimits, held: Negotiated): number {
  if (value === 0) return held.msgTimeoutMs;
  return within(INTERVAL_MS_MIN, value, limits.maxMsgTimeoutMs, "msg timeout");
}

function within(min: number, value: Int64, max: number, what: string): number {
  if (value >= min && value <= max) return Number(value);
  throw invalid(what, value);
}

function invalid(what: string, value: Int64): ProtocolError {
  return new ProtocolError("E_BAD_BODY", `IDENTIFY ${what} (${value}) is invalid`);
}

/** The JSON reply to a client that negotiates, keys in upstream's order. */
export function identifyReply(negotiated: Negotiated, limits: NegotiationLimits): string {
  return JSON.stringify({
    max_rdy_count: limits.maxRdyCount,
    version: limits.version,
    max_msg_timeout: Math.floor(limits.maxMsgTimeoutMs),
    msg_timeout: Math.floor(negotiated.msgTimeoutMs),
    tls_v1: negotiated.isTls,
    deflate: negotiated.isDeflate,
    deflate_level: negotiated.deflateLevel,
    max_deflate_level: limits.maxDeflateLevel,
    snappy: negotiated.isSnappy,
    sample_rate: negotiated.sampleRate,
    auth_required: limits.isAuthRequired,
    output_buffer_size: negotiated.outputBufferSize,
    output_buffer_timeout: Math.floor(negotiated.outputBufferTimeoutMs),
    topology_region: limits.topologyRegion,
    topology_zone: limits.topologyZone,
  });
}
