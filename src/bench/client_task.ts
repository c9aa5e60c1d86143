/**
 * What the measuring process asks of a load client, and what it gets back: both travel as one line of
 * JSON. Only data lives here.
 * Invariant: a task says everything; a client has no defaults of its own.
 */

/** What lies between the socket and the protocol; of snappy and deflate at most one. */
export interface Layers {
  /** Encrypted, with any certificate taken for the right one. */
  readonly tls: boolean;
  readonly snappy: boolean;
  readonly deflate: boolean;
}

interface TaskBase {
  readonly hostname: string;
  readonly port: number;
  readonly topic: string;
  readonly connections: number;
  readonly size: number;
  readonly layers: Layers;
}

/** PUBs (`batch` 0) or MPUBs, at most `window` commands unanswered on each connection. */
export interface PublishTask extends TaskBase {
  readonly role: "publish";
  readonly batch: number;
  readonly window: number;
  /** Ends after so many seconds; 0 is no limit. */
  readonly seconds: number;
  /** Ends after so many messages over all connections; 0 is no limit. */
  readonly messages: number;
}

/** Connection i consumes channel i modulo their number; every message is finished. */
export interface ConsumeTask extends TaskBase {
  readonly role: "consume";
  readonly channels: readonly string[];
  readonly rdy: number;
  /** Ends after so many seconds; 0 means when nothing more comes. */
  readonly seconds: number;
}

/** Publishes by a schedule on one connection and consumes on another, in one process. */
export interface LatencyTask extends TaskBase {
  readonly role: "latency";
  readonly channel: string;
  readonly batch: number;
  readonly rdy: number;
  /** Messages a second. */
  readonly rate: number;
  readonly seconds: number;
}

/** Opens subscribed connections and leaves them idle until told to go. */
export interface IdleTask extends TaskBase {
  readonly role: "idle";
  readonly channel: string;
}

/** `POST /pub`, one request under way on each connection; `port` is the HTTP port. Never layered. */
export interface HttpTask extends TaskBase {
  readonly role: "http";
  readonly seconds: number;
  /** Ends after so many messages over all connections. */
  readonly messages: number;
}

/** Any task. */
export type ClientTask = PublishTask | ConsumeTask | LatencyTask | IdleTask | HttpTask;

/** What a client measured. Times are milliseconds since 1970 with fractions. */
export interface ClientResult {
  readonly messages: number;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  /** Processor time of the client between start and end. */
  readonly cpuMs: number;
  /** Why the figures cannot be used, or null. */
  readonly failure: string | null;
  /** Percentiles of a latency task, in milliseconds. */
  readonly latencyMs?: Readonly<Record<LatencyName, number>>;
  /** How many messages of a latency task lie below each of `HISTOGRAM_LIMITS_MS`, and above the last. */
  readonly histogram?: readonly number[];
  /** What 99 of 100 sends of a latency task were late at most, in milliseconds. */
  readonly lateMs?: number;
}

/** The percentiles a latency task reports: name to quantile. */
export const LATENCY_QUANTILES = {
  "p50": 0.5,
  "p90": 0.9,
  "p99": 0.99,
  "p99.9": 0.999,
  "max": 1,
} as const satisfies Record<string, number>;

/** The name of a reported percentile. */
export type LatencyName = keyof typeof LATENCY_QUANTILES;

/** Milliseconds since 1970 with fractions: comparable between processes of one machine. */
export function wallMs(): number {
  return performance.timeOrigin + performance.now();
}
