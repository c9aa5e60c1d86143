// One connection to an nsqlookupd, in the clear or over TLS: commands go out, and each is answered by an int32 size and so
// many bytes, in order. Knows none of the commands. It reads all the time, so that it is noticed at once when the server goes.
// Invariant: every question settles, at the latest when the connection ends; the buffer bounds what a server can send.

import { byteString } from "../base/byte_string.ts";
import type { ClientTls } from "../base/client_tls.ts";
import { Deque } from "../base/deque.ts";
import { parseHostPort } from "../base/host_port.ts";
import { errorOf } from "../base/system_error.ts";
import type { Timers } from "../base/timers.ts";
import { connectedWithin } from "../transport/dial_limit.ts";
import { connectTls } from "../transport/tls_client.ts";
import { type Transport, writeWhole } from "../transport/transport.ts";
import { tlsFailureText } from "./tls_failure.ts";

/** The longest answer. */
const ANSWER_BYTES_MAX = 16 * 1024;
const SIZE_BYTES = 4;

interface Question {
  resolve(answer: string): void;
  reject(error: Error): void;
}

/** Where a server is and how it is spoken to. Times in ms. */
export interface LookupAddress {
  /** `host:port`. */
  readonly address: string;
  readonly connectLimitMs: number;
  readonly tls: ClientTls | undefined;
  readonly handshakeLimitMs: number;
}

/** An open connection. */
export class LookupConnection {
  readonly #transport: Transport;
  readonly #timers: Timers;
  readonly #questions = new Deque<Question>();
  readonly #ended = new AbortController();
  readonly #buffer = new Uint8Array(SIZE_BYTES + ANSWER_BYTES_MAX);
  #filled = 0;

  private constructor(transport: Transport, timers: Timers) {
    this.#transport = transport;
    this.#timers = timers;
  }

  /**
   * Connects.
   * @throws {Error} when it takes longer than the limits, there is nobody, or TLS fails
   */
  static async open(server: LookupAddress, timers: Timers): Promise<LookupConnection> {
    const hostPort = parseHostPort(server.address);
    if (hostPort === undefined || hostPort.port === 0) {
      throw new Error("this is no address; write host:port");
    }
    const hostname = hostPort.hostname || "127.0.0.1";
    const socket = await connected(hostname, hostPort.port, server.connectLimitMs, timers);
    const transport = server.tls === undefined
      ? socket
      : await secured(socket, hostname, server.tls, server.handshakeLimitMs);
    const connection = new LookupConnection(transport, timers);
    void connection.#read();
    return connection;
  }

  /** Aborted with the reason when the connection has ended. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /**
   * Sends commands and resolves with their answers, `count` of them.
   * @throws {Error} the connection's end; silence for longer than `limitMs` ends it
   */
  async ask(commands: Uint8Array, count: number, limitMs: number): Promise<string[]> {
    this.ended.throwIfAborted();
    const answers = Array.from(
      { length: count },
      () => new Promise<string>((resolve, reject) => this.#questions.push({ resolve, reject })),
    );
    const giveUp = () => this.#end(new Error(`no answer within ${limitMs} ms`));
    const cancel = this.#timers.after(limitMs, giveUp);
    writeWhole(this.#transport, commands).catch((error) => this.#end(error));
    try {
      return await Promise.all(answers);
    } finally {
      cancel();
    }
  }

  /** Closes; questions under way are rejected. */
  close(): void {
    this.#end(new Error("closed"));
  }

  async #read(): Promise<void> {
    try {
      while (!this.ended.aborted) {
        const count = await this.#transport.read(this.#buffer.subarray(this.#filled));
        if (count === null) return this.#end(new Error("it closed the connection"));
        this.#filled += count;
        this.#takeAnswers();
      }
    } catch (error) {
      this.#end(error);
    }
  }

  #takeAnswers(): void {
    const view = new DataView(this.#buffer.buffer);
    let at = 0;
    while (this.#filled - at >= SIZE_BYTES) {
      const size = view.getInt32(at);
      if (size < 0 || size > ANSWER_BYTES_MAX) throw new Error(`it announced ${size} bytes`);
      const end = at + SIZE_BYTES + size;
      if (end > this.#filled) break;
      const question = this.#questions.shift();
      if (question === undefined) throw new Error("it answered what nobody had asked");
      question.resolve(byteString(this.#buffer, at + SIZE_BYTES, end));
      at = end;
    }
    this.#buffer.copyWithin(0, at, this.#filled);
    this.#filled -= at;
  }

  #end(reason: unknown): void {
    if (this.ended.aborted) return;
    const error = errorOf(reason);
    this.#ended.abort(error);
    for (let left = this.#questions.shift(); left; left = this.#questions.shift()) {
      left.reject(error);
    }
    this.#transport.close();
  }
}

async function connected(
  hostname: string,
  port: number,
  limitMs: number,
  timers: Timers,
): Promise<Deno.TcpConn> {
  const lateText = `no connection within ${limitMs} ms`;
  const connecting = Deno.connect({ hostname, port });
  const socket = await connectedWithin(connecting, limitMs, timers, lateText);
  socket.setNoDelay(true);
  return socket;
}

async function secured(
  socket: Deno.TcpConn,
  hostname: string,
  tls: ClientTls,
  limitMs: number,
): Promise<Transport> {
  try {
    return await connectTls(socket, hostname, tls, limitMs);
  } catch (cause) {
    socket.close();
    throw new Error(tlsFailureText(cause), { cause });
  }
}
