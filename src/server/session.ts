// A session: one TCP connection from magic to close. It reads bytes, lets the parser make commands of them, guards what
// holds for all commands (state), and leaves the rest to the handlers.
//
//   magic ──► commands ──► end: error frame or not, what is in the outbox leaves, the connection closes
//
// Read deadlines: two heartbeat intervals without a complete command end the connection, and so does a magic or a
// command that takes too long to arrive.

import { buffers } from "../base/buffer_pool.ts";
import { byteString, readableText } from "../base/byte_string.ts";
import { type Batch, sizeAt } from "../queue/batch.ts";
import type { ClientStats } from "../queue/client_stats.ts";
import type { Channel } from "../queue/channel.ts";
import type { Publisher, Topic } from "../queue/topic.ts";
import { type Transport, TransportError, withHead } from "../transport/transport.ts";
import type { RefusalKind } from "../transport/refusals.ts";
import { CommandParser, type CommandSink, PARAMETERS_KEPT } from "../wire/command_parser.ts";
import { type CommandName, commands } from "../wire/commands.ts";
import { type ErrorCode, ProtocolError } from "../wire/errors.ts";
import { frame, HEARTBEAT_FRAME, OK_FRAME } from "../wire/frames.ts";
import { unnegotiated } from "../wire/identify.ts";
import { Client } from "./client.ts";
import { Delivery } from "./delivery.ts";
import { Outbox, type OutboxOwner } from "./outbox.ts";
import { TopicName } from "./topic_name.ts";
import type { SessionHost, Watched } from "./session_host.ts";

/** What a command does. Both may throw `ProtocolError`. */
export interface Handler {
  /** The line is complete, a body not read yet: checks that come before it. */
  begin?(session: Session): void;
  /** The command is complete. */
  execute(session: Session): void;
}

/** A handler for each command. */
export type Handlers = Readonly<Record<CommandName, Handler>>;

const MAGIC = "  V2";
/** How long a connection that ends may take to read what it is owed. */
const DRAIN_MS = 30_000;
/** After a fatal error: how long and how much a client may go on sending before it is cut off. */
const LINGER_MS = 1000;
const LINGER_READ_BYTES = 64 * 1024;
const LINGER_BYTES_MAX = 16 * 1024 * 1024;

/** The commands whose success must be stored before it is told. */
const storingCommands = {
  PUB: "E_PUB_FAILED",
  MPUB: "E_MPUB_FAILED",
  DPUB: "E_DPUB_FAILED",
  SUB: "E_SUB_FAILED",
} as const satisfies Partial<Record<CommandName, ErrorCode>>;
type StoringCommand = keyof typeof storingCommands;

/** Hears for a session what became of what one of its commands stored. */
class StoredReply implements Publisher {
  readonly isBystander: boolean;
  readonly #session: Session;
  readonly #name: StoringCommand;

  constructor(session: Session, name: StoringCommand) {
    this.#session = session;
    this.#name = name;
    this.isBystander = name === "SUB";
  }

  published(mark: number, refusal: string | undefined, safe: Promise<void> | undefined): void {
    if (safe !== undefined) this.#session.outbox.hold(mark, safe);
    if (refusal === undefined) return;
    const text = `${this.#name} failed ${refusal}`;
    this.#session.refuseFrom(mark, new ProtocolError(storingCommands[this.#name], text));
  }
}

/** One connection. */
export class Session implements CommandSink, OutboxOwner, Watched {
  /** Place among the deadlines of the server; see `DeadlineHeap`. */
  heapIndex = -1;
  deadlineMs = Infinity;
  readonly client: Client;
  readonly parser: CommandParser;
  readonly outbox: Outbox;
  readonly delivery: Delivery;
  /** What the client presented in AUTH, a byte string. */
  secret = "";
  /** Parameter of the latest publishing command. */
  readonly topicName = new TopicName();
  /** Where it is subscribed. */
  subscription: { topic: Topic; channel: Channel } | undefined;
  /** The time of the turn in which bytes are being handled, on both clocks. Whatever a client waits for counts from `timeMs`. */
  nowMs: number;
  wallMs: number;
  #connection: Transport;
  readonly #host: SessionHost;
  readonly #handlers: Handlers;
  #hasMagic = false;
  #isClosed = false;
  #isEnding = false;
  readonly #stored: Partial<Record<StoringCommand, StoredReply>> = {};
  #isHeldBack = false;
  #isWrapping = false;
  /** Whether TLS is required and not there yet. */
  #needsTls: boolean;
  #task: (() => Promise<void>) | undefined;
  #lastCommandMs: number;
  /** When the magic, or the command that has begun, must have arrived; Infinity while nothing has begun. */
  #arrivalDueMs: number;
  #nextHeartbeatMs: number;
  /** When the first heartbeat since the latest command was sent; before that command when none was. */
  #askedMs = -Infinity;

