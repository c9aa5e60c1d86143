// A consumer: one subscribed client as its channel sees it. It counts and remembers; the channel decides.
// How bytes reach the client is behind `Sink`.

import type { Batch } from "./batch.ts";
import type { ClientStats } from "./client_stats.ts";
import { InFlight } from "./in_flight.ts";

/** The way to a client. */
export interface Sink {
  /**
   * Sends messages of `batch` from `index` on, whose first byte is at `offset`: up to `count` of them, fewer when the
   * client does not read fast enough. Says how many it took and leaves the offset behind them in `nextOffset`.
   */
  send(batch: Batch, index: number, offset: number, count: number, attempts: number): number;

  /** See `send`. */
  nextOffset: number;

  /** Whether it would take a message now. When it does again, `Channel.wake` is to be called. */
  readonly hasRoom: boolean;

  /** Ends the connection without a word: its channel is gone. */
  close(): void;

  /** Who the client is and what it does, for /stats. */
  describe(): ClientStats;
}

/** How near a client is, for topology-aware delivery; also its place among the lines of ready consumers. */
export const localities = { zone: 0, region: 1, global: 2 } as const;

/** A value of `localities`. */
export type Locality = (typeof localities)[keyof typeof localities];

/** One subscribed client. */
export class Consumer {
  /** How many messages it takes in flight (RDY). */
  readyCount = 0;
  /** Deliveries, finished messages and requeues since it subscribed. */
  messageCount = 0;
  finishCount = 0;
  requeueCount = 0;
  /** How long a message may be in flight, ms. */
  messageTimeoutMs: number;
  /** Percent of the messages it wants, 1 to 99; 0 is all of them. */
  sampleRate: number;
  readonly locality: Locality;
  /** What it has been given and not answered for. */
  readonly inFlight = new InFlight();
  /** Whether it stands in its channel's line of ready consumers. */
  isInLine = false;
  /** Whether its connection is gone; its messages stay in flight until they time out. */
  isGone = false;

  constructor(
    readonly sink: Sink,
    settings: { messageTimeoutMs: number; sampleRate: number; locality: Locality },
  ) {
    this.messageTimeoutMs = settings.messageTimeoutMs;
    this.sampleRate = settings.sampleRate;
    this.locality = settings.locality;
  }

  /** How many messages it would take now; 0 or less is none. */
  get capacity(): number {
    return this.readyCount - this.inFlight.size;
  }
}
