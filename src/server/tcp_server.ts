// The TCP side of the broker: accepts connections, keeps the list of sessions, and their deadlines.

import { DeadlineHeap } from "../base/deadline_heap.ts";
import type { ClientStats } from "../queue/client_stats.ts";
import { handlers } from "./handlers/handlers.ts";
import { type Connection, Session } from "./session.ts";
import type { SessionHost, Watched } from "./session_host.ts";

/** A client that connects in a burst must not wait a second for its SYN to be sent again (measured: 3 s for 3,000). */
const BACKLOG = 65535;
const ACCEPT_RETRY_MS = 100;

/** Opens the listener; `port` 0 is any free one. Throws what `Deno.listen` throws. */
export function listenTcp(hostname: string, port: number): Deno.TcpListener {
  return Deno.listen({ hostname, port, tcpBacklog: BACKLOG });
}

/** The part of a listener that the server uses. */
export type Acceptor = Pick<Deno.TcpListener, "accept" | "close">;

/** Serves the protocol on a listener. */
export class TcpServer {
  readonly #listener: Acceptor;
  readonly #host: SessionHost;
  readonly #sessions = new Set<Session>();
  readonly #deadlines = new DeadlineHeap<Watched>();
  #isClosed = false;

  /** @param host what the sessions share; `watch` and `forget` are the server's own */
  constructor(listener: Acceptor, host: Omit<SessionHost, "watch" | "forget">) {
    this.#listener = listener;
    this.#host = {
      ...host,
      watch: (session, deadlineMs) => this.#deadlines.set(session, deadlineMs),
      forget: (session) => this.#forget(session),
    };
  }

  /** Accepts connections until `close`. */
  async serve(): Promise<void> {
    while (!this.#isClosed) {
      try {
        const connection = await this.#listener.accept();
        this.#welcome(connection);
      } catch (error) {
        if (this.#isClosed) return;
        // Out of descriptors, or a client gone before it was accepted: the listener itself is fine.
        this.#host.log.error(`TCP: cannot accept a connection - ${error}`);
        await new Promise((resolve) => setTimeout(resolve, ACCEPT_RETRY_MS));
      }
    }
  }

  #welcome(connection: Deno.TcpConn): void {
    const { hostname, port } = connection.remoteAddr;
    const address = hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
    this.#host.log.info(`TCP: new client(${address})`);
    connection.setNoDelay(true);
    this.adopt(connection, address);
  }

  /** Serves a connection, wherever it comes from. */
  adopt(connection: Connection, address: string): void {
    const session = new Session(connection, address, this.#host, handlers);
    this.#sessions.add(session);
    session.restartHeartbeat();
    this.#host.turn.schedule();
    void session.run();
  }

  #forget(session: Watched): void {
    this.#deadlines.remove(session);
    this.#sessions.delete(session as Session);
  }

  /** Does what is due; see `nextDeadlineMs`. */
  tick(nowMs: number): void {
    const { firstMs } = this.#deadlines;
    if (firstMs > nowMs) return;
    for (let due = this.#deadlines.takeDue(nowMs); due; due = this.#deadlines.takeDue(nowMs)) {
      const nextMs = due.expire(nowMs);
      if (nextMs !== Infinity) this.#deadlines.set(due, nextMs);
    }
  }

  /** When `tick` is to be called next; Infinity is never. */
  get nextDeadlineMs(): number {
    return this.#deadlines.firstMs;
  }

  /** How many clients are connected. */
  get clientCount(): number {
    return this.#sessions.size;
  }

  /** The connected clients that have published something. */
  *producers(): Iterable<ClientStats> {
    for (const { client } of this.#sessions) if (client.isProducer) yield client.describe();
  }

  /** Stops listening and closes all connections. */
  close(): void {
    this.#isClosed = true;
    this.#listener.close();
    for (const session of [...this.#sessions]) session.close();
  }
}
