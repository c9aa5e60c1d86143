/**
 * A stand-in for a statsd server: keeps the datagrams it is sent. It answers nothing.
 */
import { createSocket, type Socket } from "node:dgram";
import { pause } from "./deadline.ts";

const LINES_WAIT_MS = 20_000;
/** What one report brings comes within this. */
const REST_MS = 700;
const POLL_MS = 10;

/** A running stand-in. */
export class StatsdServer {
  /** Bytes of the largest datagram so far. */
  largestBytes = 0;
  readonly lines: string[] = [];
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("message", (datagram: Uint8Array) => {
      this.largestBytes = Math.max(this.largestBytes, datagram.length);
      this.lines.push(...new TextDecoder().decode(datagram).split("\n").filter((line) => line));
    });
  }

  /** Listens on a free loopback port. */
  static async open(): Promise<StatsdServer> {
    const socket = createSocket("udp4");
    await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", () => resolve()));
    return new StatsdServer(socket);
  }

  /** Where it listens. */
  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  /** The lines until one contains `text`, and what follows for a moment. */
  async linesUntil(text: string): Promise<readonly string[]> {
    const endMs = performance.now() + LINES_WAIT_MS;
    while (!this.lines.some((line) => line.includes(text)) && performance.now() < endMs) {
      await pause(POLL_MS);
    }
    await pause(REST_MS);
    return this.lines;
  }

  /** Takes no more. */
  close(): void {
    this.#socket.close();
  }
}