  /** @param address the client's, `ip:port`, or `@` for a unix socket */
  constructor(connection: Transport, address: string, host: SessionHost, handlers: Handlers) {
    this.#connection = connection;
    this.#host = host;
    this.#handlers = handlers;
    this.#needsTls = host.settings.isTlsRequired;
    this.nowMs = host.clock.nowMs();
    this.wallMs = host.clock.wallMs();
    this.#lastCommandMs = this.nowMs;
    this.#arrivalDueMs = this.nowMs + (host.settings.handshakeTimeoutMs || Infinity);
    this.client = new Client(address, unnegotiated(host.settings.negotiation), this.wallMs);
    this.#nextHeartbeatMs = this.nowMs + this.client.negotiated.heartbeatIntervalMs;
    this.parser = new CommandParser(host.settings.limits);
    this.outbox = new Outbox(this);
    this.delivery = new Delivery(this.outbox, host.settings.nodeId, this);
  }

  /** What it shares with all sessions. */
  get host(): SessionHost {
    return this.#host;
  }

  /** Serves the connection until it ends; never throws. */
  async run(): Promise<void> {
    try {
      while (await this.#readSome());
    } catch (error) {
      this.#fail(error);
    }
    this.parser.release();
    await this.#end();
  }

  /** Reads once and handles what came; false when the connection is to end. */
  async #readSome(): Promise<boolean> {
    const count = await this.#connection.read(this.parser.space());
    this.#host.turn.read();
    this.#readTime();
    if (this.#isClosed || this.#isEnding) return false;
    if (count === null) {
      if (this.#hasMagic) this.parser.endOfInput();
      return false;
    }
    this.parser.filled(count);
    if (!this.#hasMagic && !this.#takeMagic()) return true;
    if (!this.#handleCommands()) return false;
    while (this.#task !== undefined) {
      await this.#holdBack(this.#taken());
      if (this.#isClosed || this.#isEnding || !this.#handleCommands()) return false;
    }
    if (this.outbox.isFull) await this.#holdBack(this.outbox.drained());
    this.#watchArrival();
    return !this.#isClosed;
  }

  #readTime(): void {
    const { turn } = this.#host;
    turn.schedule();
    this.nowMs = turn.nowMs;
    this.wallMs = turn.wallMs;
  }

  /** A command that has begun must arrive in time; after one that was completed in this read the next has all of it. */
  #watchArrival(): void {
    if (!this.parser.isMidCommand) this.#arrivalDueMs = Infinity;
    else if (this.#arrivalDueMs === Infinity || this.#lastCommandMs === this.nowMs) {
      this.#arrivalDueMs = this.nowMs + this.#commandTimeoutMs;
      const isInTime = this.deadlineMs <= this.#arrivalDueMs;
      if (!isInTime && !this.#isClosed && !this.#isEnding) {
        this.#host.watch(this, this.#arrivalDueMs);
      }
    }
  }

  get #commandTimeoutMs(): number {
    return this.#host.settings.commandTimeoutMs || Infinity;
  }

  /** Has `task` done before the next command; within a handler's `begin`, before this one, which then begins anew. */
  doFirst(task: () => Promise<void>): void {
    this.#task = task;
    this.parser.hold();
  }

  /**
   * Puts a layer around the connection once everything has left; what was read and not looked at yet is the layer's. An
   * OK through it follows. Between two commands only: see `doFirst`. Throws what `layer` throws.
   */
  async wrap(layer: (connection: Transport) => Transport | Promise<Transport>): Promise<void> {
    await this.outbox.drained();
    if (this.#isClosed || this.#isEnding) return;
    this.#isWrapping = true;
    try {
      const wrapped = await layer(withHead(this.#connection, this.parser.takeRest()));
      this.#connection = wrapped;
      this.#needsTls &&= this.client.tls === undefined;
      if (this.#isClosed) return wrapped.close();
    } finally {
      this.#isWrapping = false;
    }
    this.reply(OK_FRAME);
  }

  #taken(): Promise<void> {
    const task = this.#task!;
    this.#task = undefined;
    return task();
  }

  /** Commands are not read meanwhile: that they do not come is then no silence of the client's. */
  async #holdBack(until: Promise<void>): Promise<void> {
    this.#isHeldBack = true;
    try {
      await until;
    } finally {
      this.#isHeldBack = false;
      this.#readTime();
      this.#lastCommandMs = this.nowMs;
    }
  }

  #takeMagic(): boolean {
    const bytes = this.parser.take(MAGIC.length);
    if (bytes === undefined) return false;
    const magic = byteString(bytes);
    this.#host.log.info(
      `CLIENT(${this.client.address}): desired protocol magic '${readableText(magic)}'`,
    );
    if (magic !== MAGIC) throw new ProtocolError("E_BAD_PROTOCOL", "");
    this.#hasMagic = true;
    this.#arrivalDueMs = Infinity;
    this.restartHeartbeat();
    return true;
  }

  /** Handles the commands that are complete; false when the line is too long. */
  #handleCommands(): boolean {
    while (true) {
      try {
        if (this.parser.consume(this)) return true;
        this.refuse("line_too_long", "sent a line that is too long");
        return false;
      } catch (error) {
        if (!(error instanceof ProtocolError) || error.isFatal) throw error;
        this.#sendError(error);
      }
    }
  }

  begin(name: CommandName): void {
    if (this.#needsTls && name !== "IDENTIFY") throw this.#tlsRequired(name);
    const { states } = commands[name] as { states: readonly string[] };
    if (!states.includes(this.client.state)) {
      throw new ProtocolError("E_INVALID", `cannot ${name} in current state`);
    }
    this.#handlers[name].begin?.(this);
  }

  refuseUnknown(word: string): ProtocolError | undefined {
    return this.#needsTls ? this.#tlsRequired(word) : undefined;
  }

  execute(name: CommandName): void {
    if (this.#host.log.isEnabled("debug")) this.#logCommand(name);
    // Before the handler: a command that fails without ending the connection is a sign of life as well.
    this.#lastCommandMs = this.nowMs;
    this.#handlers[name].execute(this);
  }

  #logCommand(name: CommandName): void {
    const { parser } = this;
    const words: string[] = [name];
    for (let index = 0; index < Math.min(parser.parameterCount, PARAMETERS_KEPT); index++) {
      words.push(readableText(parser.parameter(index)));
    }
    this.#host.log.debug(`PROTOCOL(V2): [${this.client.address}] ${words.join(" ")}`);
  }

  /** Sends a whole frame once what `name` did to `topic` is stored; an error instead if it cannot be. */
  replyWhenStored(topic: Topic, name: StoringCommand, frameBytes: Uint8Array): void {
    const mark = this.outbox.position;
    this.outbox.append(frameBytes);
    topic.report(this.#stored[name] ??= new StoredReply(this, name), mark);
  }

  /** What was published could not be stored: everything from `mark` on is taken back, and the connection ends. */
  refuseFrom(mark: number, error: ProtocolError): void {
    if (this.#isEnding || this.#isClosed) return;
    this.outbox.cutFrom(mark);
    this.#sendError(error);
    void this.#end();
  }

  /** Sends a whole frame. */
  reply(frameBytes: Uint8Array): void {
    this.outbox.append(frameBytes);
  }

  #sendError(error: ProtocolError): void {
    this.#host.log.error(`[${this.client.address}] - ${readableText(error.message)}`);
    this.outbox.append(frame("error", error.message));
  }

  #tlsRequired(word: string): ProtocolError {
    const text = `cannot ${word} in current state (TLS required)`;
    this.refuse("tls_required", readableText(text));
    return new ProtocolError("E_INVALID", text);
  }

  /** Counts something that was refused to this client, and logs it. */
  refuse(kind: RefusalKind, what: string): void {
    this.#host.refusals.add(kind, `CLIENT(${this.client.address}): ${what}`);
  }

  /** Ends the connection of a client that did not send in time what it has begun; says when it would be too late. */
  #expireArrival(nowMs: number): number {
    const dueMs = this.#isHeldBack ? Infinity : this.#arrivalDueMs;
    if (nowMs < dueMs) return dueMs;
    if (this.#hasMagic) this.refuse("command_timeout", "timed out in the middle of a command");
    else this.refuse("handshake_timeout", "timed out before it said its protocol");
    this.close();
    return Infinity;
  }

  /** Sends the heartbeat that is due, and says when to call again. Ends the connection of a client that is silent. */
  expire(nowMs: number): number {
    const intervalMs = this.client.negotiated.heartbeatIntervalMs;
    const arrivalAtMs = this.#expireArrival(nowMs);
    if (this.#isClosed) return Infinity;
    if (intervalMs === 0) return Math.min(arrivalAtMs, nowMs + this.#commandTimeoutMs);
    const silentAtMs = this.#silentAtMs(intervalMs);
    const stuckAtMs = this.outbox.writingSinceMs + Math.max(intervalMs, 1000);
    if (nowMs >= Math.min(silentAtMs, stuckAtMs)) {
      this.#host.log.info(`CLIENT(${this.client.address}): timed out`);
      this.close();
      return Infinity;
    }
    if (nowMs >= this.#nextHeartbeatMs) {
      if (this.#hasMagic && !this.#isWrapping) this.outbox.append(HEARTBEAT_FRAME);
      if (this.#askedMs < this.#lastCommandMs) this.#askedMs = nowMs;
      this.#nextHeartbeatMs = nowMs + intervalMs;
    }
    return Math.min(this.#nextHeartbeatMs, silentAtMs, stuckAtMs, arrivalAtMs);
  }

  /** From when on it is taken for gone. Nobody is silent who was not asked: this process may have stood still. */
  #silentAtMs(intervalMs: number): number {
    if (this.#isHeldBack || this.#askedMs < this.#lastCommandMs) return Infinity;
    return Math.max(this.#lastCommandMs + 2 * intervalMs, this.#askedMs + intervalMs);
  }

  /** The heartbeat interval was negotiated: it counts from now. Says when `expire` is to be called. */
  restartHeartbeat(): void {
    const intervalMs = this.client.negotiated.heartbeatIntervalMs;
    this.#lastCommandMs = this.nowMs;
    this.#nextHeartbeatMs = intervalMs === 0 ? Infinity : this.nowMs + intervalMs;
    // Without heartbeats somebody has to look after commands that never end.
    const lookMs = intervalMs === 0 ? this.nowMs + this.#commandTimeoutMs : this.#nextHeartbeatMs;
    this.#host.watch(this, Math.min(lookMs, this.#arrivalDueMs));
  }

  write(bytes: Uint8Array): Promise<number> {
    return this.#connection.write(bytes);
  }

  /** The time now. A long turn began some time before a command was sent, and no delay may be over too early. */
  timeMs(): number {
    return this.#host.clock.nowMs();
  }

  flushLater(outbox: Outbox): void {
    this.#host.turn.flush(outbox);
  }

  onRoom(): void {
    const { consumer } = this.client;
    if (consumer !== undefined) this.subscription?.channel.wake(consumer);
  }

  onWriteFailed(): void {
    this.close();
  }

  get isTraced(): boolean {
    return this.#host.log.isEnabled("debug");
  }

  trace(batch: Batch, index: number, attempts: number): void {
    const start = batch.offsetOf(index) + 4;
    const body = byteString(batch.bytes, start, start + sizeAt(batch.bytes, start - 4));
    const text = `message ${batch.first + index}, attempt ${attempts} - ${readableText(body)}`;
    this.#host.log.debug(`PROTOCOL(V2): [${this.client.address}] writing ${text}`);
  }

  describe(): ClientStats {
    return this.client.describe();
  }

  /** Ends the connection without a word. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#leave();
    this.#connection.close();
  }

  #fail(error: unknown): void {
    if (this.#isClosed) return;
    if (error instanceof ProtocolError) return this.#sendError(error);
    if (error instanceof TransportError) return this.refuse("bad_stream", error.message);
    const isNetwork = error instanceof Deno.errors.ConnectionReset ||
      error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.Interrupted;
    if (!isNetwork) this.#host.log.error(`[${this.client.address}] - ${describeFault(error)}`);
  }

  /** The client hung up or was refused: what it is owed leaves, then the connection closes. */
  async #end(): Promise<void> {
    if (this.#isClosed || this.#isEnding) return;
    this.#isEnding = true;
    this.#leave();
    // Nobody watches over the session any more: a client that does not read must not keep it for ever.
    const timer = setTimeout(() => this.close(), DRAIN_MS);
    await this.outbox.drained();
    clearTimeout(timer);
    await this.#linger();
    this.close();
  }

  /** Bytes still arriving when a socket is closed make the kernel drop what the client has not read: read them first. */
  async #linger(): Promise<void> {
    const timer = setTimeout(() => this.close(), LINGER_MS);
    const scrap = buffers.take(LINGER_READ_BYTES);
    try {
      await this.#connection.closeWrite();
      for (let left = LINGER_BYTES_MAX; left > 0;) {
        const count = await this.#connection.read(scrap);
        if (count === null) break;
        left -= count;
      }
    } catch {
      // The client is gone already.
    }
    buffers.give(scrap);
    clearTimeout(timer);
  }

  /** Leaves its channel. An ephemeral one goes with its last consumer. */
  #leave(): void {
    const { subscription } = this;
    const { consumer } = this.client;
    this.#host.forget(this);
    if (subscription === undefined || consumer === undefined) return;
    this.subscription = undefined;
    const { topic, channel } = subscription;
    channel.removeConsumer(consumer);
    if (channel.isEphemeral && channel.consumers.size === 0 && !channel.isDeleted) {
      this.#host.topics.deleteChannel(topic, channel);
    }
  }
}

function describeFault(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}
