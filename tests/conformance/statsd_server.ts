/**
 * A stand-in for a statsd server: keeps the datagrams it is sent. It answers nothing.
 */
import { createSocket, type Socket } from "node:dgram";
import { Deadline, pause } from "./deadline.ts";

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

  /**
   * The lines of the first report that shows what is wanted, up to the one that contains `last`;
   * after `waitMs` milliseconds whatever has come.
   */
  async firstReport(last: string, wanted: RegExp, waitMs: number): Promise<readonly string[]> {
    const deadline = new Deadline(waitMs);
    while (!deadline.isOver) {
      const found = reportsIn(this.lines, last).find((lines) => lines.some((l) => wanted.test(l)));
      if (found !== undefined) return found;
      await pause(POLL_MS);
    }
    return this.lines;
  }

  /** Takes no more. */
  close(): void {
    this.#socket.close();
  }
}

/** The whole reports, each of which ends with a line that contains `last`. */
function reportsIn(lines: readonly string[], last: string): string[][] {
  const reports: string[][] = [];
  let report: string[] = [];
  for (const line of lines) {
    report.push(line);
    if (!line.includes(last)) continue;
    reports.push(report);
    report = [];
  }
  return reports;
}
