// A connection in memory: the session has one end, the test the other. Knows bytes only.

import { joinBytes } from "../conformance/vectors.ts";
import type { Transport } from "../../src/transport/transport.ts";

interface Waiting<Value> {
  resolve(value: Value): void;
  reject(cause: Error): void;
}

/** The session's end of a connection; the methods below `close` are the client's. */
export class MemoryConnection implements Transport {
  /** Whether the server has closed it, or has said that it sends no more. */
  isClosed = false;
  isWriteClosed = false;
  #input: Uint8Array[] = [];
  #hasHungUp = false;
  #reader: (Waiting<number | null> & { into: Uint8Array }) | undefined;
  #output: Uint8Array[] = [];
  #isReading = true;
  #writer: (Waiting<number> & { bytes: Uint8Array }) | undefined;

  read(into: Uint8Array): Promise<number | null> {
    return new Promise((resolve, reject) => {
      if (this.isClosed) return reject(new Deno.errors.BadResource("closed"));
      this.#reader = { into, resolve, reject };
      this.#serveReader();
    });
  }

  #serveReader(): void {
    const reader = this.#reader;
    const first = this.#input.shift();
    if (reader === undefined || (first === undefined && !this.#hasHungUp)) {
      if (first !== undefined) this.#input.unshift(first);
      return;
    }
    this.#reader = undefined;
    if (first === undefined) return reader.resolve(null);
    const count = Math.min(first.length, reader.into.length);
    reader.into.set(first.subarray(0, count));
    if (count < first.length) this.#input.unshift(first.subarray(count));
    reader.resolve(count);
  }

  write(bytes: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      if (this.isClosed) return reject(new Deno.errors.BadResource("closed"));
      this.#writer = { bytes, resolve, reject };
      if (this.#isReading) this.#serveWriter(bytes.length);
    });
  }

  #serveWriter(countMax: number): void {
    const writer = this.#writer;
    if (writer === undefined) return;
    this.#writer = undefined;
    const count = Math.min(countMax, writer.bytes.length);
    this.#output.push(writer.bytes.slice(0, count));
    writer.resolve(count);
  }

  closeWrite(): Promise<void> {
    this.isWriteClosed = true;
    return Promise.resolve();
  }

  close(): void {
    this.isClosed = true;
    const cause = new Deno.errors.Interrupted("closed");
    this.#reader?.reject(cause);
    this.#writer?.reject(cause);
    this.#reader = undefined;
    this.#writer = undefined;
  }

  /** Whether the session has ended its side in one way or the other. */
  get hasEnded(): boolean {
    return this.isClosed || this.isWriteClosed;
  }

  /** Bytes the session wants to write and nobody takes. */
  get pendingBytes(): number {
    return this.#writer?.bytes.length ?? 0;
  }

  /** The client sends bytes. */
  say(bytes: Uint8Array): void {
    this.#input.push(bytes);
    this.#serveReader();
  }

  /** The client will send no more. */
  hangUp(): void {
    this.#hasHungUp = true;
    this.#serveReader();
  }

  /** The client reads nothing until `resumeReading`. */
  stopReading(): void {
    this.#isReading = false;
  }

  /** The client reads again. */
  resumeReading(): void {
    this.#isReading = true;
    this.#serveWriter(Infinity);
  }

  /** A client that does not read takes some bytes all the same. */
  trickle(count: number): void {
    this.#serveWriter(count);
  }

  /** Takes what has arrived at the client. */
  take(): Uint8Array {
    const output = this.#output;
    this.#output = [];
    return joinBytes(output);
  }
}
