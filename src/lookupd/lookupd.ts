// A running nsqlookupd: it opens the listeners, puts the parts together, and ends them.

import { SystemClock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import { LoopDelay } from "../base/loop_delay.ts";
import { RareLine } from "../base/rare_line.ts";
import type { LookupdOptions } from "../options/nsqlookupd_options.ts";
import { Admission } from "../transport/admission.ts";
import { boundText, portOf } from "../transport/listen_address.ts";
import { listen, openAtPort } from "../transport/listener.ts";
import { Refusals } from "../transport/refusals.ts";
import { TlsMaterial } from "../transport/tls_material.ts";
import { Answering } from "../web/answering.ts";
import { startNodeServer } from "../web/node_server.ts";
import { tlsRequiredReply } from "../web/replies.ts";
import type { HttpServer, Respond } from "../web/serving.ts";
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
  /** The words of the process, for /debug/pprof/cmdline. */
  readonly commandLine?: readonly string[];
  /** Reads the files of TLS; absent is from the disk. */
  readonly readTextFile?: (path: string) => string;
  /** Other times than usual, for tests. */
  readonly reachability?: ReachabilitySettings;
}

const PROGRAM = "nsqlookupd";

const answering = new Answering<LookupdRoute, LookupdHost>(
  lookupdRoutes,
  (host, { match, queryText }) => match.route.handle({ host, queryText }),
);

/** A running nsqlookupd. */
export class Lookupd {
  readonly #server: LookupTcpServer;
  readonly #http: readonly HttpServer[];
  readonly #reachability: Reachability | undefined;
  readonly #loopDelay: LoopDelay;
  /** The ports really bound. */
  readonly tcpPort: number;
  readonly httpPort: number;
  /** 0 without HTTPS. */
  readonly httpsPort: number;

  private constructor(
    host: LookupdHost & { readonly loopDelay: LoopDelay },
    server: LookupTcpServer,
    http: readonly HttpServer[],
    reachability: Reachability | undefined,
  ) {
    this.#server = server;
    this.#http = http;
    this.#reachability = reachability;
    this.#loopDelay = host.loopDelay;
    this.tcpPort = host.tcpPort;
    this.httpPort = host.httpPort;
    this.httpsPort = host.httpsPort;
  }

  /** Opens the listeners and serves. Rejects with an Error worded for the log. */
  static async start(inputs: LookupdInputs): Promise<Lookupd> {
    const { options, log } = inputs;
    const tls = TlsMaterial.load(options, inputs.readTextFile ?? Deno.readTextFileSync);
    const clock = new SystemClock();
    const settings = inputs.reachability ?? REACHABILITY_SETTINGS;
    const reachability = options.checkReachability
      ? new Reachability(settings, clock, log)
      : undefined;
    const host = { ...hostOf(inputs, clock), reachability, tls };
    const listener = await openAtPort(options.tcpAddress, (at) => listen(at, { mode: undefined }));
    let http: readonly HttpServer[];
    try {
      http = await openHttp(host);
    } catch (error) {
      listener.close();
      throw error;
    }
    host.tcpPort = portOf(listener.addr);
    log.info(`TCP: listening on ${boundText(listener.addr)}`);
    for (const [index, { text }] of http.entries()) {
      log.info(`${index === 0 ? "HTTP" : "HTTPS"}: listening on ${text}`);
    }
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
    await Promise.all(this.#http.map((server) => server.shutdown()));
  }
}

function hostOf(inputs: LookupdInputs, clock: SystemClock) {
  const { options, log, hostname, commandLine = [PROGRAM] } = inputs;
  const { maxConnections, maxHttpConnections, maxConnectionsPerAddress: perAddressMax } = options;
  return {
    registry: new Registry({
      inactiveProducerTimeoutMs: options.inactiveProducerTimeout,
      tombstoneLifetimeMs: options.tombstoneLifetime,
      entriesMax: options.maxRegistrations,
    }),
    clock,
    log,
    complaints: new RareLine((text) => log.error(text), () => clock.nowMs()),
    refusals: new Refusals(clock, log),
    admission: new Admission({ connectionsMax: maxConnections, perAddressMax }),
    httpAdmission: new Admission({ connectionsMax: maxHttpConnections, perAddressMax }),
    options: { ...options, unixSocketMode: "" },
    loopDelay: new LoopDelay(() => clock.nowMs()),
    program: PROGRAM,
    commandLine,
    hostname,
    tcpPort: 0,
    httpPort: 0,
    httpsPort: 0,
  };
}

/** HTTP, and HTTPS where there is a certificate; notes their ports in the host. */
async function openHttp(
  host: LookupdHost & { httpPort: number; httpsPort: number },
): Promise<readonly HttpServer[]> {
  const { httpAddress, httpsAddress, tlsRequired } = host.options;
  const respond: Respond = (request, remote) => answering.answer(host, request, remote);
  const respondPlainly: Respond = tlsRequired === "true"
    ? (_request, remote) => refuseWithoutTls(host, remote)
    : respond;
  const http = await openAtPort(httpAddress, (at) => startNodeServer(host, at, respondPlainly));
  host.httpPort = http.port;
  const { tls } = host;
  if (tls === undefined || httpsAddress === "") return [http];
  try {
    const https = await openAtPort(httpsAddress, (at) => startNodeServer(host, at, respond, tls));
    host.httpsPort = https.port;
    return [http, https];
  } catch (error) {
    await http.shutdown();
    throw error;
  }
}

function refuseWithoutTls(host: LookupdHost, remote: () => string): Response {
  host.refusals.add("tls_required", `HTTP: refused ${remote()}: TLS is required`);
  return tlsRequiredReply(host.httpsPort);
}
