// The way from a broker to the nsqlookupds, as the broker sees it. All of it is plain data: where the broker is confined to
// a worker, whoever may open connections does it elsewhere, and these go there and back as messages.
// Invariant: orders are obeyed in the order in which they are given, and none of them is ever waited for.

import type { ClientTls } from "../base/client_tls.ts";

/** What a node says of itself when it introduces itself. */
export interface NodeIdentity {
  /** Where clients find it. */
  readonly broadcastAddress: string;
  /** The ports there; 0 is none. */
  readonly tcpPort: number;
  readonly httpPort: number;
  /** The operating system's name of the machine. */
  readonly hostname: string;
  readonly topologyRegion: string;
  readonly topologyZone: string;
  readonly version: string;
}

/** A topic and the names of its channels. */
export type Registration = readonly [topic: string, channels: readonly string[]];

/** What the broker wants announced. */
export type LookupOrder =
  /** From now on these servers, and all there is to announce. No addresses: leave them all. */
  | {
    readonly kind: "servers";
    /** `host:port`. */
    readonly addresses: readonly string[];
    readonly node: NodeIdentity;
    /** Absent: they are spoken to in the clear. */
    readonly tls?: ClientTls | undefined;
    readonly registrations: readonly Registration[];
    /** How long asking for channels may take in all. */
    readonly requestLimitMs: number;
  }
  /** A topic, or one of its channels, came or went. */
  | {
    readonly kind: "register" | "unregister";
    readonly topic: string;
    readonly channel?: string;
  };

/** Announces topics and channels, and asks which channels a new topic has elsewhere. */
export interface LookupPort {
  /** Never throws; what fails is logged and tried again. */
  order(order: LookupOrder): void;
  /**
   * The channels that the connected servers know for a topic, without ephemeral ones: valid names, sorted, a bounded
   * number of them. Never rejects; resolves within the limit of the latest `servers`, with what is known by then.
   */
  channelsOf(topic: string): Promise<readonly string[]>;
}
