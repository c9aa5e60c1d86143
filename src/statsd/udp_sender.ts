// Sends to a statsd server over UDP. What cannot be sent is lost and told, but not each time.

import { createSocket, type Socket } from "node:dgram";
import { parseHostPort } from "../base/host_port.ts";
import type { Logger } from "../base/logger.ts";
import { RareLine } from "../base/rare_line.ts";
import { systemErrorText } from "../base/system_error.ts";
import { systemTimers, type Timers } from "../base/timers.ts";
import type { StatsdPort, StatsdReport } from "./statsd_port.ts";

/** What a sender needs. */
export interface UdpSenderInputs {
  readonly log: Logger;
  /** A clock that only goes forward. */
  readonly nowMs: () => number;
  readonly timers?: Timers;
}

/** Sends datagrams. */
export class UdpSender implements StatsdPort {
  readonly #timers: Timers;
  readonly #complaint: RareLine;
  readonly #sockets = new Map<"udp4" | "udp6", Socket>();
  #cancel = () => {};

  constructor({ log, nowMs, timers = systemTimers }: UdpSenderInputs) {
    this.#timers = timers;
    this.#complaint = new RareLine((text) => log.warn(text), nowMs);
  }

  send({ address, packets, spreadMs }: StatsdReport): void {
    // What is left of the report before would come in between: its time is over.
    this.#cancel();
    const target = parseHostPort(address);
    if (target === undefined || packets.length === 0) return;
    const pauseMs = spreadMs / packets.length;
    const sendFrom = (index: number) => {
      this.#sendOne(target.hostname || "127.0.0.1", target.port, packets[index]!);
      if (index + 1 < packets.length) {
        this.#cancel = this.#timers.after(pauseMs, () => sendFrom(index + 1));
      }
    };
    sendFrom(0);
  }

  #sendOne(hostname: string, port: number, packet: Uint8Array): void {
    const done = (error: Error | null) => {
      if (error) this.#complain(`${hostname}:${port}`, error);
    };
    try {
      this.#socket(hostname.includes(":") ? "udp6" : "udp4").send(packet, port, hostname, done);
    } catch (error) {
      this.#complain(`${hostname}:${port}`, error);
    }
  }

  #complain(address: string, error: unknown): void {
    this.#complaint.say(`STATSD: cannot send to ${address} - ${systemErrorText(error)}`);
  }

  #socket(kind: "udp4" | "udp6"): Socket {
    let socket = this.#sockets.get(kind);
    if (socket !== undefined) return socket;
    socket = createSocket(kind);
    socket.on("error", (error) => this.#complain("the server", error));
    socket.unref();
    this.#sockets.set(kind, socket);
    return socket;
  }

  close(): void {
    this.#cancel();
    for (const socket of this.#sockets.values()) socket.close();
    this.#sockets.clear();
  }
}
