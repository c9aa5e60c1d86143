// Takes the connections that come to listeners and turns away those that are too many. What a connection speaks is its
// server's business. Invariant: a connection is counted from when it is let in until it has been served.

import type { Logger } from "../base/logger.ts";
import type { Admission } from "./admission.ts";
import { remoteHost, remoteText } from "./listen_address.ts";
import type { Refusals } from "./refusals.ts";

const ACCEPT_RETRY_MS = 100;

/** The part of a listener that is used. */
export type ConnectionSource = Pick<Deno.Listener, "accept" | "close">;

/** What an acceptor needs of the program. */
export interface AcceptorHost {
  readonly admission: Admission;
  readonly refusals: Refusals;
  readonly log: Logger;
}

/** Serves a connection of the client at `address`; resolves when it is over, and never rejects. */
export type ServeConnection = (connection: Deno.Conn, address: string) => Promise<void>;

/** Accepts the connections of one or more listeners. */
export class Acceptor {
  readonly #listeners: readonly ConnectionSource[];
  readonly #host: AcceptorHost;
  readonly #serve: ServeConnection;
  #isClosed = false;

  constructor(listeners: readonly ConnectionSource[], host: AcceptorHost, serve: ServeConnection) {
    this.#listeners = listeners;
    this.#host = host;
    this.#serve = serve;
  }

  /** Accepts connections until `close`. */
  async run(): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => this.#acceptFrom(listener)));
  }

  async #acceptFrom(listener: ConnectionSource): Promise<void> {
    while (!this.#isClosed) {
      try {
        this.#welcome(await listener.accept());
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
    const { admission, refusals, log } = this.#host;
    const hostname = remoteHost(remoteAddr);
    const address = remoteText(remoteAddr);
    const refusal = admission.admit(hostname);
    if (refusal !== undefined) {
      connection.close();
      refusals.addConnection("tcp", address, refusal);
      return;
    }
    log.info(`TCP: new client(${address})`);
    void this.#serve(connection, address).then(() => admission.leave(hostname));
  }

  /** Stops listening; connections that are there go on. */
  close(): void {
    this.#isClosed = true;
    for (const listener of this.#listeners) listener.close();
  }
}
