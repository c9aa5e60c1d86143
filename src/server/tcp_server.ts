// The TCP side of the broker: accepts connections, keeps the list of sessions, and their deadlines.

import { DeadlineHeap } from "../base/deadline_heap.ts";
import type { ClientStats } from "../queue/client_stats.ts";
import type { Admission, AdmissionRefusal } from "../transport/admission.ts";
import { remoteHost, remoteText } from "../transport/listen_address.ts";
import type { Transport } from "../transport/transport.ts";
import { handlers } from "./handlers/handlers.ts";
import { Session } from "./session.ts";
import type { SessionHost, Watched } from "./session_host.ts";

const ACCEPT_RETRY_MS = 100;

/** The part of a listener that the server uses. */
export type Acceptor = Pick<Deno.Listener, "accept" | "close">;

/** Serves the protocol on one or more listeners. */
export class TcpServer {
  readonly #listeners: readonly Acceptor[];
  readonly #admission: Admission;
  readonly #host: SessionHost;
  readonly #sessions = new Set<Session>();
  readonly #deadlines = new DeadlineHeap<Watched>();
  #isClosed = false;

  /** @param host what the sessions share; `watch` and `forget` are the server's own */
  constructor(
    listeners: readonly Acceptor[],
    admission: Admission,
    host: Omit<SessionHost, "watch" | "forget">,
  ) {
    this.#listeners = listeners;
    this.#admission = admission;
    this.#host = {
      ...host,
      watch: (session, deadlineMs) => this.#deadlines.set(session, deadlineMs),
      forget: (session) => this.#forget(session),
    };
  }

  /** Accepts connections until `close`. */
  async serve(): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => this.#acceptFrom(listener)));
  }

  async #acceptFrom(listener: Acceptor): Promise<void> {
    while (!this.#isClosed) {
      try {
        const connection = await listener.accept();
        this.#welcome(connection);
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
    const refusal = this.#admission.admit(hostname);
    if (refusal !== undefined) return this.#turnAway(connection, address, refusal);
    this.#host.log.info(`TCP: new client(${address})`);
    if ("setNoDelay" in connection) (connection as Deno.TcpConn).setNoDelay(true);
    void this.adopt(connection, address).then(() => this.#admission.leave(hostname));
  }

  #turnAway(connection: Deno.Conn, address: string, refusal: AdmissionRefusal): void {
    connection.close();
    const isPerAddress = refusal === "per address";
    this.#host.refusals.add(
      isPerAddress ? "tcp_connections_per_address" : "tcp_connections",
      `TCP: refused ${address}: too many connections${isPerAddress ? " from there" : ""}`,
    );
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
    this.#isClosed = true;
    for (const listener of this.#listeners) listener.close();
    for (const session of [...this.#sessions]) session.close();
  }
}
