// What bytes travel over: a socket, or a layer (TLS, deflate, snappy) around another transport. Layers know nothing of
// who is above or below them.
// Invariant: a layer owns what it wraps; closing the outermost one closes them all.

/** A byte stream in both directions, as `Deno.Conn` is one. One read and one write may be under way at a time. */
export interface Transport {
  /** Reads some bytes into `into`, which is not empty, and says how many; null when there will be none any more. */
  read(into: Uint8Array): Promise<number | null>;
  /** Writes some of the bytes at once, without keeping any back, and says how many. */
  write(bytes: Uint8Array): Promise<number>;
  /** Says that nothing more will be written. */
  closeWrite(): Promise<void>;
  /** Ends it in both directions; what waits is rejected. */
  close(): void;
}

/** The other side broke the rules of a layer; the message is a sentence for the log. */
export class TransportError extends Error {
  override readonly name = "TransportError";
}

/** The part of a transport that is needed for writing. */
export type ByteSink = Pick<Transport, "write">;

/** Writes all of the bytes. */
export async function writeWhole(sink: ByteSink, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await sink.write(bytes.subarray(at));
}

/** The same transport, whose first bytes were read already: `head` comes before what it reads itself. */
export function withHead(transport: Transport, head: Uint8Array): Transport {
  return head.length === 0 ? transport : new Headed(transport, head);
}

/** Passes everything through: the base of what changes one direction only. */
export class PassingTransport implements Transport {
  /** What it passes everything to. */
  protected readonly inner: Transport;

  constructor(inner: Transport) {
    this.inner = inner;
  }

  /** Reads from what is below. */
  read(into: Uint8Array): Promise<number | null> {
    return this.inner.read(into);
  }

  /** Writes to what is below. */
  write(bytes: Uint8Array): Promise<number> {
    return this.inner.write(bytes);
  }

  /** Closes one direction of what is below. */
  closeWrite(): Promise<void> {
    return this.inner.closeWrite();
  }

  /** Closes what is below. */
  close(): void {
    this.inner.close();
  }
}

class Headed extends PassingTransport {
  #head: Uint8Array;

  constructor(inner: Transport, head: Uint8Array) {
    super(inner);
    this.#head = head;
  }

  override read(into: Uint8Array): Promise<number | null> {
    const count = Math.min(into.length, this.#head.length);
    if (count === 0) return super.read(into);
    into.set(this.#head.subarray(0, count));
    this.#head = this.#head.subarray(count);
    return Promise.resolve(count);
  }
}
