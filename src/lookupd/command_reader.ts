// Bytes of a connection to command lines and bodies, within bounds. Knows no command.
// Invariant: the buffer never holds more than a line of the longest kind, or one body.

import { byteString } from "../base/byte_string.ts";
import type { Transport } from "../transport/transport.ts";

/** Far more than two names of 64 bytes need. */
const LINE_BYTES_MAX = 4096;
const BUFFER_BYTES_MIN = 256;
const NEWLINE = 10;

/** A line was longer than allowed. */
export class LineTooLong extends Error {
  override readonly name = "LineTooLong";
}

/** Reads a connection piece by piece. */
export class CommandReader {
  readonly #connection: Pick<Transport, "read">;
  readonly #onBegun: (isBegun: boolean) => void;
  #buffer = new Uint8Array(BUFFER_BYTES_MIN);
  #start = 0;
  #end = 0;

  /** `onBegun` hears when something has begun to arrive, and when it is complete. */
  constructor(connection: Pick<Transport, "read">, onBegun: (isBegun: boolean) => void) {
    this.#connection = connection;
    this.#onBegun = onBegun;
  }

  /** The next line as a byte string, without its end; undefined when the client has hung up. @throws {LineTooLong} */
  async line(): Promise<string | undefined> {
    for (let searched = 0;;) {
      const found = this.#buffer.subarray(0, this.#end).indexOf(NEWLINE, this.#start + searched);
      if (found >= 0) {
        const text = byteString(this.#buffer, this.#start, found);
        this.#start = found + 1;
        this.#onBegun(false);
        return text;
      }
      searched = this.#end - this.#start;
      if (searched >= LINE_BYTES_MAX) throw new LineTooLong();
      this.#onBegun(searched > 0);
      if (!await this.#fill(LINE_BYTES_MAX)) return undefined;
    }
  }

  /** The next `count` bytes, in fresh storage; undefined when the client hangs up before. */
  async take(count: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    this.#onBegun(true);
    while (this.#end - this.#start < count) if (!await this.#fill(count)) return undefined;
    const bytes = this.#buffer.slice(this.#start, this.#start + count);
    this.#start += count;
    this.#onBegun(false);
    return bytes;
  }

  /** Reads what has come, into a buffer that grows up to `bytesMax` as it fills. */
  async #fill(bytesMax: number): Promise<boolean> {
    this.#buffer.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
    if (this.#end === this.#buffer.length) {
      const larger = new Uint8Array(Math.min(Math.max(bytesMax, this.#end + 1), 2 * this.#end));
      larger.set(this.#buffer);
      this.#buffer = larger;
    }
    const count = await this.#connection.read(this.#buffer.subarray(this.#end));
    if (count === null) return false;
    this.#end += count;
    return true;
  }
}
