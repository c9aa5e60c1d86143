// A running nsqadmin: it opens the listener, puts the parts together, and ends them.

import { Authority } from "../auth/authority.ts";
import { readAuthFile } from "../auth/auth_file.ts";
import { SystemClock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import { LoopDelay } from "../base/loop_delay.ts";
import { reasonOf } from "../base/system_error.ts";
import { VERSION } from "../base/version.ts";
import { tokenIn } from "../options/http_token.ts";
import { OptionError } from "../options/option_error.ts";
import type { AdminOptions } from "../options/nsqadmin_options.ts";
import type { LogLevel } from "../options/option_row.ts";
import { Admission } from "../transport/admission.ts";
import { openAtPort } from "../transport/listener.ts";
import { Refusals } from "../transport/refusals.ts";
import { readClientTls } from "../transport/tls_material.ts";
import { Answering, type Routed } from "../web/answering.ts";
import type { ApiRequest } from "../web/api_request.ts";
import { jsonReply } from "../web/replies.ts";
import { startNodeServer } from "../web/node_server.ts";
import type { HttpServer } from "../web/serving.ts";
import { Access } from "./access.ts";
import { AddressRange } from "./address_range.ts";
import { parseBasePath, routesBelow } from "./base_path.ts";
import { type AdminRoute, segmentText } from "./call.ts";
import { Cluster } from "./cluster.ts";
import { compressed } from "./compression.ts";
import { DaemonClient } from "./daemon_client.ts";
import type { AdminHost } from "./host.ts";
import { adminErrors } from "./http_errors.ts";
import { Notifications } from "./notifications.ts";
import { RateBook } from "./rate_book.ts";
import { routesFor } from "./routes.ts";
import { StaticFiles } from "./static_files.ts";
import { Survey } from "./survey.ts";
import { Tails } from "./tails.ts";

/** What an nsqadmin is started with. */
export interface AdminInputs {
  readonly options: AdminOptions;
  readonly log: Logger & { level?: LogLevel };
  readonly hostname: string;
  /** Returns the text of a file, or throws. */
  readonly readTextFile: (path: string) => string;
}

/** A running nsqadmin. */
export class Admin {
  readonly #inputs: AdminInputs;
  readonly #authority: Authority | undefined;
  readonly #host: AdminHost;
  readonly #http: HttpServer;
  readonly #loopDelay: LoopDelay;
  /** The port really bound. */
  readonly httpPort: number;

  private constructor(
    inputs: AdminInputs,
    authority: Authority | undefined,
    host: AdminHost,
    http: HttpServer,
    loopDelay: LoopDelay,
  ) {
    this.#inputs = inputs;
    this.#authority = authority;
    this.#host = host;
    this.#http = http;
    this.#loopDelay = loopDelay;
    this.httpPort = http.port;
    loopDelay.start();
  }

  /** Opens the listener and serves. Rejects with an Error worded for the log. */
  static async start(inputs: AdminInputs): Promise<Admin> {
    const { options, log } = inputs;
    const authority = authorityOf(inputs, (text) => host.refusals.add("auth_failed", text));
    const clock = new SystemClock();
    const loopDelay = new LoopDelay(() => clock.nowMs());
    const host: AdminHost = hostOf(inputs, authority, clock, loopDelay);
    const routes = routesBelow(host.basePath, routesFor(options));
    const answering = new Answering<AdminRoute, AdminHost>(routes, answerRouted);
    const respond = async (request: ApiRequest, remote: () => string) =>
      compressed(
        await answering.answer(host, request, remote),
        request.headers.get("accept-encoding"),
      );
    const http = await openAtPort(
      options.httpAddress,
      (address) => startNodeServer(host, address, respond),
    );
    log.info(`HTTP: listening on ${http.text}`);
    warnIfOpen(host, http.text);
    return new Admin(inputs, authority, host, http, loopDelay);
  }

  /** Reads the file of users again: everybody has to log in again. A file that cannot be used changes nothing. */
  reload(): void {
    const { options: { authFile }, readTextFile, log } = this.#inputs;
    if (this.#authority === undefined) return;
    try {
      const book = readAuthFile(authFile, readTextFile);
      this.#authority.replaceBook(book);
      log.info(`read ${book.size} users of ${authFile} again`);
    } catch (error) {
      log.error(`cannot reload - ${reasonOf(error)}`);
    }
  }

  /** Closes the listener, tails and connections. */
  async stop(): Promise<void> {
    this.#loopDelay.stop();
    await this.#host.tails.close();
    await this.#http.shutdown();
  }
}

async function answerRouted(
  host: AdminHost,
  { request, match: { route, segments }, queryText, remote }: Routed<AdminRoute>,
): Promise<Response> {
  const sender = await host.access.senderOf(request, route.role, remote);
  if (!host.access.isKnown(sender, route)) return unauthorized();
  host.access.check(sender, route, request, remote);
  return await route.handle({
    host,
    request,
    queryText,
    segments: segments.map(segmentText),
    sender,
    remote: remote(),
  });
}

/** Nobody is logged in. A challenge for a password would have browsers open a window of their own. */
function unauthorized(): Response {
  const response = jsonReply({ message: "UNAUTHORIZED" }, adminErrors.UNAUTHORIZED.status);
  response.headers.set("WWW-Authenticate", 'Bearer realm="nsqadmin"');
  return response;
}

function authorityOf(
  { options: { authFile }, readTextFile }: AdminInputs,
  refused: (text: string) => void,
): Authority | undefined {
  if (authFile === "") return undefined;
  const book = readAuthFile(authFile, readTextFile);
  return new Authority({ book, servers: undefined, refused });
}

function hostOf(
  inputs: AdminInputs,
  authority: Authority | undefined,
  clock: SystemClock,
  loopDelay: LoopDelay,
): AdminHost {
  const { log, hostname } = inputs;
  const basePath = parseBasePath(inputs.options.basePath);
  let options = { ...inputs.options, basePath, unixSocketMode: "" };
  if (options.allowConfigFromCidr !== "") checkRange(options.allowConfigFromCidr);
  const refusals = new Refusals(clock, log);
  const client = clientOf(inputs, clock);
  const lookupdAddresses = () => options.lookupdHttpAddress;
  const nsqdAddresses = () => options.nsqdHttpAddress;
  const cluster = new Cluster({
    client,
    lookupdAddresses,
    nsqdAddresses,
    wallMs: () => clock.wallMs(),
  });
  const { surveyInterval: intervalMs, httpClientRequestTimeout: requestTimeoutMs } = options;
  const { maxHttpConnections: connectionsMax, maxConnectionsPerAddress: perAddressMax } = options;
  return {
    clock,
    log,
    loopDelay,
    refusals,
    httpAdmission: new Admission({ connectionsMax, perAddressMax }),
    get options() {
      return options;
    },
    basePath,
    hostname,
    access: new Access({
      adminUsers: options.adminUser,
      aclHttpHeader: options.aclHttpHeader,
      authority,
      sessionTimeoutMs: options.sessionTimeout,
      basePath,
      clock,
      refusals,
    }),
    client,
    cluster,
    survey: new Survey({ client, cluster, nsqdAddresses, intervalMs, clock, log }),
    rates: new RateBook(),
    notifications: new Notifications({
      endpoint: options.notificationHttpEndpoint,
      requestTimeoutMs,
      log,
    }),
    tails: new Tails(options.maxTails),
    files: new StaticFiles(options.devStaticDir),
    setLogLevel(level) {
      options = { ...options, logLevel: level };
      inputs.log.level = level;
    },
    setLookupdAddresses(addresses) {
      options = { ...options, lookupdHttpAddress: addresses };
    },
  };
}

function checkRange(text: string): void {
  try {
    new AddressRange(text);
  } catch (error) {
    const reason = reasonOf(error);
    throw new OptionError(`failed to parse --allow-config-from-cidr (${text}) - ${reason}`, 1);
  }
}

function clientOf({ options, readTextFile, log }: AdminInputs, clock: SystemClock): DaemonClient {
  const {
    httpClientTlsRootCaFile: rootCaFile,
    httpClientTlsCert: certFile,
    httpClientTlsKey: keyFile,
    httpClientTlsInsecureSkipVerify: isInsecure,
  } = options;
  const words = {
    pair: `failed to LoadX509KeyPair ${certFile}, ${keyFile}`,
    authorities: `failed to read TLS root CA file ${rootCaFile}`,
    noAuthorities: `failed to AppendCertsFromPEM ${rootCaFile}`,
  };
  return new DaemonClient({
    connectTimeoutMs: options.httpClientConnectTimeout,
    requestTimeoutMs: options.httpClientRequestTimeout,
    tls: { ...readClientTls({ rootCaFile, certFile, keyFile }, readTextFile, words), isInsecure },
    nsqdToken: tokenIn(options.httpAuthTokenFile, readTextFile),
    userAgent: `nsqadmin/v${VERSION}`,
    clock,
    log,
  });
}

/** Whoever reaches the port may do everything: that deserves a word. */
function warnIfOpen({ access, options, log }: AdminHost, bound: string): void {
  if (access.isLoginOn || /^(127\.|\[::1\]|localhost:)/.test(bound)) return;
  const isProxied = options.adminUser.length > 0;
  log.warn(
    isProxied
      ? `${bound} can be reached from other machines, and whoever sends --acl-http-header is taken at his ` +
        "word: let only your proxy reach it, or give --auth-file"
      : `${bound} can be reached from other machines, and whoever does may change and delete everything: ` +
        "give --auth-file, or listen on 127.0.0.1",
  );
}
