// The broker as its HTTP API sees it: what `HttpHost` asks for, gathered from the parts of a broker.

import type { Clock } from "./base/clock.ts";
import type { LogOutput } from "./base/log_output.ts";
import { versionLine } from "./base/version.ts";
import type { HttpHost } from "./http/host.ts";
import type { MetadataFile } from "./log/metadata_file.ts";
import type { Options } from "./options/nsqd_options.ts";
import type { LogLevel } from "./options/option_row.ts";
import type { ClientStats } from "./queue/client_stats.ts";
import type { Topics } from "./queue/topics.ts";
import type { TcpServer } from "./server/tcp_server.ts";
import type { Turn } from "./server/turn.ts";

/** The parts of a broker that the API shows or uses. */
export interface BrokerParts {
  readonly options: Options;
  readonly hostname: string;
  readonly log: LogOutput;
  readonly topics: Topics;
  readonly clock: Clock;
  readonly turn: Turn;
  readonly tcp: TcpServer;
  readonly tcpPort: number;
  readonly metadata: MetadataFile;
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
  readonly versionLine = versionLine("nsqd", `deno${Deno.version.deno}`);
  readonly #parts: BrokerParts;
  #httpPort = 0;
  #given: Options;
  /** What was given with everything computed filled in; made anew when something changes, as it is read at each /pub. */
  #options: Options;

  constructor(parts: BrokerParts) {
    this.#parts = parts;
    this.#given = parts.options;
    this.topics = parts.topics;
    this.clock = parts.clock;
    this.log = parts.log;
    this.hostname = parts.hostname;
    this.tcpPort = parts.tcpPort;
    this.startWallMs = parts.clock.wallMs();
    this.#options = this.#effective();
  }

  get options(): Options {
    return this.#options;
  }

  /** 0 until the listener is open. */
  get httpPort(): number {
    return this.#httpPort;
  }

  set httpPort(port: number) {
    this.#httpPort = port;
    this.#options = this.#effective();
  }

  #effective(): Options {
    const options = this.#given;
    const broadcastHttpPort = options.broadcastHttpPort || this.httpPort;
    const hostKey = `${options.broadcastAddress}:${broadcastHttpPort}`.replaceAll(/[.:]/g, "_");
    return {
      ...options,
      broadcastHttpPort,
      broadcastTcpPort: options.broadcastTcpPort || this.tcpPort,
      statsdPrefix: expandedPrefix(options.statsdPrefix, hostKey),
    };
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
    // A failed write shows in the health, and is tried again.
    await this.#parts.metadata.saved().catch(() => {});
  }

  setLogLevel(level: LogLevel): void {
    this.log.level = level;
    this.#change({ logLevel: level });
  }

  setLookupdAddresses(addresses: readonly string[]): void {
    this.#change({ lookupdTcpAddress: [...addresses] });
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
