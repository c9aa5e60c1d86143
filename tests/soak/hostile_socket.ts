/**
 * A socket in hostile hands: it writes what it likes, reads or does not, and is cut at will. Errors are
 * what such a client expects; none of them is thrown.
 */

/** A connection nobody should make. */
export class HostileSocket implements Disposable {
  readonly #socket: Deno.TcpConn;
  /** Bytes the other side took. */
  written = 0;
  /** Bytes `readToEnd` has read so far. */
  heard = 0;
  #isClosed = false;

  private constructor(socket: Deno.TcpConn) {
    this.#socket = socket;
  }

  /** Connects; throws when it cannot. */
  static async open(port: number): Promise<HostileSocket> {
    return new HostileSocket(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  /** Connects and says this. */
  static async saying(port: number, text: string | Uint8Array): Promise<HostileSocket> {
    const socket = await HostileSocket.open(port);
    await socket.write(typeof text === "string" ? new TextEncoder().encode(text) : text);
    return socket;
  }

  /** Writes; false when the other side would not take all of it. */
  async write(bytes: Uint8Array): Promise<boolean> {
    try {
      for (let at = 0; at < bytes.length;) {
        const count = await this.#socket.write(bytes.subarray(at));
        at += count;
        this.written += count;
      }
      return true;
    } catch {
      return false;
    }
  }

  /** Writes the same again and again until nothing was taken for `stuckMs` or `bytesMax` were. */
  async flood(bytes: Uint8Array, bytesMax: number, stuckMs: number): Promise<void> {
    let seen = -1;
    const watch = setInterval(() => {
      if (this.written === seen) this.close();
      seen = this.written;
    }, stuckMs);
    while (this.written < bytesMax && await this.write(bytes));
    clearInterval(watch);
  }

  /** Reads to the end and says how much there was. */
  async readToEnd(): Promise<number> {
    const scrap = new Uint8Array(64 * 1024);
    try {
      for (;;) {
        const count = await this.#socket.read(scrap);
        if (count === null) return this.heard;
        this.heard += count;
      }
    } catch {
      return this.heard;
    }
  }

  /** Says that nothing more comes. */
  async closeWrite(): Promise<void> {
    await this.#socket.closeWrite().catch(() => {});
  }

  /** Cuts it. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.close();
  }

  /** Cuts it. */
  [Symbol.dispose](): void {
    this.close();
  }
}
