// A running nsqlookupd: it opens the listeners, puts the parts together, and ends them.

import { SystemClock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import { LoopDelay } from "../base/loop_delay.ts";
import { RareLine } from "../base/rare_line.ts";
import { systemErrorText } from "../base/system_error.ts";
import type { LookupdOptions } from "../options/nsqlookupd_options.ts";
import { Admission } from "../transport/admission.ts";
import { boundText, type ListenAddress, portOf } from "../transport/listen_address.ts";
import { parseListenAddress } from "../transport/listen_address.ts";
import { listen } from "../transport/listener.ts";
import { Refusals } from "../transport/refusals.ts";
import { Answering } from "../web/answering.ts";
import { startNodeServer } from "../web/node_server.ts";
import type { HttpServer } from "../web/serving.ts";
import type { LookupdHost } from "./host.ts";
import { Reachability, REACHABILITY_SETTINGS, type ReachabilitySettings } from "./reachability.ts";
import { Registry } from "./registry.ts";
import { type LookupdRoute, lookupdRoutes } from "./routes.ts";
import { LookupTcpServer } from "./tcp_server.ts";

/** What an nsqlookupd is started with. */
export interface LookupdInputs {
  readonly options: LookupdOptions;
  readonly log: Logger;
  readonly hostname: string;
  /** Other times than usual, for tests. */
  readonly reachability?: ReachabilitySettings;
}

const answering = new Answering<LookupdRoute, LookupdHost>(
  lookupdRoutes,
  (host, { match, queryText }) => match.route.handle({ host, queryText }),
);

/** A running nsqlookupd. */
export class Lookupd {
  readonly #server: LookupTcpServer;
  readonly #http: HttpServer;
  readonly #reachability: Reachability | undefined;
  readonly #loopDelay: LoopDelay;
  /** The ports really bound. */
  readonly tcpPort: number;
  readonly httpPort: number;

  private constructor(
    host: LookupdHost & { readonly loopDelay: LoopDelay },
    server: LookupTcpServer,
    http: HttpServer,
    reachability: Reachability | undefined,
  ) {
    this.#server = server;
    this.#http = http;
    this.#reachability = reachability;
    this.#loopDelay = host.loopDelay;
    this.tcpPort = host.tcpPort;
    this.httpPort = host.httpPort;
  }

  /** Opens the listeners and serves. Rejects with an Error worded for the log. */
  static async start({ options, log, hostname, ...inputs }: LookupdInputs): Promise<Lookupd> {
    const clock = new SystemClock();
    const { checkReachability, maxConnectionsPerAddress: perAddressMax } = options;
    const settings = inputs.reachability ?? REACHABILITY_SETTINGS;
    const reachability = checkReachability ? new Reachability(settings, clock, log) : undefined;
    const host = {
      registry: new Registry({
        inactiveProducerTimeoutMs: options.inactiveProducerTimeout,
        tombstoneLifetimeMs: options.tombstoneLifetime,
        entriesMax: options.maxRegistrations,
      }),
      clock,
      log,
      complaints: new RareLine((text) => log.error(text), () => clock.nowMs()),
      refusals: new Refusals(clock, log),
      admission: new Admission({ connectionsMax: options.maxConnections, perAddressMax }),
      httpAdmission: new Admission({ connectionsMax: options.maxHttpConnections, perAddressMax }),
      loopDelay: new LoopDelay(() => clock.nowMs()),
      reachability,
      options: { ...options, unixSocketMode: "" },
      hostname,
      tcpPort: 0,
      httpPort: 0,
    };
    const listener = await opened(options.tcpAddress, (at) => listen(at, { mode: undefined }));
    let http: HttpServer;
    try {
      const respond = answering.answer.bind(answering, host);
      http = await opened(options.httpAddress, (at) => startNodeServer(host, at, respond));
    } catch (error) {
      listener.close();
      throw error;
    }
    host.tcpPort = portOf(listener.addr);
    host.httpPort = http.port;
    log.info(`TCP: listening on ${boundText(listener.addr)}`);
    log.info(`HTTP: listening on ${http.text}`);
    const server = new LookupTcpServer(host, listener);
    void server.serve();
    host.loopDelay.start();
    return new Lookupd(host, server, http, reachability);
  }

  /** Closes listeners and connections. */
  async stop(): Promise<void> {
    this.#server.close();
    this.#reachability?.close();
    this.#loopDelay.stop();
    await this.#http.shutdown();
  }
}

async function opened<Listening>(
  text: string,
  open: (address: ListenAddress) => Promise<Listening>,
): Promise<Listening> {
  try {
    const address = parseListenAddress(text);
    if (address.kind === "unix") throw new Error("write an address as host:port");
    return await open(address);
  } catch (cause) {
    throw new Error(`listen (${text}) failed - ${systemErrorText(cause)}`, { cause });
  }
}
