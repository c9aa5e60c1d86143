// One connection to an nsqlookupd: commands go out, and each is answered by an int32 size and so many bytes, in order.
// Knows none of the commands. It reads all the time, so that it is noticed at once when the server goes.
// Invariant: every question settles, at the latest when the connection ends; the buffer bounds what a server can send.

import { byteString } from "../base/byte_string.ts";
import { Deque } from "../base/deque.ts";
import { parseHostPort } from "../base/host_port.ts";
import type { Timers } from "../base/timers.ts";

/** The longest answer. */
const ANSWER_BYTES_MAX = 16 * 1024;
const SIZE_BYTES = 4;

interface Question {
  resolve(answer: string): void;
  reject(error: Error): void;
}

/** An open connection. */
export class LookupConnection {
  readonly #socket: Deno.TcpConn;
  readonly #timers: Timers;
  readonly #questions = new Deque<Question>();
  readonly #ended = new AbortController();
  readonly #buffer = new Uint8Array(SIZE_BYTES + ANSWER_BYTES_MAX);
  #filled = 0;

  private constructor(socket: Deno.TcpConn, timers: Timers) {
    this.#socket = socket;
    this.#timers = timers;
  }

  /**
   * Connects.
   * @throws {Error} when it takes longer than `limitMs`, or there is nobody
   */
  static async open(address: string, limitMs: number, timers: Timers): Promise<LookupConnection> {
    const hostPort = parseHostPort(address);
    if (hostPort === undefined || hostPort.port === 0) {
      throw new Error("this is no address; write host:port");
    }
    const hostname = hostPort.hostname || "127.0.0.1";
    const connecting = Deno.connect({ hostname, port: hostPort.port });
    const late = Promise.withResolvers<never>();
    const cancel = timers.after(limitMs, () => {
      late.reject(new Error(`no connection within ${limitMs} ms`));
      connecting.then((socket) => socket.close(), () => {});
    });
    try {
      const socket = await Promise.race([connecting, late.promise]);
      socket.setNoDelay(true);
      const connection = new LookupConnection(socket, timers);
      void connection.#read();
      return connection;
    } finally {
      cancel();
    }
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
    this.#write(commands).catch((error) => this.#end(error));
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

  async #write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#socket.write(bytes.subarray(at));
  }

  async #read(): Promise<void> {
    try {
      while (!this.ended.aborted) {
        const count = await this.#socket.read(this.#buffer.subarray(this.#filled));
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
    const error = reason instanceof Error ? reason : new Error(String(reason));
    this.#ended.abort(error);
    for (let left = this.#questions.shift(); left; left = this.#questions.shift()) {
      left.reject(error);
    }
    this.#socket.close();
  }
}
