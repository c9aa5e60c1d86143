// Accepts the connections of nsqd's, counts them, and looks once a second for those that are overdue.

import type { AdmissionRefusal } from "../transport/admission.ts";
import { remoteHost, remoteText } from "../transport/listen_address.ts";
import type { LookupdHost } from "./host.ts";
import { Session } from "./session.ts";

const ACCEPT_RETRY_MS = 100;
const TICK_MS = 1000;

/** Serves the lookup protocol on one listener. */
export class LookupTcpServer {
  readonly #host: LookupdHost;
  readonly #listener: Deno.Listener;
  readonly #sessions = new Set<Session>();
  readonly #timer: ReturnType<typeof setInterval>;
  #isClosed = false;

  constructor(host: LookupdHost, listener: Deno.Listener) {
    this.#host = host;
    this.#listener = listener;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** Accepts connections until `close`. */
  async serve(): Promise<void> {
    while (!this.#isClosed) {
      try {
        this.#welcome(await this.#listener.accept());
      } catch (error) {
        if (this.#isClosed) return;
        // Out of descriptors, or a client gone before it was accepted: the listener itself is fine.
        this.#host.refusals.add("accept_failed", `TCP: cannot accept a connection - ${error}`);
        await new Promise((resolve) => setTimeout(resolve, ACCEPT_RETRY_MS));
      }
    }
  }

  #welcome(connection: Deno.Conn): void {
    const { remoteAddr } = connection;
    const hostname = remoteHost(remoteAddr);
    const address = remoteText(remoteAddr);
    const refusal = this.#host.admission.admit(hostname);
    if (refusal !== undefined) return this.#turnAway(connection, address, refusal);
    this.#host.log.info(`TCP: new client(${address})`);
    prepare(connection);
    const session = new Session(this.#host, connection, address);
    this.#sessions.add(session);
    void session.run().then(() => {
      this.#sessions.delete(session);
      this.#host.admission.leave(hostname);
    });
  }

  #turnAway(connection: Deno.Conn, address: string, refusal: AdmissionRefusal): void {
    connection.close();
    const isPerAddress = refusal === "per address";
    this.#host.refusals.add(
      isPerAddress ? "tcp_connections_per_address" : "tcp_connections",
      `TCP: refused ${address}: too many connections${isPerAddress ? " from there" : ""}`,
    );
  }

  #tick(): void {
    const nowMs = this.#host.clock.nowMs();
    for (const session of this.#sessions) session.tick(nowMs);
  }

  /** Stops listening and closes all connections. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#listener.close();
    for (const session of this.#sessions) session.close();
  }
}

/** Replies leave at once, and an nsqd whose machine has vanished is found out one day. */
function prepare(connection: Deno.Conn): void {
  try {
    const socket = connection as Deno.TcpConn;
    socket.setNoDelay(true);
    socket.setKeepAlive(true);
  } catch {
    // It has hung up already; reading will say so.
  }
}
