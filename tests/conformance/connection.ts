/**
 * A client connection of a case: sends raw bytes, receives frames.
 *
 * Knows how frames are delimited and nothing of what they mean (`outcome.ts` does). Speaks no
 * command by itself, so that a case can say anything, including nonsense.
 */
import { type Transport, withHead } from "../../src/transport/transport.ts";
import { ByteInlet } from "./byte_inlet.ts";
import { Deadline, settleWithin, TOO_LATE } from "./deadline.ts";

const WRITE_WAIT_MS = 15_000;
const FRAME_BYTES_MAX = 64 << 20;
const SIZE_BYTES = 4;

/** What a wait for a frame gives; `data` of a frame is all that follows its size. */
export type Received =
  | { readonly kind: "frame" | "truncated" | "bad"; readonly data: Uint8Array }
  | { readonly kind: "closed" | "timeout" };

/** Where to connect: a port on the loopback, or a unix socket's path. */
export type Target = { readonly port: number } | { readonly path: string };

/** Opens a socket to a daemon; throws Deno's error if nobody listens. */
export async function openSocket(target: Target): Promise<Deno.Conn> {
  if ("path" in target) return await Deno.connect({ transport: "unix", path: target.path });
  const socket = await Deno.connect({ hostname: "127.0.0.1", port: target.port });
  socket.setNoDelay(true);
  return socket;
}

/** One TCP (or unix) connection to a daemon. */
export class ClientConnection {
  #socket: Transport;
  #inlet: ByteInlet;
  #isClosed = false;
  /** Whether its frames are those of nsqlookupd, without a type. */
  readonly isTypeless: boolean;
  /** The id of the last message received here, or null. */
  lastId: string | null = null;

  /** Takes the socket over: `close` is the only way to end it. */
  constructor(socket: Transport, isTypeless = false) {
    this.isTypeless = isTypeless;
    this.#socket = socket;
    this.#inlet = new ByteInlet(socket);
  }

  /** Whether the daemon has closed its side. */
  get isEnded(): boolean {
    return this.#inlet.isEnded;
  }

  /** Puts a layer around the socket; what has arrived and was not taken goes through it. */
  async wrap(layer: (socket: Transport) => Transport | Promise<Transport>): Promise<void> {
    this.#socket = await layer(withHead(this.#socket, this.#inlet.release()));
    this.#inlet = new ByteInlet(this.#socket);
  }

  /** Sends all bytes. A daemon that has already closed counts as sent: its answer is read later. */
  async send(bytes: Uint8Array): Promise<"sent" | "not taken"> {
    const result = await settleWithin(this.#writeAll(bytes), WRITE_WAIT_MS);
    return result === TOO_LATE ? "not taken" : "sent";
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.length;) at += await this.#socket.write(bytes.subarray(at));
    } catch {
      // closed by the daemon meanwhile
    }
  }

  /** Waits at most `waitMs` milliseconds for one frame. */
  async receive(waitMs: number): Promise<Received> {
    const deadline = new Deadline(waitMs);
    const head = await this.#inlet.need(SIZE_BYTES, deadline);
    if (head === "timeout") return { kind: "timeout" };
    if (head === "ended") return this.#end();
    const size = new DataView(this.#inlet.bytes.slice(0, SIZE_BYTES).buffer).getInt32(0);
    if (size < 0 || size > FRAME_BYTES_MAX) {
      return { kind: "bad", data: this.#inlet.bytes.subarray(0, 64) };
    }
    const whole = await this.#inlet.need(SIZE_BYTES + size, deadline);
    if (whole === "timeout") return { kind: "timeout" };
    if (whole === "ended") return this.#end();
    return { kind: "frame", data: this.#inlet.take(SIZE_BYTES + size).subarray(SIZE_BYTES) };
  }

  #end(): Received {
    const left = this.#inlet.bytes;
    return left.length === 0
      ? { kind: "closed" }
      : { kind: "truncated", data: left.subarray(0, 64) };
  }

  /** Ends the sending direction only. */
  async shutdownWrite(): Promise<void> {
    await this.#socket.closeWrite().catch(() => {});
  }

  /** Closes the connection; closing twice does nothing. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.close();
  }
}
