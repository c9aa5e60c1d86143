// The broker as its HTTP API sees it: what `HttpHost` asks for, gathered from the parts of a broker.

import type { HttpGate } from "./auth/http_gate.ts";
import type { Clock } from "./base/clock.ts";
import type { DurationCounts } from "./base/duration_counts.ts";
import { GcWatch } from "./base/gc_watch.ts";
import type { LogOutput } from "./base/log_output.ts";
import type { LoopDelay } from "./base/loop_delay.ts";
import { versionLine } from "./base/version.ts";
import type { BrokerLookup } from "./broker_lookup.ts";
import { httpAdmission } from "./broker_settings.ts";
import { BodyWatch } from "./http/body_watch.ts";
import type { DrainSwitch } from "./http/drain_switch.ts";
import type { DiskSpace, HttpHost } from "./http/host.ts";
import { HttpConsumers } from "./http/http_consumers.ts";
import type { MetadataFile } from "./log/metadata_file.ts";
import type { Storage } from "./log/storage.ts";
import type { Options } from "./options/nsqd_options.ts";
import type { LogLevel } from "./options/option_row.ts";
import type { ClientStats } from "./queue/client_stats.ts";
import type { History } from "./queue/history.ts";
import type { Topics } from "./queue/topics.ts";
import type { TcpServer } from "./server/tcp_server.ts";
import type { Turn } from "./server/turn.ts";
import type { Admission } from "./transport/admission.ts";
import type { Refusals } from "./transport/refusals.ts";

/** The parts of a broker that the API shows or uses. */
export interface BrokerParts {
  readonly options: Options;
  readonly hostname: string;
  /** See `BrokerInputs.commandLine`. */
  readonly commandLine?: readonly string[];
  readonly log: LogOutput;
  readonly topics: Topics;
  readonly clock: Clock;
  readonly turn: Turn;
  readonly tcp: TcpServer;
  readonly tcpPort: number;
  readonly refusals: Refusals;
  readonly metadata: MetadataFile;
  /** See `HttpHost.gate`. */
  readonly gate: HttpGate | undefined;
  readonly lookup: BrokerLookup;
  readonly drain: DrainSwitch;
  readonly history: History;
  readonly loopDelay: LoopDelay;
  readonly storage: Storage;
  /** See `HttpHost.health`. */
  health(): string;
}

/** A broker's face to HTTP. */
export class BrokerFace implements HttpHost {
  readonly topics: Topics;
  readonly clock: Clock;
  readonly log: LogOutput;
  readonly hostname: string;
  readonly tcpPort: number;
  readonly startWallMs: number;
  readonly gate: HttpGate | undefined;
  readonly refusals: Refusals;
  readonly drain: DrainSwitch;
  readonly history: History;
  readonly loopDelay: LoopDelay;
  readonly commandLine: readonly string[];
  readonly program = "nsqd";
  readonly versionLine = versionLine("nsqd", `deno${Deno.version.deno}`);
  readonly httpAdmission: Admission;
  readonly bodies: BodyWatch;
  readonly httpConsumers: HttpConsumers;
  readonly gc: GcWatch;
  readonly #parts: BrokerParts;
  #httpPort = 0;
  #httpsPort = 0;
  #given: Options;
  /** What was given with everything computed filled in; made anew when something changes, as it is read at each /pub. */
  #options: Options;

  constructor(parts: BrokerParts) {
    const { options, clock, topics, refusals } = parts;
    this.#parts = parts;
    this.#given = options;
    this.topics = topics;
    this.clock = clock;
    this.log = parts.log;
    this.hostname = parts.hostname;
    this.tcpPort = parts.tcpPort;
    this.startWallMs = clock.wallMs();
    this.gate = parts.gate;
    this.refusals = refusals;
    this.drain = parts.drain;
    this.history = parts.history;
    this.loopDelay = parts.loopDelay;
    this.commandLine = parts.commandLine ?? [this.program];
    this.httpAdmission = httpAdmission(options);
    this.bodies = new BodyWatch(clock, refusals, options.commandTimeout);
    this.httpConsumers = new HttpConsumers(topics, clock, {
      seatsMax: options.maxHttpConsumers,
      perChannelMax: options.maxChannelConsumers,
    });
    this.gc = new GcWatch(() => clock.nowMs());
    this.#options = this.#effective();
  }

  get options(): Options {
    return this.#options;
  }

  /** 0 until the listener is open. */
  get httpPort(): number {
    return this.#httpPort;
  }

  /** 0 until the listener is open, and without one. */
  get httpsPort(): number {
    return this.#httpsPort;
  }

  /** Says which ports were bound; 0 where there is no listener. */
  listeningOn({ http, https }: { http: number; https: number }): void {
    this.#httpPort = http;
    this.#httpsPort = https;
    this.#options = this.#effective();
  }

  #effective(): Options {
    const options = this.#given;
    // A unix socket has no port to tell others.
    const broadcastHttpPort = options.broadcastHttpPort || Math.max(0, this.httpPort);
    const hostKey = `${options.broadcastAddress}:${broadcastHttpPort}`.replaceAll(/[.:]/g, "_");
    return {
      ...options,
      broadcastHttpPort,
      broadcastTcpPort: options.broadcastTcpPort || Math.max(0, this.tcpPort),
      statsdPrefix: expandedPrefix(options.statsdPrefix, hostKey),
    };
  }

  get clientCount(): number {
    return this.#parts.tcp.clientCount;
  }

  get syncs(): DurationCounts {
    return this.#parts.storage.syncs;
  }

  disk(): DiskSpace {
    const { freeBytes, refusal } = this.#parts.storage;
    return { freeBytes, refusal };
  }

  get health(): string {
    return this.#parts.health();
  }

  producers(): Iterable<ClientStats> {
    return this.#parts.tcp.producers();
  }

  settle(): void {
    this.#parts.turn.finish();
  }

  async metadataSaved(): Promise<void> {
    // A failed write shows in the log, and is tried again.
    await this.#parts.metadata.saved().catch(() => {});
  }

  setLogLevel(level: LogLevel): void {
    this.log.level = level;
    this.#change({ logLevel: level });
  }

  setLookupdAddresses(addresses: readonly string[]): void {
    this.#change({ lookupdTcpAddress: [...addresses] });
    this.#parts.lookup.setServers(this.options);
  }

  #change(options: Partial<Options>): void {
    this.#given = { ...this.#given, ...options };
    this.#options = this.#effective();
  }
}

/** Every `%s` becomes the host's key; what is not empty ends in a dot. */
function expandedPrefix(prefix: string, hostKey: string): string {
  const expanded = prefix.replaceAll("%s", hostKey);
  return expanded === "" || expanded.endsWith(".") ? expanded : `${expanded}.`;
}
