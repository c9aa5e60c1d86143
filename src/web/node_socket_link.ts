// A WebSocket on a socket that node:http has let go of, after the client asked for it.
// Invariant: the listener hears that it is closed exactly once, whoever closed it.

import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { CLIENT_TEXT_BYTES_MAX, type LinkListener, type SocketLink } from "./socket_link.ts";
import {
  acceptKey,
  ClientFrames,
  type ClientMessage,
  FrameError,
  opcodes,
  serverFrame,
} from "./websocket_frames.ts";

const PING_MS = 15_000;
/** How long a client may take to answer the last words. */
const LINGER_MS = 1000;
const NORMAL = 1000;
const NOTHING = new Uint8Array(0);

/** Answers the request and begins; undefined when it is no proper one. */
export function openNodeLink(
  incoming: IncomingMessage,
  socket: Duplex,
  head: Uint8Array,
  listener: LinkListener,
): SocketLink | undefined {
  const key = incoming.headers["sec-websocket-key"];
  if (typeof key !== "string" || incoming.headers["sec-websocket-version"] !== "13") {
    return undefined;
  }
  socket.write(
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      `Sec-WebSocket-Accept: ${acceptKey(key)}\r\n\r\n`,
  );
  return new NodeSocketLink(socket, head, listener);
}

class NodeSocketLink implements SocketLink {
  readonly #socket: Duplex;
  readonly #listener: LinkListener;
  readonly #frames = new ClientFrames(CLIENT_TEXT_BYTES_MAX);
  readonly #pinging: ReturnType<typeof setInterval>;
  #isClosing = false;
  #isClosed = false;
  #isAnswered = true;

  constructor(socket: Duplex, head: Uint8Array, listener: LinkListener) {
    this.#socket = socket;
    this.#listener = listener;
    this.#pinging = setInterval(() => this.#ping(), PING_MS);
    Deno.unrefTimer(this.#pinging);
    socket.on("error", () => this.#end());
    socket.on("close", () => this.#end());
    socket.on("end", () => this.#end());
    queueMicrotask(() => {
      listener.opened();
      this.#take(head);
      socket.on("data", (bytes: Uint8Array) => this.#take(bytes));
    });
  }

  get waitingBytes(): number {
    return this.#socket.writableLength;
  }

  send(text: string): void {
    if (!this.#isClosing) this.#write(opcodes.text, new TextEncoder().encode(text));
  }

  close(code: number, reason: string): void {
    if (this.#isClosing) return;
    const payload = new Uint8Array([code >> 8, code & 0xff, ...new TextEncoder().encode(reason)]);
    this.#write(opcodes.close, payload.subarray(0, 125));
    this.#isClosing = true;
    this.#socket.end();
    setTimeout(() => this.#end(), LINGER_MS);
  }

  #write(opcode: number, payload: Uint8Array): void {
    if (!this.#isClosed && this.#socket.writable) this.#socket.write(serverFrame(opcode, payload));
  }

  #ping(): void {
    if (!this.#isAnswered) return this.#end();
    this.#isAnswered = false;
    this.#write(opcodes.ping, NOTHING);
  }

  #take(bytes: Uint8Array): void {
    if (this.#isClosing) return;
    try {
      for (const message of this.#frames.take(bytes)) this.#hear(message);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.close(error.code, error.message);
    }
  }

  #hear(message: ClientMessage): void {
    this.#isAnswered = true;
    if (message.kind === "text") this.#listener.heard(message.text);
    else if (message.kind === "ping") this.#write(opcodes.pong, message.payload);
    else if (message.kind === "close") this.close(NORMAL, "");
  }

  #end(): void {
    if (this.#isClosed) return;
    this.#isClosed = this.#isClosing = true;
    clearInterval(this.#pinging);
    this.#socket.destroy();
    this.#listener.closed();
  }
}
