// An nsqd as nsqlookupds or the nsqd itself describe it.

import { formatHostPort } from "../base/host_port.ts";
import { type JsonObject, listAt, numberAt, textAt, textsAt } from "./json_fields.ts";

/** A topic of an nsqd. */
export interface ProducerTopic {
  readonly topic: string;
  readonly tombstoned: boolean;
}

/** An nsqd; the order of keys is that of the API. */
export interface Producer {
  /** Who says so: `<nsqlookupd>/<address the nsqd has there>`; null where nsqd's were asked themselves. */
  remote_addresses: string[] | null;
  readonly remote_address: string;
  readonly hostname: string;
  readonly broadcast_address: string;
  readonly tcp_port: number;
  readonly http_port: number;
  readonly version: string;
  readonly topology_zone: string | undefined;
  readonly topology_region: string | undefined;
  readonly topics: readonly ProducerTopic[] | null;
  out_of_date: boolean;
}

/** Reads a producer from the answer of an nsqlookupd. Throws JsonMismatch. */
export function producerOfLookupd(object: JsonObject): Producer {
  const tombstones = listAt(object, "tombstones");
  const topics = textsAt(object, "topics").map((topic, index) => ({
    topic,
    tombstoned: tombstones[index] === true,
  }));
  return {
    remote_addresses: null,
    remote_address: textAt(object, "remote_address"),
    ...placeOf(object),
    topics: topics.length === 0 ? null : topics.sort((a, b) => byText(a.topic, b.topic)),
    out_of_date: false,
  };
}

/** Makes a producer of an nsqd's own /info and the names of its topics. Throws JsonMismatch. */
export function producerOfNsqd(info: JsonObject, topics: readonly string[]): Producer {
  return {
    remote_addresses: null,
    remote_address: "",
    ...placeOf(info),
    topics: topics.length === 0 ? null : topics.map((topic) => ({ topic, tombstoned: false })),
    out_of_date: false,
  };
}

function placeOf(object: JsonObject) {
  return {
    hostname: textAt(object, "hostname"),
    broadcast_address: textAt(object, "broadcast_address"),
    tcp_port: numberAt(object, "tcp_port"),
    http_port: numberAt(object, "http_port"),
    version: textAt(object, "version"),
    topology_zone: textAt(object, "topology_zone") || undefined,
    topology_region: textAt(object, "topology_region") || undefined,
  };
}

/** Where its HTTP API is: also what the node is called. */
export function nodeOf({ broadcast_address: hostname, http_port: port }: Producer): string {
  return formatHostPort({ hostname, port });
}

/** Where clients connect. */
export function tcpAddressOf({ broadcast_address: hostname, tcp_port: port }: Producer): string {
  return formatHostPort({ hostname, port });
}

/** The order of texts by code unit, as Go sorts ASCII names. */
export function byText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
