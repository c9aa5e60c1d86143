// HTTP and HTTPS on node:http and node:https, with what Deno.serve lacks: connections are counted and limited, a head
// must arrive in time, and clients can be asked for certificates.

import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import { createServer as createTlsServer, type Server as TlsServer } from "node:https";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { formatHostPort } from "../base/host_port.ts";
import {
  type ListenAddress,
  plainHost,
  UNIX_CLIENT,
  UNIX_SOCKET_PORT,
} from "../transport/listen_address.ts";
import { LISTEN_BACKLOG, listening } from "../transport/listener.ts";
import type { Admission } from "../transport/admission.ts";
import type { Refusals } from "../transport/refusals.ts";
import type { TlsMaterial } from "../transport/tls_material.ts";
import { parseSocketMode } from "../transport/unix_socket.ts";
import type { HttpServer, Respond } from "./serving.ts";
import { NodeRequest, sendResponse } from "./node_exchange.ts";
import { openNodeLink } from "./node_socket_link.ts";

/** Go's and hyper's limits are larger than Node's 16 KiB. */
const HEAD_BYTES_MAX = 64 * 1024;
const CHECKING_MS_MAX = 5000;
const REQUEST_TIMEOUT = "ERR_HTTP_REQUEST_TIMEOUT";

/** What the server needs of the program. */
export interface NodeServerHost {
  readonly options: {
    /** Time for the head of a request and for TLS, ms; 0 is no limit. */
    readonly handshakeTimeout: number;
    readonly unixSocketMode: string;
  };
  /** Counts the connections. */
  readonly httpAdmission: Admission;
  readonly refusals: Refusals;
}

/** Begins to listen and answer, over TLS when there is material for it. Rejects with what node:net reports. */
export async function startNodeServer(
  host: NodeServerHost,
  address: ListenAddress,
  respond: Respond,
  material?: TlsMaterial,
): Promise<HttpServer> {
  const server = await listening(
    address,
    { mode: parseSocketMode(host.options.unixSocketMode) },
    (place) => listenOn(newServer(host, respond, material), place),
  );
  const bound = server.address();
  const isPort = bound !== null && typeof bound === "object";
  return {
    port: isPort ? bound.port : UNIX_SOCKET_PORT,
    text: isPort ? formatHostPort({ hostname: bound.address, port: bound.port }) : bound ?? "",
    shutdown: (graceMs) => shutdown(server, graceMs),
  };
}

function newServer(
  host: NodeServerHost,
  respond: Respond,
  material?: TlsMaterial,
): Server | TlsServer {
  const { handshakeTimeout } = host.options;
  const limits = {
    headersTimeout: handshakeTimeout,
    // Bodies have a deadline of their own, which does not hold for answers that take long.
    requestTimeout: 0,
    keepAliveTimeout: 0,
    maxHeaderSize: HEAD_BYTES_MAX,
    connectionsCheckingInterval: Math.min(CHECKING_MS_MAX, Math.max(100, handshakeTimeout / 4)),
  };
  const handle = (incoming: IncomingMessage, outgoing: ServerResponse) =>
    void exchange(respond, incoming, outgoing);
  const server = material === undefined
    ? newPlainServer(host, limits, handle)
    : newTlsServer(host, material, { ...limits, handshakeTimeout }, handle);
  server.on("connection", (socket: Socket) => admit(host, socket));
  server.on("upgrade", (incoming: IncomingMessage, socket: Socket, head: Uint8Array) => {
    void answerUpgrade(respond, incoming, socket, head);
  });
  return server;
}

type Handle = (incoming: IncomingMessage, outgoing: ServerResponse) => void;

function newPlainServer(
  host: NodeServerHost,
  limits: Record<string, number>,
  handle: Handle,
): Server {
  const server = createServer(limits, handle);
  server.on("clientError", (error, socket) => refuse(host, error, socket as Socket));
  return server;
}

