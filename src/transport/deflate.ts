// Raw deflate (RFC 1951) around a transport. What is written leaves at once, ended by a sync flush; each write is
// compressed by itself, so nothing is kept between writes but what the other side needs no memory for.
// What is read is inflated by and by: the inflater stops when INFLATED_BYTES wait for the reader. A few bytes that
// would become gigabytes therefore cost that much, and the reader's own limits decide when it has had enough.

import { constants, createInflateRaw, deflateRawSync } from "node:zlib";
import { type Transport, TransportError, writeWhole } from "./transport.ts";

/** Compressing this much takes 3 ms at worst (measured): the event loop waits no longer for one write. */
const WRITTEN_BYTES_MAX = 64 * 1024;
/** From level 8 on 64 KiB can take 80 ms. */
const SLOW_LEVEL_FROM = 8;
const WRITTEN_BYTES_MAX_SLOW = 8 * 1024;
const READ_BYTES = 8 * 1024;
const INFLATED_BYTES = 64 * 1024;

/** A compressed connection. */
export class DeflateTransport implements Transport {
  readonly #inner: Transport;
  readonly #level: number;
  readonly #inflater = createInflateRaw({ readableHighWaterMark: INFLATED_BYTES } as object);
  readonly #input = new Uint8Array(READ_BYTES);
  #inflated: Uint8Array = new Uint8Array(0);
  #isInflating = false;
  #isEnded = false;
  #failure: unknown;
  #wake = () => {};

  /** @param level of compression, 1 (fast) to 9 (small) */
  constructor(inner: Transport, level: number) {
    this.#inner = inner;
    this.#level = level;
    this.#inflater.on("readable", () => this.#wake());
    this.#inflater.on("end", () => {
      this.#isEnded = true;
      this.#wake();
    });
    this.#inflater.on("error", (cause: Error) => this.#fail(cause));
  }

  #fail(cause: Error): void {
    this.#failure ??= new TransportError(`bad deflate stream: ${cause.message}`, { cause });
    this.#wake();
  }

  /** @throws {TransportError} when what comes is no deflate stream */
  async read(into: Uint8Array): Promise<number | null> {
    while (this.#inflated.length === 0) {
      const inflated: Uint8Array | null = this.#inflater.read();
      if (inflated !== null) this.#inflated = inflated;
      else if (this.#failure !== undefined) throw this.#failure;
      else if (this.#isEnded) return null;
      else if (this.#isInflating) await new Promise<void>((resolve) => this.#wake = resolve);
      else if (!await this.#feed()) return null;
    }
    const count = Math.min(into.length, this.#inflated.length);
    into.set(this.#inflated.subarray(0, count));
    this.#inflated = this.#inflated.subarray(count);
    return count;
  }

  /** Gives the inflater what the transport has; false when there will be no more. */
  async #feed(): Promise<boolean> {
    const count = await this.#inner.read(this.#input);
    if (count === null) return false;
    this.#isInflating = true;
    this.#inflater.write(this.#input.slice(0, count), () => {
      this.#isInflating = false;
      this.#wake();
    });
    return true;
  }

  async write(bytes: Uint8Array): Promise<number> {
    const isSlow = this.#level >= SLOW_LEVEL_FROM;
    const count = Math.min(bytes.length, isSlow ? WRITTEN_BYTES_MAX_SLOW : WRITTEN_BYTES_MAX);
    const options = { level: this.#level, finishFlush: constants.Z_SYNC_FLUSH };
    await writeWhole(this.#inner, deflateRawSync(bytes.subarray(0, count), options));
    return count;
  }

  closeWrite(): Promise<void> {
    return this.#inner.closeWrite();
  }

  close(): void {
    this.#inflater.destroy();
    this.#fail(new Error("the connection was closed"));
    this.#inner.close();
  }
}
