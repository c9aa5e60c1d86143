// A server that speaks the protocol and does what the test says: it records commands, answers OK unless told otherwise,
// and delivers messages by hand. It keeps no queue.

import { bytesOf, byteString } from "../../src/base/byte_string.ts";
import { CommandParser } from "../../src/wire/command_parser.ts";
import type { CommandName } from "../../src/wire/commands.ts";
import { frame } from "../../src/wire/frames.ts";

/** A command as the test sees it: the line, and the body as a byte string (MPUB: one item a message). */
export interface SeenCommand {
  readonly name: CommandName;
  readonly line: string;
  readonly bodies: readonly string[];
}

/** What a test may decide about a command: frames to send, or undefined for the ordinary reply. */
export type Reaction = (command: SeenCommand, peer: Peer) => Uint8Array[] | "close" | undefined;

const ORDINARY: Partial<Record<CommandName, string>> = {
  IDENTIFY: '{"max_rdy_count":2500,"version":"fake"}',
  SUB: "OK",
  PUB: "OK",
  DPUB: "OK",
  MPUB: "OK",
  CLS: "CLOSE_WAIT",
};

/** A message frame. */
export function messageFrame(id: number, body: string, attempts = 1): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(26);
  const view = new DataView(header.buffer);
  view.setBigInt64(0, 1_600_000_000_123_456_789n);
  view.setUint16(8, attempts);
  header.set(bytesOf(idText(id)), 10);
  return frame("message", byteString(header) + body);
}

/** The id of message `id`. */
export function idText(id: number): string {
  return id.toString(16).padStart(16, "0");
}

/** One client of the fake server. */
export class Peer {
  readonly seen: SeenCommand[] = [];
  #writing = Promise.resolve();

  constructor(readonly connection: Deno.Conn, readonly server: FakeNsqd) {}

  /** Sends frames one after the other. */
  send(...frames: Uint8Array[]): void {
    this.#writing = this.#writing.then(async () => {
      for (const bytes of frames) {
        for (let at = 0; at < bytes.length;) at += await this.connection.write(bytes.subarray(at));
      }
    }).catch(() => {});
  }

  /** Closes after everything sent has left. */
  async close(): Promise<void> {
    await this.#writing;
    try {
      this.connection.close();
    } catch {
      // closed already
    }
  }

  /** The lines seen, without IDENTIFY. */
  get lines(): string[] {
    return this.seen.filter(({ name }) => name !== "IDENTIFY").map(({ line }) => line);
  }

  async serve(): Promise<void> {
    const parser = new CommandParser({ maxMsgSize: 1e8, maxBodySize: 1e8 });
    const magic = new Uint8Array(4);
    let isOpen = true;
    const sink = {
      begin() {},
      execute: (name: CommandName) => {
        if (isOpen && this.#react(parser, name) === "close") isOpen = false;
      },
    };
    try {
      for (let at = 0; at < 4;) at += (await this.connection.read(magic.subarray(at))) ?? 4;
      while (isOpen) {
        const count = await this.connection.read(parser.space());
        if (count === null) break;
        parser.filled(count);
        parser.consume(sink);
        this.server.notify();
      }
    } catch {
      // the client went away
    }
    await this.close();
    this.server.notify();
  }

  #react(parser: CommandParser, name: CommandName): "close" | undefined {
    const command = seenCommand(parser, name);
    this.seen.push(command);
    const reaction = this.server.reaction(command, this);
    if (reaction === "close") return "close";
    const ordinary = ORDINARY[name];
    if (reaction) this.send(...reaction);
    else if (ordinary !== undefined) this.send(frame("response", ordinary));
    return reaction?.some((bytes) => bytes[7] === 1 && !isNonFatal(bytes)) ? "close" : undefined;
  }
}

function isNonFatal(bytes: Uint8Array): boolean {
  return /^E_(FIN|REQ|TOUCH)_FAILED/.test(byteString(bytes, 8));
}

function seenCommand(parser: CommandParser, name: CommandName): SeenCommand {
  const parameters = Array.from(
    { length: parser.parameterCount },
    (_, index) => parser.parameter(index),
  );
  const line = [name, ...parameters].join(" ");
  const view = new DataView(parser.bytes.buffer);
  const bodies: string[] = [];
  if (name === "IDENTIFY" || name === "AUTH") {
    bodies.push(byteString(parser.bytes, parser.bodyStart, parser.bodyEnd));
  } else if (["PUB", "DPUB", "MPUB"].includes(name)) {
    for (let at = parser.bodyStart; at < parser.bodyEnd;) {
      const size = view.getInt32(at);
      bodies.push(byteString(parser.bytes, at + 4, at + 4 + size));
      at += 4 + size;
    }
  }
  return { name, line, bodies };
}

/** A server that is not there: no port that the system gives anybody, so connections are refused at once. */
export const NOBODY = { address: "127.0.0.1:1" };

/** The fake server. */
export class FakeNsqd implements AsyncDisposable {
  readonly peers: Peer[] = [];
  /** What it does with commands; tests replace it. */
  reaction: Reaction = () => undefined;
  readonly #listener: Deno.TcpListener;
  #waiters: (() => void)[] = [];
  readonly #serving: Promise<void>[] = [];

  constructor(port = 0) {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port });
    this.#serving.push(this.#accept());
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Bodies of all publishes, in order. */
  get published(): string[] {
    return this.peers.flatMap(({ seen }) =>
      seen.filter(({ name }) => name !== "IDENTIFY" && name !== "AUTH").flatMap(({ bodies }) =>
        bodies
      )
    );
  }

  /** Resolves when the condition holds; looked at after every read. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  notify(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const resolve of waiters) resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await Promise.all(this.peers.map((peer) => peer.close()));
    await Promise.all(this.#serving);
  }

  async #accept(): Promise<void> {
    for await (const connection of this.#listener) {
      connection.setNoDelay(true);
      const peer = new Peer(connection, this);
      this.peers.push(peer);
      this.#serving.push(peer.serve());
      this.notify();
    }
  }
}
