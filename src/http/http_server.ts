// The HTTP listener of nsqd, on Deno.serve. It knows sockets; what requests mean is in `answer`.

import { formatHostPort, type HostPort } from "../base/host_port.ts";
import { answer } from "./answer.ts";
import type { HttpHost } from "./host.ts";

/** As for TCP: a burst of clients must not wait for their SYN to be sent again. */
const BACKLOG = 65535;

/** A running HTTP server. */
export interface HttpServer {
  /** The port really bound. */
  readonly port: number;
  /** Takes no more requests, lets those under way end for `graceMs` (2 s) at most, then closes. */
  shutdown(graceMs?: number): Promise<void>;
}

/** Begins to listen and answer; port 0 is any free one. Rejects with what Deno.serve throws. */
// deno-lint-ignore require-await
export async function startHttpServer(host: HttpHost, address: HostPort): Promise<HttpServer> {
  const aborter = new AbortController();
  const server = Deno.serve({
    hostname: address.hostname,
    port: address.port,
    tcpBacklog: BACKLOG,
    signal: aborter.signal,
    onListen: () => {},
  }, (request, info) => answer(host, request, () => formatHostPort(info.remoteAddr)));
  return { port: server.addr.port, shutdown: (graceMs) => shutdown(server, aborter, graceMs) };
}

async function shutdown(
  server: Deno.HttpServer,
  aborter: AbortController,
  graceMs = 2_000,
): Promise<void> {
  const timer = setTimeout(() => cutOff(aborter), graceMs);
  await server.shutdown();
  clearTimeout(timer);
}

/**
 * Ends what is under way. When the server has just ended by itself Deno reports a BadResource, not to the caller but as
 * an uncaught error, which would end the process; it is as good as done.
 */
function cutOff(aborter: AbortController): void {
  const pass = (event: ErrorEvent) => {
    if (event.error instanceof Deno.errors.BadResource) event.preventDefault();
  };
  globalThis.addEventListener("error", pass);
  aborter.abort();
  globalThis.removeEventListener("error", pass);
}
