// The broker's side of the nsqlookupds: what happens to topics and channels becomes orders, and a new topic is held back
// until its channels elsewhere are known. Invariant: without addresses nothing is told and nothing waits.

import type { ClientTls } from "./base/client_tls.ts";
import { VERSION } from "./base/version.ts";
import type { LookupPort } from "./lookup/lookup_port.ts";
import type { Options } from "./options/nsqd_options.ts";
import type { TopicChange, Topics } from "./queue/topics.ts";
import { readClientTls } from "./transport/tls_material.ts";

/** Announces a broker's topics and channels. */
export class BrokerLookup {
  readonly #port: LookupPort;
  readonly #topics: Topics;
  readonly #hostname: string;
  #isAnnouncing = false;
  #hasLeft = false;
  #options: Options | undefined;
  #tls: ClientTls | undefined;

  constructor(port: LookupPort, topics: Topics, hostname: string) {
    this.#port = port;
    this.#topics = topics;
    this.#hostname = hostname;
  }

  /**
   * Reads the files with which the servers are spoken to over TLS, for the next `setServers`; says whether there are any.
   * @throws {TransportError} saying which file cannot be used; those read before stay in use
   */
  readTls(options: Options, readTextFile: (path: string) => string): boolean {
    this.#tls = options.lookupdTls ? lookupTls(options, readTextFile) : undefined;
    return this.#tls !== undefined;
  }

  /** The servers of these options, in which the broadcast ports are filled in, are the ones from now on. */
  setServers(options: Options): void {
    this.#options = options;
    if (this.#hasLeft) return;
    const addresses = options.lookupdTcpAddress;
    if (addresses.length === 0 && !this.#isAnnouncing) return;
    this.#isAnnouncing = addresses.length > 0;
    const { all } = this.#topics;
    this.#port.order({
      kind: "servers",
      addresses,
      node: {
        broadcastAddress: options.broadcastAddress,
        tcpPort: options.broadcastTcpPort,
        httpPort: options.broadcastHttpPort,
        hostname: this.#hostname,
        topologyRegion: options.topologyRegion,
        topologyZone: options.topologyZone,
        version: VERSION,
      },
      tls: this.#tls,
      registrations: this.#isAnnouncing
        ? [...all.values()].map(({ name, channels }) => [name, [...channels.keys()]] as const)
        : [],
      requestLimitMs: options.httpClientRequestTimeout,
    });
  }

  /** Tells of a topic or channel that came or went. */
  changed({ what, topic, channel }: TopicChange): void {
    if (!this.#isAnnouncing || (what !== "created" && what !== "deleted")) return;
    this.#port.order({
      kind: what === "created" ? "register" : "unregister",
      topic: topic.name,
      ...channel && { channel: channel.name },
    });
    if (what === "created" && channel === undefined) {
      this.#topics.expectChannels(topic, this.#port.channelsOf(topic.name));
    }
  }

  /** Leaves the servers until `comeBack`, whatever `setServers` says meanwhile. */
  leave(): void {
    this.close();
    this.#hasLeft = true;
  }

  /** Announces everything to the latest servers again. */
  comeBack(): void {
    this.#hasLeft = false;
    if (this.#options !== undefined) this.setServers(this.#options);
  }

  /** Leaves the servers. */
  close(): void {
    if (!this.#isAnnouncing) return;
    this.#isAnnouncing = false;
    const node = {
      broadcastAddress: "",
      tcpPort: 0,
      httpPort: 0,
      hostname: "",
      topologyRegion: "",
      topologyZone: "",
      version: "",
    };
    this.#port.order({
      kind: "servers",
      addresses: [],
      node,
      registrations: [],
      requestLimitMs: 0,
    });
  }
}

function lookupTls(options: Options, readTextFile: (path: string) => string): ClientTls {
  const { lookupdTlsRootCaFile: rootCaFile, lookupdTlsCert: certFile, lookupdTlsKey: keyFile } =
    options;
  return readClientTls({ rootCaFile, certFile, keyFile }, readTextFile);
}
