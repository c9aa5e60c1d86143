// Serves the connections of nsqd's, and looks once a second for those that are overdue.

import { Acceptor } from "../transport/acceptor.ts";
import type { LookupdHost } from "./host.ts";
import { Session } from "./session.ts";

const TICK_MS = 1000;

/** Serves the lookup protocol on one listener. */
export class LookupTcpServer {
  readonly #host: LookupdHost;
  readonly #acceptor: Acceptor;
  readonly #sessions = new Set<Session>();
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(host: LookupdHost, listener: Deno.Listener) {
    this.#host = host;
    this.#acceptor = new Acceptor(
      [listener],
      host,
      (connection, address) => this.#converse(connection, address),
    );
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** Accepts connections until `close`. */
  serve(): Promise<void> {
    return this.#acceptor.run();
  }

  #converse(connection: Deno.Conn, address: string): Promise<void> {
    prepare(connection);
    const session = new Session(this.#host, connection, address);
    this.#sessions.add(session);
    return session.run().finally(() => this.#sessions.delete(session));
  }

  #tick(): void {
    const nowMs = this.#host.clock.nowMs();
    for (const session of this.#sessions) session.tick(nowMs);
  }

  /** Stops listening and closes all connections. */
  close(): void {
    clearInterval(this.#timer);
    this.#acceptor.close();
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
