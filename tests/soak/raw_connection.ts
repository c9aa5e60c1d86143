/**
 * A connection as a hard-hitting client holds it: frames as they come, commands as they are given, and
 * every way of ending, in the middle of a command too. Heartbeats are answered.
 * Invariant: every promise handed out settles when the connection ends; an end nobody asked for is told.
 */
import { bytesOf } from "../../src/base/byte_string.ts";
import { identifyCommand, MAGIC, NOP } from "../../src/client/command_bytes.ts";
import { FrameReader } from "../../src/client/frame_reader.ts";
import { Outlet } from "../../src/client/outlet.ts";
import { frameTypes } from "../../src/wire/frames.ts";

/** An id no message has: FIN of it is refused and ends nothing, so it tells that all before it was done. */
const NOBODYS_ID = "f".repeat(16);
const BARRIER = bytesOf(`FIN ${NOBODYS_ID}\n`);

/** What a connection tells its owner. */
export interface RawOwner {
  /** A message frame; its data lies in the reader until this returns. */
  onMessage?(reader: FrameReader): void;
  /** An E_FIN_FAILED, E_REQ_FAILED or E_TOUCH_FAILED. */
  onRefusal?(text: string): void;
  /** A heartbeat, which is answered. */
  onHeartbeat?(): void;
  /** The broker ended the connection, or said something that ends it. */
  onCut?(reason: string): void;
}

interface Waiting {
  resolve(text: string): void;
  reject(error: Error): void;
}

/** A connection that has introduced itself. */
export class RawConnection {
  readonly #socket: Deno.TcpConn;
  readonly #owner: RawOwner;
  readonly #reader = new FrameReader();
  readonly #outlet: Outlet;
  readonly #replies: Waiting[] = [];
  readonly #barriers: Waiting[] = [];
  #isEnded = false;
  /** Nothing may be sent behind half a command, the answer to a heartbeat least of all. */
  #isMute = false;
  #reading: Promise<void> = Promise.resolve();
  /** While this is pending nothing is read. */
  #pause: Promise<void> = Promise.resolve();

  private constructor(socket: Deno.TcpConn, owner: RawOwner) {
    this.#socket = socket;
    this.#owner = owner;
    this.#outlet = new Outlet(socket, () => {});
  }

  /** Connects and sends IDENTIFY with this document. */
  static async open(
    port: number,
    document: Readonly<Record<string, unknown>>,
    owner: RawOwner = {},
  ): Promise<RawConnection> {
    const socket = await Deno.connect({ hostname: "127.0.0.1", port });
    socket.setNoDelay(true);
    const connection = new RawConnection(socket, owner);
    connection.#reading = connection.#readFrames();
    connection.send(MAGIC);
    await connection.request(identifyCommand(document));
    return connection;
  }

  /** Whether it still lives. */
  get isOpen(): boolean {
    return !this.#isEnded;
  }

  /** Sends a command that has no reply. */
  send(command: Uint8Array): void {
    if (!this.#isEnded && !this.#isMute) this.#outlet.push(command);
  }

  /** Sends a command and gives the text of its reply. */
  request(command: Uint8Array): Promise<string> {
    return this.#ask(this.#replies, command);
  }

  /** Resolves when the broker has done all that was sent. Only for subscribed connections. */
  barrier(): Promise<string> {
    return this.#ask(this.#barriers, BARRIER);
  }

  #ask(line: Waiting[], command: Uint8Array): Promise<string> {
    if (this.#isEnded) return Promise.reject(new Error("the connection has ended"));
    return new Promise((resolve, reject) => {
      line.push({ resolve, reject });
      this.send(command);
    });
  }

  /** Reads nothing for a while. */
  stopReading(ms: number): void {
    this.#pause = new Promise((resolve) => setTimeout(resolve, ms));
  }

  /** Ends it as it stands, after writing `lastBytes`, which may be half a command. */
  async drop(lastBytes?: Uint8Array): Promise<void> {
    if (lastBytes !== undefined) {
      this.send(lastBytes);
      this.#isMute = true;
      await this.#outlet.flushed();
    }
    this.#end("dropped");
    await this.#pause;
    await this.#reading;
  }

  async #readFrames(): Promise<void> {
    try {
      while (!this.#isEnded) {
        const count = await this.#socket.read(this.#reader.space());
        await this.#pause;
        if (this.#isEnded) return;
        if (count === null) return this.#cut("the broker closed the connection");
        this.#reader.filled(count);
        while (!this.#isEnded && this.#reader.next()) this.#onFrame();
      }
    } catch (error) {
      if (!this.#isEnded) this.#cut(String(error));
    }
  }

  #onFrame(): void {
    const { type, bytes, dataStart, dataEnd } = this.#reader;
    if (type === frameTypes.message) return this.#owner.onMessage?.(this.#reader);
    const text = new TextDecoder().decode(bytes.subarray(dataStart, dataEnd));
    if (type === frameTypes.error) return this.#onError(text);
    if (text === "_heartbeat_") return this.#onHeartbeat();
    const waiting = this.#replies.shift();
    if (waiting === undefined) return this.#cut(`it answered ${text} to no question`);
    waiting.resolve(text);
  }

  #onHeartbeat(): void {
    this.send(NOP);
    this.#owner.onHeartbeat?.();
  }

  #onError(text: string): void {
    if (text.startsWith(`E_FIN_FAILED FIN ${NOBODYS_ID} `)) {
      this.#barriers.shift()?.resolve(text);
    } else if (/^E_(?:FIN|REQ|TOUCH)_FAILED /.test(text)) this.#owner.onRefusal?.(text);
    else this.#cut(text);
  }

  #cut(reason: string): void {
    if (this.#isEnded) return;
    this.#end(reason);
    this.#owner.onCut?.(reason);
  }

  #end(reason: string): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#socket.close();
    for (const { reject } of [...this.#replies, ...this.#barriers]) reject(new Error(reason));
  }
}
