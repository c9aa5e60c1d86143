// One connection to a server: heartbeats, replies matched to commands, an orderly end.
// The server works in order, so the first reply belongs to the first command that waits for one; only FIN, REQ and
// TOUCH answer out of line, and only when they fail. A fatal error is the reply to the first waiting command, and
// everything after that command was not looked at.
// Invariant: every promise handed out settles, at the latest when the connection ends, which is told exactly once.

import { Deque } from "../base/deque.ts";
import { reasonOf } from "../base/system_error.ts";
import type { Transport } from "../transport/transport.ts";
import { type ErrorCode, errors } from "../wire/errors.ts";
import { frameTypes } from "../wire/frames.ts";
import { NOP } from "./command_bytes.ts";
import type { ConnectionSettings, ServerFeatures } from "./connection_options.ts";
import { dial } from "./dial.ts";
import { FrameReader } from "./frame_reader.ts";
import { introduce, type Introduced } from "./introduction.ts";
import { errorOf, NsqError } from "./nsq_error.ts";
import { Outlet } from "./outlet.ts";

/** What a connection tells its owner. */
export interface ConnectionOwner {
  /** A message arrived; its data lies in the reader until this returns. */
  onMessage?(reader: FrameReader): void;
  /** FIN, REQ or TOUCH was refused; the connection goes on. */
  onRefusal?(error: NsqError): void;
  /** The connection has ended: undefined when `close` was asked for. */
  onEnd?(error: NsqError | undefined): void;
}

interface WaitingCommand {
  resolve(reply: string): void;
  reject(error: NsqError): void;
}

const HEARTBEAT_BYTES = "_heartbeat_".length;
const UNDERSCORE = "_".charCodeAt(0);
/** How long the server has to close its half, and to explain why it cut us off in the middle of a write. */
const FAREWELL_MS_MAX = 1000;

/** An introduced connection. */
export class Connection {
  /** What the server said of itself. */
  readonly features: ServerFeatures;

  readonly #address: string;
  readonly #socket: Transport;
  readonly #settings: ConnectionSettings;
  readonly #owner: ConnectionOwner;
  readonly #reader = new FrameReader();
  readonly #outlet: Outlet;
  readonly #waiting = new Deque<WaitingCommand>();
  readonly #ended = Promise.withResolvers<void>();
  #isClosing = false;
  #isEnded = false;
  #hasHeard = false;
  #cancelSilence = () => {};
  #cancelFarewell = () => {};

  private constructor(
    address: string,
    { transport, features }: Introduced,
    settings: ConnectionSettings,
    owner: ConnectionOwner,
  ) {
    this.#address = address;
    this.features = features;
    this.#socket = transport;
    this.#settings = settings;
    this.#owner = owner;
    this.#outlet = new Outlet(transport, (error) => this.#onWriteFailure(error));
  }

  /**
   * Connects and introduces itself.
   * @throws {NsqError} BAD_ADDRESS, CONNECT_FAILED, or why the server refuses us
   */
  static async open(
    address: string,
    settings: ConnectionSettings,
    owner: ConnectionOwner = {},
  ): Promise<Connection> {
    const socket = await dial(address, settings);
    const introduced = await introduce(socket, address, settings);
    const connection = new Connection(address, introduced, settings, owner);
    connection.#watchSilence();
    connection.#readFrames();
    return connection;
  }

  /** Whether commands can still be sent. */
  get isOpen(): boolean {
    return !this.#isClosing && !this.#isEnded;
  }

  /** Sends a command that has no reply. After the end it is ignored. */
  send(command: Uint8Array): void {
    if (!this.#isEnded) this.#outlet.push(command);
  }

  /** Sends a command and resolves with its reply; rejects with an `NsqError`. */
  request(command: Uint8Array): Promise<string> {
    if (!this.isOpen) {
      return Promise.reject(
        new NsqError("CONNECTION_LOST", `The connection to ${this.#address} has ended.`, {
          isCertainlyNotTaken: true,
        }),
      );
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#outlet.push(command);
    });
  }

