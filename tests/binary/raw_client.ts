/**
 * A client of a few lines that speaks the protocol by hand, so that the end-to-end tests do not
 * judge the broker by our own client library.
 *
 *   frame: [size: u32][kind: u32][data: size - 4 bytes]
 *   message: [timestamp: i64][attempts: u16][id: 16 bytes][body]
 */

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** What a frame carries. */
export const frameKinds = { response: 0, error: 1, message: 2 } as const;

/** One frame; `data` is its own copy. */
export interface Frame {
  readonly kind: number;
  readonly data: Uint8Array;
}

/** The text of a response or error frame. */
export function textOf(frame: Frame): string {
  return decoder.decode(frame.data);
}

/** The id and body of a message frame. */
export function messageOf(frame: Frame): { id: string; body: string } {
  return {
    id: decoder.decode(frame.data.subarray(10, 26)),
    body: decoder.decode(frame.data.subarray(26)),
  };
}

/** A connection that has said `  V2`; closed with its scope. */
export class RawClient implements Disposable {
  readonly #socket: Deno.TcpConn;

  private constructor(socket: Deno.TcpConn) {
    this.#socket = socket;
  }

  /** Connects to `host:port`. */
  static async connect(address: string): Promise<RawClient> {
    const colon = address.lastIndexOf(":");
    const hostname = address.slice(0, colon);
    const client = new RawClient(
      await Deno.connect({ hostname, port: Number(address.slice(colon + 1)) }),
    );
    await client.#write(encoder.encode("  V2"));
    return client;
  }

  /** Sends a command line and, when there is one, its sized body. */
  async command(line: string, body?: string): Promise<void> {
    const head = encoder.encode(`${line}\n`);
    if (body === undefined) return await this.#write(head);
    const bytes = encoder.encode(body);
    const request = new Uint8Array(head.length + 4 + bytes.length);
    request.set(head);
    new DataView(request.buffer).setUint32(head.length, bytes.length);
    request.set(bytes, head.length + 4);
    await this.#write(request);
  }

  /** The next frame that is no heartbeat; heartbeats are answered. Throws at the end of the stream. */
  async frame(): Promise<Frame> {
    for (;;) {
      const head = new DataView((await this.#read(8)).buffer);
      const frame = { kind: head.getUint32(4), data: await this.#read(head.getUint32(0) - 4) };
      if (frame.kind !== frameKinds.response || textOf(frame) !== "_heartbeat_") return frame;
      await this.command("NOP");
    }
  }

  /** Sends a command and returns the text of the frame that answers it. */
  async ask(line: string, body?: string): Promise<string> {
    await this.command(line, body);
    return textOf(await this.frame());
  }

  /** Closes the connection. */
  [Symbol.dispose](): void {
    this.#socket.close();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let sent = 0; sent < bytes.length;) sent += await this.#socket.write(bytes.subarray(sent));
  }

  async #read(length: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(length);
    for (let filled = 0; filled < length;) {
      const count = await this.#socket.read(bytes.subarray(filled));
      if (count === null) throw new Error(`The broker closed after ${filled} of ${length} bytes.`);
      filled += count;
    }
    return bytes;
  }
}
