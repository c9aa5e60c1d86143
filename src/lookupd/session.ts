// One connection from magic to close. It reads lines, has them carried out, and sends the replies one after the other:
// who does not read his replies is not read from. Where TLS is served, the first byte says whether a client speaks it: the
// magic begins with a space, TLS with another byte.
//
// Deadlines: the magic, a command from its first byte on, and a reply must get through in time; between commands a client
// may be silent as long as it likes, as in upstream.

import { readableText } from "../base/byte_string.ts";
import type { RefusalKind } from "../transport/refusals.ts";
import { acceptTls } from "../transport/tls_server.ts";
import { type Transport, TransportError, withHead, writeWhole } from "../transport/transport.ts";
import { ProtocolError } from "../wire/errors.ts";
import { CommandReader, LineTooLong } from "./command_reader.ts";
import { type Caller, carryOut, framed, isMagic, leave } from "./commands.ts";
import type { LookupdHost } from "./host.ts";
import type { Producer } from "./producer.ts";

const MAGIC_BYTES = 4;
/** The first byte of TLS: a record of its handshake. */
const TLS_HANDSHAKE = 0x16;
/** For TLS where --handshake-timeout sets no limit. */
const TLS_LIMIT_MS = 120_000;
/** After an error: how long and how much the client may go on sending, so that it gets to read the error. */
const LINGER_MS = 1000;
const LINGER_BYTES_MAX = 256 * 1024;

/** A connection of an nsqd, or of whoever else connects. */
export class Session implements Caller {
  readonly host: LookupdHost;
  readonly address: string;
  producer: Producer | undefined;
  #connection: Transport;
  #reader: CommandReader;
  readonly #magicTimeoutMs: number;
  readonly #commandTimeoutMs: number;
  #lateWith: RefusalKind = "handshake_timeout";
  #dueMs: number;
  #isClosed = false;

  constructor(host: LookupdHost, connection: Transport, address: string) {
    this.host = host;
    this.address = address;
    this.#connection = connection;
    this.#reader = this.#readerOf(connection);
    this.#magicTimeoutMs = host.options.handshakeTimeout || Infinity;
    this.#commandTimeoutMs = host.options.commandTimeout || Infinity;
    this.#dueMs = host.clock.nowMs() + this.#magicTimeoutMs;
  }

  #readerOf(connection: Transport): CommandReader {
    return new CommandReader(connection, (isBegun) => this.#begun(isBegun));
  }

  /** Serves the connection; resolves when it is over, and never rejects. */
  async run(): Promise<void> {
    try {
      if (await this.#secured() && await this.#greeted()) await this.#converse();
    } catch (error) {
      // Whoever is told why may take his time to hang up, and is not listed meanwhile.
      leave(this);
      await this.#fail(error);
    }
    this.close();
    leave(this);
    this.host.log.info(`CLIENT(${this.address}): closing`);
  }

  /** Puts TLS around the connection if the client begins it; false when it has hung up. */
  async #secured(): Promise<boolean> {
    const { tls, options } = this.host;
    if (tls === undefined) return true;
    const first = new Uint8Array(1);
    if (await this.#connection.read(first) === null) return false;
    const inner = withHead(this.#connection, first);
    this.#use(inner);
    if (first[0] === TLS_HANDSHAKE) {
      const limitMs = options.handshakeTimeout || TLS_LIMIT_MS;
      this.#use((await acceptTls(inner, tls, limitMs)).transport);
      // Who was overdue meanwhile was closed below it.
      if (this.#isClosed) this.#connection.close();
    } else if (options.tlsRequired !== "false") {
      this.host.refusals.add("tls_required", `TCP: refused ${this.address}: TLS is required`);
      await this.#part("E_INVALID TLS is required: start nsqd with --lookupd-tls");
      return false;
    }
    return true;
  }

  #use(connection: Transport): void {
    this.#connection = connection;
    this.#reader = this.#readerOf(connection);
  }

  async #greeted(): Promise<boolean> {
    const magic = await this.#reader.take(MAGIC_BYTES);
    if (magic === undefined) return false;
    if (!isMagic(magic)) throw new ProtocolError("E_BAD_PROTOCOL", "");
    this.#lateWith = "command_timeout";
    this.#dueMs = Infinity;
    return true;
  }

  async #converse(): Promise<void> {
    for (let line = await this.#reader.line(); line !== undefined;) {
      await this.#send(await carryOut(this, line));
      line = await this.#reader.line();
    }
  }

  take(count: number): Promise<Uint8Array | undefined> {
    return this.#reader.take(count);
  }

  async #send(reply: string): Promise<void> {
    this.#dueMs = this.host.clock.nowMs() + this.#commandTimeoutMs;
    await writeWhole(this.#connection, framed(reply));
    this.#dueMs = Infinity;
  }

  #begun(isBegun: boolean): void {
    if (this.#lateWith === "handshake_timeout") return;
    if (!isBegun) this.#dueMs = Infinity;
    else if (this.#dueMs === Infinity) {
      this.#dueMs = this.host.clock.nowMs() + this.#commandTimeoutMs;
    }
  }

  async #fail(error: unknown): Promise<void> {
    if (this.#isClosed) return;
    const { complaints, log, refusals } = this.host;
    if (error instanceof TransportError) {
      refusals.add("tls_handshake", `TCP: refused ${this.address}, TLS: ${error.message}`);
    } else if (error instanceof LineTooLong) {
      refusals.add("line_too_long", `TCP: ${this.address} sent a line that is too long`);
    } else if (error instanceof ProtocolError) {
      complaints.say(`client(${this.address}) - ${readableText(error.message)}`);
      await this.#part(error.message);
    } else if (!isNetworkFault(error)) {
      log.error(`client(${this.address}) - ${error instanceof Error ? error.stack : error}`);
    }
  }

  /** Says why, and reads on for a moment: a socket closed with bytes unread takes back what it has sent. */
  async #part(reply: string): Promise<void> {
    const timer = setTimeout(() => this.close(), LINGER_MS);
    try {
      await writeWhole(this.#connection, framed(reply));
      await this.#connection.closeWrite();
      const scrap = new Uint8Array(4096);
      for (let left = LINGER_BYTES_MAX; left > 0;) {
        const count = await this.#connection.read(scrap);
        if (count === null) break;
        left -= count;
      }
    } catch {
      // The client is gone already.
    }
    clearTimeout(timer);
  }

  /** Ends the connection when something is overdue. */
  tick(nowMs: number): void {
    if (nowMs < this.#dueMs || this.#isClosed) return;
    this.host.refusals.add(this.#lateWith, `TCP: ${this.address} took too long`);
    this.close();
  }

  /** Ends the connection without a word. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#connection.close();
  }
}

function isNetworkFault(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.Interrupted || error instanceof Deno.errors.BadResource ||
    error instanceof Deno.errors.TimedOut || error instanceof Deno.errors.NotConnected;
}
