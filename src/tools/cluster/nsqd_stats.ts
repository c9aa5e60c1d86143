// What an nsqd's /stats and /info say, as the tools that watch clusters see it. Pure; serves NSQ's own nsqd as well.
// Invariant: hostile or foreign documents give empty figures or a SyntaxError, nothing else.

import { listOf, numberOf, recordOf, textOf } from "./json_value.ts";

/** A connected consumer. */
export interface ClientFigures {
  readonly name: string;
  readonly address: string;
  readonly userAgent: string;
  readonly readyCount: number;
  readonly inFlight: number;
  readonly finished: number;
  readonly requeued: number;
  readonly messages: number;
  /** Seconds since 1970. */
  readonly connectedAtS: number;
}

/** What a topic and a channel both have. */
export interface QueueFigures {
  readonly name: string;
  readonly depth: number;
  readonly backendDepth: number;
  readonly messages: number;
  readonly isPaused: boolean;
  /** How long the oldest message has waited, 0 where none waits; undefined where the nsqd does not say. */
  readonly oldestAgeMs: number | undefined;
}

/** A channel of one nsqd. */
export interface ChannelStats extends QueueFigures {
  readonly inFlight: number;
  readonly deferred: number;
  readonly requeued: number;
  readonly timedOut: number;
  readonly clientCount: number;
  /** Empty where they were not asked for. */
  readonly clients: readonly ClientFigures[];
}

/** A topic of one nsqd. */
export interface TopicStats extends QueueFigures {
  readonly bytes: number;
  readonly channels: readonly ChannelStats[];
}

/** One nsqd. */
export interface NsqdStats {
  readonly version: string;
  /** `OK`, or what is wrong. */
  readonly health: string;
  /** Seconds since 1970. */
  readonly startTimeS: number;
  readonly topics: readonly TopicStats[];
  /** Free bytes of the disk with its data path; undefined where the nsqd does not say. */
  readonly freeBytes: number | undefined;
}

/** How an nsqd introduces itself, in /info and to nsqlookupds. */
export interface NsqdIdentity {
  readonly version: string;
  readonly broadcastAddress: string;
  readonly hostname: string;
  readonly tcpPort: number;
  readonly httpPort: number;
}

/** What an nsqd's /info says. */
export interface NsqdInfo extends NsqdIdentity {
  /** Seconds since 1970. */
  readonly startTimeS: number;
}

/** What our nsqd tells beyond NSQ's in /stats, which takes no notice of it. */
export const MORE_STATS = "include_more=true";

/** Reads `/stats?format=json`. @throws {SyntaxError} when it is no such document */
export function nsqdStats(document: unknown): NsqdStats {
  const root = unwrapped(document);
  const { topics } = root;
  // null is how a filter that found nothing is answered.
  if (topics === undefined || (topics !== null && !Array.isArray(topics))) {
    throw new SyntaxError("the answer is no statistics of an nsqd");
  }
  return {
    version: textOf(root["version"]),
    health: textOf(root["health"]),
    startTimeS: numberOf(root["start_time"]),
    topics: listOf(topics).map(recordOf).map(topicOf),
    freeBytes: knownNumber(recordOf(root["node"])["free_bytes"]),
  };
}

/** Reads `/info`. @throws {SyntaxError} when it is no such document */
export function nsqdInfo(document: unknown): NsqdInfo {
  const root = unwrapped(document);
  if (typeof root["version"] !== "string") {
    throw new SyntaxError("the answer is no info of an nsqd");
  }
  return { ...identityOf(root), startTimeS: numberOf(root["start_time"]) };
}

type Fields = Readonly<Record<string, unknown>>;

/** Reads how an nsqd introduces itself; what it does not say is empty or 0. */
export function identityOf(fields: Fields): NsqdIdentity {
  return {
    version: textOf(fields["version"]),
    broadcastAddress: textOf(fields["broadcast_address"]),
    hostname: textOf(fields["hostname"]),
    tcpPort: numberOf(fields["tcp_port"]),
    httpPort: numberOf(fields["http_port"]),
  };
}

/** Before NSQ 1.0 everything was wrapped. */
export function unwrapped(document: unknown): Fields {
  const root = recordOf(document);
  return "status_code" in root ? recordOf(root["data"]) : root;
}

function queueOf(fields: Fields, nameField: string): QueueFigures {
  const age = fields["oldest_age_ms"];
  return {
    name: textOf(fields[nameField]),
    depth: numberOf(fields["depth"]),
    backendDepth: numberOf(fields["backend_depth"]),
    messages: numberOf(fields["message_count"]),
    isPaused: fields["paused"] === true,
    oldestAgeMs: age === null ? 0 : knownNumber(age),
  };
}

function knownNumber(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function topicOf(fields: Fields): TopicStats {
  return {
    ...queueOf(fields, "topic_name"),
    bytes: numberOf(fields["message_bytes"]),
    channels: listOf(fields["channels"]).map(recordOf).map(channelOf),
  };
}

function channelOf(fields: Fields): ChannelStats {
  const clients = listOf(fields["clients"]).map(recordOf).map(clientOf);
  const count = fields["client_count"];
  return {
    ...queueOf(fields, "channel_name"),
    inFlight: numberOf(fields["in_flight_count"]),
    deferred: numberOf(fields["deferred_count"]),
    requeued: numberOf(fields["requeue_count"]),
    timedOut: numberOf(fields["timeout_count"]),
    clientCount: typeof count === "number" ? count : clients.length,
    clients,
  };
}

function clientOf(fields: Fields): ClientFigures {
  return {
    name: textOf(fields["client_id"]) || textOf(fields["hostname"]),
    address: textOf(fields["remote_address"]),
    userAgent: textOf(fields["user_agent"]),
    readyCount: numberOf(fields["ready_count"]),
    inFlight: numberOf(fields["in_flight_count"]),
    finished: numberOf(fields["finish_count"]),
    requeued: numberOf(fields["requeue_count"]),
    messages: numberOf(fields["message_count"]),
    connectedAtS: numberOf(fields["connect_ts"]),
  };
}