function newTlsServer(
  host: NodeServerHost,
  material: TlsMaterial,
  limits: Record<string, number>,
  handle: Handle,
): TlsServer {
  // 0 would be no time at all to node:tls.
  const handshakeTimeout = limits.handshakeTimeout || 120_000;
  const options = { ...limits, handshakeTimeout, ...material.serverOptions };
  const server = createTlsServer(options, handle);
  material.onReload(() => server.setSecureContext(material.serverOptions));
  const handshaken = new WeakSet<object>();
  server.on("secureConnection", (socket: TLSSocket) => {
    handshaken.add(socket);
    const refusal = material.refusalOf(socket);
    if (refusal !== undefined) refuseHandshake(host, refusal, socket);
  });
  // Handshakes that fail are reported here, too.
  server.on("clientError", (error, socket) => {
    if (handshaken.has(socket)) refuse(host, error, socket as Socket);
    else refuseHandshake(host, error.message, socket as Socket);
  });
  return server;
}

function refuseHandshake(host: NodeServerHost, reason: string, socket: Socket): void {
  host.refusals.add("tls_handshake", `HTTPS: refused ${textOf(socket)} - ${reason}`);
  socket.destroy();
}

async function exchange(
  respond: Respond,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  // Without a listener a client that breaks off would end the process.
  incoming.on("error", () => {});
  outgoing.on("error", () => {});
  const response = await respond(new NodeRequest(incoming), () => textOf(incoming.socket));
  await sendResponse(response, outgoing);
}

/** A request that wants another protocol: the API may make a WebSocket of it, or answers, and the connection ends. */
async function answerUpgrade(
  respond: Respond,
  incoming: IncomingMessage,
  socket: Socket,
  head: Uint8Array,
): Promise<void> {
  socket.on("error", () => {});
  let isOpen = false;
  const request = new NodeRequest(incoming, (listener) => {
    const link = openNodeLink(incoming, socket, head, listener);
    isOpen = link !== undefined;
    return link && { link, response: new Response() };
  });
  const response = await respond(request, () => textOf(socket));
  if (isOpen) return;
  const body = await response.bytes();
  const headers = [...response.headers, ["connection", "close"], ["content-length", body.length]];
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  socket.write(
    `HTTP/1.1 ${response.status} ${STATUS_CODES[response.status] ?? ""}\r\n${lines}\r\n`,
  );
  socket.end(body);
}

function admit(host: NodeServerHost, socket: Socket): void {
  socket.on("error", () => {});
  const hostname = hostOf(socket);
  const refusal = host.httpAdmission.admit(hostname);
  if (refusal === undefined) {
    socket.once("close", () => host.httpAdmission.leave(hostname));
    return;
  }
  host.refusals.addConnection("http", textOf(socket), refusal);
  socket.destroy();
}

function refuse(host: NodeServerHost, error: Error & { code?: string }, socket: Socket): void {
  // A client that went away, as readers of a stream of events do, said nothing wrong.
  if (error.code === "ECONNRESET") return void socket.destroy();
  const isLate = error.code === REQUEST_TIMEOUT;
  if (isLate) {
    host.refusals.add(
      "http_request_timeout",
      `HTTP: ${textOf(socket)} did not send a request in time`,
    );
  } else host.refusals.add("http_bad_request", `HTTP: ${textOf(socket)} does not speak HTTP`);
  const status = isLate ? "408 Request Timeout" : "400 Bad Request";
  if (socket.writable) {
    // As Go's server says it, the status once more as text.
    socket.end(
      `HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${status}`,
    );
  }
  socket.destroySoon();
}

function hostOf(socket: Socket): string {
  return socket.remoteAddress === undefined ? UNIX_CLIENT : plainHost(socket.remoteAddress);
}

function textOf(socket: Socket): string {
  const hostname = hostOf(socket);
  if (hostname === UNIX_CLIENT) return hostname;
  return formatHostPort({ hostname, port: socket.remotePort ?? 0 });
}

function listenOn<Listening extends Server>(server: Listening, place: ListenAddress) {
  return new Promise<Listening>((resolve, reject) => {
    server.once("error", (error) => reject(asDenoError(error)));
    server.once("listening", () => resolve(server));
    if (place.kind === "unix") server.listen({ path: place.path });
    else {
      const { hostname, port } = place;
      server.listen({ host: hostname, port, backlog: LISTEN_BACKLOG });
    }
  });
}

/** The sentence that Deno's own listeners use. */
function asDenoError(error: Error & { code?: string }): Error {
  if (error.code === "EADDRINUSE") return new Deno.errors.AddrInUse("address already in use");
  return error;
}

async function shutdown(server: Server, graceMs = 2_000): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(timer);
}
