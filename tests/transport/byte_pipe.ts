// Two transports joined in memory: what one writes the other reads, in pieces of a size that the test chooses.

import type { Transport } from "../../src/transport/transport.ts";

/** One direction. */
class Pipe {
  readonly #pieces: Uint8Array[] = [];
  #isEnded = false;
  #isBroken = false;
  #wake = () => {};

  constructor(readonly pieceBytesMax: number) {}

  put(bytes: Uint8Array): void {
    this.#pieces.push(bytes.slice());
    this.#wake();
  }

  end(): void {
    this.#isEnded = true;
    this.#wake();
  }

  break(): void {
    this.#isBroken = true;
    this.#wake();
  }

  async take(into: Uint8Array): Promise<number | null> {
    while (this.#pieces.length === 0) {
      if (this.#isBroken) throw new Deno.errors.BadResource("closed");
      if (this.#isEnded) return null;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const piece = this.#pieces[0]!;
    const count = Math.min(into.length, piece.length, this.pieceBytesMax);
    into.set(piece.subarray(0, count));
    if (count === piece.length) this.#pieces.shift();
    else this.#pieces[0] = piece.subarray(count);
    return count;
  }
}

/** One end of a pair. */
export class PipeEnd implements Transport {
  /** Everything written at this end. */
  readonly written: Uint8Array[] = [];
  isClosed = false;
  /** How many bytes were read at this end. */
  readBytes = 0;

  constructor(readonly incoming: Pipe, readonly outgoing: Pipe) {}

  async read(into: Uint8Array): Promise<number | null> {
    const count = await this.incoming.take(into);
    this.readBytes += count ?? 0;
    return count;
  }

  write(bytes: Uint8Array): Promise<number> {
    this.written.push(bytes.slice());
    this.outgoing.put(bytes);
    return Promise.resolve(bytes.length);
  }

  closeWrite(): Promise<void> {
    this.outgoing.end();
    return Promise.resolve();
  }

  close(): void {
    this.isClosed = true;
    this.incoming.break();
    this.outgoing.end();
  }
}

/** A pair whose reads give at most `pieceBytesMax` bytes. */
export function pipePair(pieceBytesMax = Infinity): [PipeEnd, PipeEnd] {
  const [there, back] = [new Pipe(pieceBytesMax), new Pipe(pieceBytesMax)];
  return [new PipeEnd(back, there), new PipeEnd(there, back)];
}

/** Reads exactly `count` bytes, or what there is until the end. */
export async function readBytes(transport: Transport, count: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  let at = 0;
  while (at < count) {
    const read = await transport.read(bytes.subarray(at));
    if (read === null) break;
    at += read;
  }
  return bytes.subarray(0, at);
}

/** Bytes that look random and are the same each time. */
export function noise(count: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(count);
  let state = seed;
  for (let index = 0; index < count; index++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}
