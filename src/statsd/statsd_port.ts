// The way from a broker to a statsd server, as the broker sees it. Plain data: where the broker is confined to a worker,
// whoever may send to others does it elsewhere.

/** What is to be sent. */
export interface StatsdReport {
  /** `host:port`. */
  readonly address: string;
  /** The payloads, one datagram each. */
  readonly packets: readonly Uint8Array[];
  /** The first leaves at once, the others evenly over this time, ms: a server must not be flooded. */
  readonly spreadMs: number;
}

/** Sends reports; nobody waits for them. */
export interface StatsdPort {
  /** Sends one. What cannot be sent is lost. */
  send(report: StatsdReport): void;
  /** Sends nothing more. */
  close(): void;
}
