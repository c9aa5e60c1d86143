// An nsqd that is connected: what it said of itself, when it was last heard, and under which topics it is registered.
// It decides nothing; the registry keeps it in step with its own lists.

import type { FieldsOf, FieldTable } from "../wire/identify.ts";

/** What an nsqd sends with IDENTIFY; other fields are ignored. Its `remote_address` is only looked at for its type. */
export const producerFields = {
  remote_address: { type: "string" },
  broadcast_address: { type: "string" },
  tcp_port: { type: "int" },
  http_port: { type: "int" },
  version: { type: "string" },
  hostname: { type: "string" },
  topology_zone: { type: "string" },
  topology_region: { type: "string" },
} as const satisfies FieldTable;

/** What an nsqd said of itself. */
export type ProducerFacts = Omit<FieldsOf<typeof producerFields>, "remote_address">;

/** Whether what every client needs is there. */
export function isComplete(facts: ProducerFacts): boolean {
  return facts.broadcast_address !== "" && facts.version !== "" && facts.tcp_port !== 0 &&
    facts.http_port !== 0;
}

/** A moment on both clocks: the one that only goes forward decides, the other is shown. */
export interface Moment {
  readonly nowMs: number;
  readonly wallMs: number;
}

/** A connected nsqd. */
export class Producer {
  /** What it said of itself. */
  readonly facts: ProducerFacts;
  /** When it last said that it is alive. */
  heard: Moment;
  /** Why clients cannot reach it under the address it announces; undefined while nothing speaks for that. */
  unreachable: string | undefined;

  /** @param remoteAddress `ip:port` of the connection, which also identifies it */
  constructor(
    readonly remoteAddress: string,
    facts: ProducerFacts,
    now: Moment,
  ) {
    this.facts = wellFormed(facts);
    this.heard = now;
  }

  /** How `/topic/tombstone` names it. */
  get node(): string {
    return `${this.facts.broadcast_address}:${this.facts.http_port}`;
  }
}

/** As Go reads texts: half of a surrogate pair is U+FFFD. */
function wellFormed(facts: ProducerFacts): ProducerFacts {
  const { broadcast_address, version, hostname, topology_zone, topology_region } = facts;
  return {
    ...facts,
    broadcast_address: broadcast_address.toWellFormed(),
    version: version.toWellFormed(),
    hostname: hostname.toWellFormed(),
    topology_zone: topology_zone.toWellFormed(),
    topology_region: topology_region.toWellFormed(),
  };
}
