// Who is at the other end of a connection, and what it has done: the part of a session that /stats shows.

import type { Identity } from "../auth/identity.ts";
import type { ClientStats } from "../queue/client_stats.ts";
import type { Consumer } from "../queue/consumer.ts";
import type { TlsDescription } from "../transport/tls_server.ts";
import type { Negotiated } from "../wire/identify.ts";
import { type ClientState, clientStates } from "../wire/commands.ts";

/** One client. */
export class Client {
  state: ClientState = "init";
  /** Whether it has sent IDENTIFY. */
  isIdentified = false;
  /** Before IDENTIFY the client is known by its address. */
  id: string;
  hostname: string;
  userAgent = "";
  topologyRegion = "";
  topologyZone = "";
  negotiated: Negotiated;
  /** How the connection is encrypted; undefined when it is not. */
  tls: TlsDescription | undefined;
  /** How what is sent is made smaller; undefined when it is not. */
  compression: "deflate" | "snappy" | undefined;
  /** Set by AUTH. */
  identity: Identity | undefined;
  /** Set by SUB. */
  consumer: Consumer | undefined;
  readonly #published = new Map<string, { count: number }>();
  readonly #connectedS: number;

  /** @param address `ip:port`, or `@` for a unix socket @param wallMs when it connected */
  constructor(readonly address: string, negotiated: Negotiated, wallMs: number) {
    const host = address.slice(0, Math.max(0, address.lastIndexOf(":")));
    this.id = host;
    this.hostname = host;
    this.negotiated = negotiated;
    this.#connectedS = Math.floor(wallMs / 1000);
  }

  /** Whether it has published anything. */
  get isProducer(): boolean {
    return this.#published.size > 0;
  }

  /** What it published to a topic; the caller raises the count. */
  published(topic: string): { count: number } {
    let published = this.#published.get(topic);
    if (published === undefined) {
      published = { count: 0 };
      this.#published.set(topic, published);
    }
    return published;
  }

  #describeIdentity(): Pick<ClientStats, "authed" | "auth_identity" | "auth_identity_url"> {
    const { identity } = this;
    if (identity === undefined) return {};
    return {
      ...(identity.permissionCount > 0 ? { authed: true } : {}),
      ...(identity.name === "" ? {} : { auth_identity: identity.name }),
      ...(identity.url === "" ? {} : { auth_identity_url: identity.url }),
    };
  }

  /** Everything /stats shows of it. */
  describe(): ClientStats {
    const { consumer, negotiated } = this;
    const published = [...this.#published].map(([topic, { count }]) => ({ topic, count }));
    return {
      client_id: this.id,
      hostname: this.hostname,
      version: "V2",
      remote_address: this.address,
      state: clientStates[this.state],
      ready_count: consumer?.readyCount ?? 0,
      in_flight_count: consumer?.inFlight.size ?? 0,
      message_count: consumer?.messageCount ?? 0,
      finish_count: consumer?.finishCount ?? 0,
      requeue_count: consumer?.requeueCount ?? 0,
      connect_ts: this.#connectedS,
      sample_rate: negotiated.sampleRate,
      deflate: this.compression === "deflate",
      snappy: this.compression === "snappy",
      user_agent: this.userAgent,
      ...this.#describeIdentity(),
      topology_zone: this.topologyZone,
      topology_region: this.topologyRegion,
      ...(published.length > 0 ? { pub_counts: published } : {}),
      tls: this.tls !== undefined,
      tls_cipher_suite: this.tls?.cipherSuite ?? "",
      tls_version: this.tls?.version ?? "",
      // No protocol is ever negotiated inside TLS; Go's library then calls that mutual [quirk].
      tls_negotiated_protocol: "",
      tls_negotiated_protocol_is_mutual: this.tls !== undefined,
    };
  }
}
