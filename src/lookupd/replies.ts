// What nsqlookupd's HTTP API says of producers, in NSQ's form and order of keys.

import { goJson } from "../web/go_json.ts";
import type { Moment, Producer } from "./producer.ts";
import type { Entry, Node, TopicProducer } from "./registry.ts";

/** What Go's zero time is in ns since 1970, as it overflows: "never". */
const NEVER_NS = "-6795364578871345152";

/** A producer in /lookup. */
export function producerJson({ remoteAddress, facts }: Producer): Record<string, unknown> {
  return {
    remote_address: remoteAddress,
    hostname: facts.hostname,
    broadcast_address: facts.broadcast_address,
    tcp_port: facts.tcp_port,
    http_port: facts.http_port,
    version: facts.version,
    topology_zone: facts.topology_zone,
    topology_region: facts.topology_region,
  };
}

/** A producer in /nodes. `unreachable` is ours, and only there when there is something to tell. */
export function nodeJson({ producer, topics, tombstones }: Node): Record<string, unknown> {
  const { unreachable } = producer;
  const told = unreachable === undefined ? {} : { unreachable };
  return { ...producerJson(producer), tombstones, topics, ...told };
}

/** All of /debug, as text: its times are longer than JavaScript's numbers. */
export function debugText(entries: readonly Entry[]): string {
  const lists = entries.map(({ key, producers }) =>
    `${goJson(key)}:[${producers.map(debugProducerText).join(",")}]`
  );
  return `{${lists.join(",")}}`;
}

function debugProducerText({ producer, tombstone }: TopicProducer): string {
  const { facts, remoteAddress, heard } = producer;
  const fields: Record<string, string> = {
    broadcast_address: goJson(facts.broadcast_address),
    hostname: goJson(facts.hostname),
    http_port: `${facts.http_port}`,
    id: goJson(remoteAddress),
    last_update: nanoseconds(heard),
    tcp_port: `${facts.tcp_port}`,
    tombstoned: `${tombstone !== undefined}`,
    tombstoned_at: tombstone === undefined ? NEVER_NS : nanoseconds(tombstone),
    topology_region: goJson(facts.topology_region),
    topology_zone: goJson(facts.topology_zone),
    version: goJson(facts.version),
  };
  return `{${Object.entries(fields).map(([name, text]) => `"${name}":${text}`).join(",")}}`;
}

function nanoseconds({ wallMs }: Moment): string {
  return `${BigInt(Math.round(wallMs * 1000)) * 1000n}`;
}
