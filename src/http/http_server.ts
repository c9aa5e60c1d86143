// The listeners of nsqd's HTTP API. They know sockets; what requests mean is in `answer`.
//
//   plain HTTP   Deno.serve: three times the throughput of node:http (measured: 25 and 70 us of a /pub), but it has neither a
//                limit for connections nor a deadline for the head of a request, and shows nothing one could count
//   --max-http-connections, HTTPS   node:http and node:https, which have all of these

import type { ListenAddress } from "../transport/listen_address.ts";
import type { TlsMaterial } from "../transport/tls_material.ts";
import { answer } from "./answer.ts";
import { startDenoServer } from "./deno_server.ts";
import type { HttpHost } from "./host.ts";
import { startNodeServer } from "../web/node_server.ts";
import { tlsRequiredReply } from "../web/replies.ts";
import type { HttpServer, Respond } from "../web/serving.ts";

/** How often bodies that are late, and consumers that are stuck, are looked for. */
const TICK_MS = 1000;

/** Begins to listen and answer; port 0 is any free one. Rejects with what the listener throws. */
export async function startHttpServer(host: HttpHost, address: ListenAddress): Promise<HttpServer> {
  const { tlsRequired, maxHttpConnections } = host.options;
  const respond: Respond = tlsRequired === "true"
    ? (_request, remote) => refuseWithoutTls(host, remote)
    : (request, remote) => answer(host, request, remote);
  const start = maxHttpConnections > 0 ? startNodeServer : startDenoServer;
  return watching(host, await start(host, address, respond));
}

/** The same over TLS. New material is used for new connections. */
export async function startHttpsServer(
  host: HttpHost,
  address: ListenAddress,
  material: TlsMaterial,
): Promise<HttpServer> {
  const respond: Respond = (request, remote) => answer(host, request, remote);
  return watching(host, await startNodeServer(host, address, respond, material));
}

function refuseWithoutTls(host: HttpHost, remote: () => string): Response {
  host.refusals.add("tls_required", `HTTP: refused ${remote()}: TLS is required`);
  return tlsRequiredReply(host.httpsPort);
}

/** Bodies and consumers are given up on while the server runs. */
function watching(host: HttpHost, server: HttpServer): HttpServer {
  const timer = setInterval(() => {
    host.bodies.tick();
    host.httpConsumers.tick();
  }, TICK_MS);
  Deno.unrefTimer(timer);
  return {
    ...server,
    async shutdown(graceMs) {
      await server.shutdown(graceMs);
      clearInterval(timer);
    },
  };
}
