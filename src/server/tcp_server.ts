// The TCP side of the broker: serves connections, keeps the list of sessions, and their deadlines.

import { DeadlineHeap } from "../base/deadline_heap.ts";
import type { ClientStats } from "../queue/client_stats.ts";
import { Acceptor, type ConnectionSource } from "../transport/acceptor.ts";
import type { Admission } from "../transport/admission.ts";
import type { Transport } from "../transport/transport.ts";
import { handlers } from "./handlers/handlers.ts";
import { Session } from "./session.ts";
import type { SessionHost, Watched } from "./session_host.ts";

/** Serves the protocol on one or more listeners. */
export class TcpServer {
  readonly #acceptor: Acceptor;
  readonly #host: SessionHost;
  readonly #sessions = new Set<Session>();
  readonly #deadlines = new DeadlineHeap<Watched>();

  /** @param host what the sessions share; `watch` and `forget` are the server's own */
  constructor(
    listeners: readonly ConnectionSource[],
    admission: Admission,
    host: Omit<SessionHost, "watch" | "forget">,
  ) {
    const { refusals, log } = host;
    this.#acceptor = new Acceptor(
      listeners,
      { admission, refusals, log },
      (connection, address) => this.#converse(connection, address),
    );
    this.#host = {
      ...host,
      watch: (session, deadlineMs) => this.#deadlines.set(session, deadlineMs),
      forget: (session) => this.#forget(session),
    };
  }

  /** Accepts connections until `close`. */
  serve(): Promise<void> {
    return this.#acceptor.run();
  }

  #converse(connection: Deno.Conn, address: string): Promise<void> {
    if ("setNoDelay" in connection) (connection as Deno.TcpConn).setNoDelay(true);
    return this.adopt(connection, address);
  }

  /** Serves a connection, wherever it comes from; resolves when it is over. */
  adopt(connection: Transport, address: string): Promise<void> {
    const session = new Session(connection, address, this.#host, handlers);
    this.#sessions.add(session);
    session.restartHeartbeat();
    this.#host.turn.schedule();
    return session.run();
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
    this.#acceptor.close();
    for (const session of [...this.#sessions]) session.close();
  }
}
