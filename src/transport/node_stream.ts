// Between a transport and the streams of `node:stream`, which `node:tls` wants, in both directions.
// Invariant: at most one read of the transport is under way, and while UNREAD_BYTES_MAX wait to be read none is begun.

import { Duplex } from "node:stream";
import { type Transport, TransportError, writeWhole } from "./transport.ts";

/** An idle connection's buffer, and a busy one's. */
const READ_BYTES_START = 2 * 1024;
const READ_BYTES_MAX = 32 * 1024;
/** A `TLSSocket` takes in all that it can get, whether somebody reads it or not: this much it gets. */
const UNREAD_BYTES_MAX = 64 * 1024;

/** Lets bytes into a stream while somebody reads what comes out at its other end. */
export class Valve {
  /** How many bytes wait to be read there. */
  unreadBytes: () => number = () => 0;
  #wake = () => {};

  /** Resolves when bytes may come in. */
  async opened(): Promise<void> {
    while (this.unreadBytes() >= UNREAD_BYTES_MAX) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  /** Something was read. */
  look(): void {
    this.#wake();
  }
}

/**
 * A stream over a transport. Destroying it leaves the transport open: whoever made it closes that.
 * `onEnd` hears that the other side writes no more.
 */
export function streamOver(transport: Transport, valve: Valve, onEnd: () => void): Duplex {
  let buffer = new Uint8Array(READ_BYTES_START);
  const readSome = async (stream: Duplex) => {
    await valve.opened();
    if (stream.destroyed) return;
    const into = buffer;
    const count = await transport.read(into);
    if (count !== null) buffer = sizedFor(into, count);
    // This may begin the next read before it returns.
    stream.push(count === null ? null : into.slice(0, count));
    if (count === null) onEnd();
  };
  return new Duplex({
    read() {
      readSome(this).catch((error) => this.destroy(error));
    },
    write(chunk: Uint8Array, _encoding, done) {
      writeWhole(transport, chunk).then(() => done(), done);
    },
    final(done) {
      transport.closeWrite().then(() => done(), () => done());
    },
  });
}

/** The buffer for the next read: larger after one that filled it, smaller after one that hardly did. */
function sizedFor(
  buffer: Uint8Array<ArrayBuffer>,
  count: number,
): Uint8Array<ArrayBuffer> {
  const { length } = buffer;
  if (count === length && length < READ_BYTES_MAX) return new Uint8Array(length * 4);
  if (count * 8 < length && length > READ_BYTES_START) return new Uint8Array(length / 2);
  return buffer;
}

/** A transport over a stream, whose input goes through the valve; `close` destroys it and then calls `onClose`. */
export class StreamTransport implements Transport {
  readonly #stream: Duplex;
  readonly #valve: Valve;
  readonly #onClose: () => void;
  #chunk: Uint8Array = new Uint8Array(0);
  #isEnded = false;
  #failure: unknown;
  #wake = () => {};
  #rejectWrite: (cause: unknown) => void = () => {};

  constructor(stream: Duplex, valve: Valve, onClose: () => void) {
    this.#stream = stream;
    this.#valve = valve;
    this.#onClose = onClose;
    valve.unreadBytes = () => stream.readableLength;
    stream.on("readable", () => this.#wake());
    stream.on("end", () => this.#end());
    stream.on("close", () => this.#fail(new TransportError("the connection was closed")));
    stream.on("error", (error) => this.#fail(error));
  }

  #end(): void {
    this.#isEnded = true;
    this.#wake();
  }

  #fail(cause: unknown): void {
    this.#failure ??= cause;
    this.#rejectWrite(cause);
    this.#wake();
  }

  async read(into: Uint8Array): Promise<number | null> {
    while (this.#chunk.length === 0) {
      const chunk: Uint8Array | null = this.#stream.read();
      if (chunk !== null) {
        this.#chunk = chunk;
        this.#valve.look();
      } else if (this.#isEnded) return null;
      else if (this.#failure !== undefined) throw this.#failure;
      else await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const count = Math.min(into.length, this.#chunk.length);
    into.set(this.#chunk.subarray(0, count));
    this.#chunk = this.#chunk.subarray(count);
    return count;
  }

  write(bytes: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      this.#rejectWrite = reject;
      this.#stream.write(bytes, (error) => error ? reject(error) : resolve(bytes.length));
    });
  }

  closeWrite(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      this.#rejectWrite = reject;
      this.#stream.end(() => resolve());
    });
  }

  close(): void {
    this.#stream.destroy();
    this.#onClose();
  }
}