  /** Like `request`; without a reply after `limitMs` milliseconds the connection ends with TIMED_OUT. */
  async requestWithin(command: Uint8Array, limitMs: number): Promise<string> {
    const cancel = this.#settings.timers.after(limitMs, () => {
      const text = `${this.#address} did not answer within ${limitMs} ms.`;
      this.#end(new NsqError("TIMED_OUT", text));
    });
    try {
      return await this.request(command);
    } finally {
      cancel();
    }
  }

  /**
   * Sends what is left and closes. Everything sent is read by the server before this resolves, unless it takes longer
   * than a second: closing at once could make the kernel drop it.
   */
  async close(): Promise<void> {
    if (this.isOpen) {
      this.#isClosing = true;
      this.#cancelFarewell = this.#settings.timers.after(
        FAREWELL_MS_MAX,
        () => this.#end(undefined),
      );
      await this.#outlet.flushed();
      if (!this.#isEnded) await this.#socket.closeWrite().catch(() => {});
    }
    await this.#ended.promise;
  }

  /** Closes at once, losing what has not been written. */
  abort(error: NsqError): void {
    this.#end(error);
  }

  async #readFrames(): Promise<void> {
    try {
      while (!this.#isEnded) {
        const count = await this.#socket.read(this.#reader.space());
        if (count === null) return this.#end(this.#isClosing ? undefined : this.#lost());
        this.#hasHeard = true;
        this.#reader.filled(count);
        while (!this.#isEnded && this.#reader.next()) this.#onFrame();
      }
    } catch (error) {
      this.#end(error instanceof NsqError ? error : this.#lost(error));
    }
  }

  #onFrame(): void {
    const reader = this.#reader;
    if (reader.type === frameTypes.message) return this.#owner.onMessage?.(reader);
    const length = reader.dataEnd - reader.dataStart;
    const isResponse = reader.type === frameTypes.response;
    if (isResponse && length === HEARTBEAT_BYTES && reader.bytes[reader.dataStart] === UNDERSCORE) {
      return this.send(NOP);
    }
    const data = new TextDecoder().decode(reader.bytes.subarray(reader.dataStart, reader.dataEnd));
    if (!isResponse) return this.#onError(data);
    const command = this.#waiting.shift();
    if (command === undefined) {
      throw new NsqError("BAD_REPLY", `${this.#address} answered "${data}" to no question.`);
    }
    command.resolve(data);
  }

  #onError(text: string): void {
    const error = errorOf(text);
    if (error.code in errors && !errors[error.code as ErrorCode].fatal) {
      return this.#owner.onRefusal?.(error);
    }
    this.#waiting.shift()?.reject(error);
    const isCertainlyNotTaken = true;
    const rest = `${this.#address} closed the connection after "${text}" to the command before.`;
    this.#rejectWaiting(new NsqError("CONNECTION_LOST", rest, { isCertainlyNotTaken }));
    this.#end(error);
  }

  /** A reset by the server may hide its reason, which then lies unread on our side: the reader gets a moment for it. */
  #onWriteFailure(error: unknown): void {
    this.#cancelFarewell();
    this.#cancelFarewell = this.#settings.timers.after(
      FAREWELL_MS_MAX,
      () => this.#end(this.#lost(error)),
    );
  }

  #watchSilence(): void {
    const { timers, readTimeoutMs } = this.#settings;
    this.#hasHeard = false;
    this.#cancelSilence = timers.after(readTimeoutMs, () => {
      if (this.#hasHeard) return this.#watchSilence();
      const text = `${this.#address} has been silent for ${readTimeoutMs} ms.`;
      this.#end(new NsqError("TIMED_OUT", text));
    });
  }

  #lost(cause?: unknown): NsqError {
    const reason = cause === undefined ? "the server closed it" : reasonOf(cause);
    const text = `The connection to ${this.#address} was lost: ${reason}.`;
    return new NsqError("CONNECTION_LOST", text, { cause });
  }

  #rejectWaiting(error: NsqError): void {
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) next.reject(error);
  }

  #end(error: NsqError | undefined): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#cancelSilence();
    this.#cancelFarewell();
    this.#socket.close();
    this.#rejectWaiting(error ?? this.#lost());
    this.#ended.resolve();
    this.#owner.onEnd?.(error);
  }
}
