// Plain HTTP on Deno.serve. It has no limit for connections; see http_server.ts.

import { FORESEEN_FAULTS } from "../base/foreseen_faults.ts";
import { boundText, portOf, remoteText } from "../transport/listen_address.ts";
import type { ListenAddress } from "../transport/listen_address.ts";
import { LISTEN_BACKLOG, listening } from "../transport/listener.ts";
import { socketFileSettings } from "./host.ts";
import type { HttpHost } from "./host.ts";
import type { HttpServer, Respond } from "../web/serving.ts";

/** Begins to listen and answer. Rejects with what Deno.serve throws. */
export async function startDenoServer(
  host: HttpHost,
  address: ListenAddress,
  respond: Respond,
): Promise<HttpServer> {
  const aborter = new AbortController();
  const common = { signal: aborter.signal, onListen: () => {} };
  const server: Deno.HttpServer<Deno.Addr> = await listening(
    address,
    socketFileSettings(host.options),
    (place): Deno.HttpServer<Deno.Addr> => {
      const handle = (request: Request, info: { remoteAddr: Deno.Addr }) => {
        // Asked for once: after a request has become a WebSocket it is not told any more.
        let remote: string | undefined;
        return respond(request, () => remote ??= remoteText(info.remoteAddr));
      };
      if (place.kind === "unix") return Deno.serve({ ...common, path: place.path }, handle);
      const { hostname, port } = place;
      return Deno.serve({ ...common, hostname, port, tcpBacklog: LISTEN_BACKLOG }, handle);
    },
  );
  return {
    port: portOf(server.addr),
    text: boundText(server.addr),
    shutdown: (graceMs) => shutdown(server, aborter, graceMs),
  };
}

async function shutdown(
  server: Deno.HttpServer<Deno.Addr>,
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
    if (!(event.error instanceof Deno.errors.BadResource)) return;
    event.preventDefault();
    FORESEEN_FAULTS.add(event.error);
  };
  globalThis.addEventListener("error", pass);
  aborter.abort();
  globalThis.removeEventListener("error", pass);
}
