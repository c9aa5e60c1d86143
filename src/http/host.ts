// What the HTTP API needs of the broker, and nothing else of it is known here. Reading a property gives the value of
// that moment: options and health change while the server runs.

import type { HttpGate } from "../auth/http_gate.ts";
import type { Clock } from "../base/clock.ts";
import type { DurationCounts } from "../base/duration_counts.ts";
import type { GcWatch } from "../base/gc_watch.ts";
import type { Logger } from "../base/logger.ts";
import type { LoopDelay } from "../base/loop_delay.ts";
import type { LogLevel } from "../options/option_row.ts";
import type { Options } from "../options/nsqd_options.ts";
import type { ClientStats } from "../queue/client_stats.ts";
import type { History } from "../queue/history.ts";
import type { Topics } from "../queue/topics.ts";
import type { Admission } from "../transport/admission.ts";
import type { SocketFileSettings } from "../transport/listener.ts";
import type { Refusals } from "../transport/refusals.ts";
import { parseSocketMode } from "../transport/unix_socket.ts";
import type { BodyWatch } from "./body_watch.ts";

/** Room on the disk with the data path. */
export interface DiskSpace {
  /** Undefined when the system does not say. */
  readonly freeBytes: number | undefined;
  /** Why nothing may be published because of it; undefined when it may. */
  readonly refusal: string | undefined;
}

/** The broker as the HTTP API sees it. */
export interface HttpHost {
  readonly topics: Topics;
  readonly clock: Clock;
  readonly log: Logger;
  /**
   * The options in effect, with everything the broker computed filled in: broadcast address and ports, node id, data
   * path, the expanded prefix of statsd.
   */
  readonly options: Options;
  /** `OK`, or `NOK - ` and why. */
  readonly health: string;
  /** When the broker started, ms since the Unix epoch. */
  readonly startWallMs: number;
  /** The ports really bound; -1 for a unix socket, 0 for HTTP when it is off. */
  readonly tcpPort: number;
  readonly httpPort: number;
  /** The same for HTTPS. */
  readonly httpsPort: number;
  /** Connections to the API, where they are counted. */
  readonly httpAdmission: Admission;
  /** Asks who sends a request; absent when everybody may do everything. */
  readonly gate?: HttpGate | undefined;
  /** What was refused to clients of any kind. */
  readonly refusals: Refusals;
  /** The bodies that are on their way. */
  readonly bodies: BodyWatch;
  /** The operating system's name of this machine. */
  readonly hostname: string;
  /** `nsqd v0.1.0 (built w/deno2.9.6)`. */
  readonly versionLine: string;
  /** The last hour. */
  readonly history: History;
  /** How late the event loop is. */
  readonly loopDelay: Pick<LoopDelay, "worstMs" | "totals">;
  readonly gc: Pick<GcWatch, "tallies" | "count" | "pauseMs">;
  /** Connected clients of the TCP protocol. */
  readonly clientCount: number;
  /** How long syncs of logs took. */
  readonly syncs: Pick<DurationCounts, "totals">;
  /** The disk with the data path. */
  disk(): DiskSpace;
  /** The connected clients that have published something. */
  producers(): Iterable<ClientStats>;
  /** Ends the turn, so that depths count what was published in it. */
  settle(): void;
  /** Resolves when the metadata file holds what the topics were when this was called; never rejects. */
  metadataSaved(): Promise<void>;
  setLogLevel(level: LogLevel): void;
  setLookupdAddresses(addresses: readonly string[]): void;
}

/** How the API's unix sockets are made. */
export function socketFileSettings({ unixSocketMode }: Options): SocketFileSettings {
  return { mode: parseSocketMode(unixSocketMode) };
}
