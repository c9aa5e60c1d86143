// One nsqlookupd: introduces this node, tells all that is registered, then each change; a PING every 15 seconds shows that
// this node lives. When the connection is lost it begins anew after a pause, with everything. Servers do not wait for one
// another. What it says in the log is rare, however often a server fails.
// Invariant: at most one connection and one attempt at a time; changes are kept only while connected.

import { bytesOf } from "../base/byte_string.ts";
import type { ClientTls } from "../base/client_tls.ts";
import { goQuote } from "../base/go_quote.ts";
import type { Logger } from "../base/logger.ts";
import { RareLine } from "../base/rare_line.ts";
import { reasonOf } from "../base/system_error.ts";
import { pause, type Timers } from "../base/timers.ts";
import { identifyCommand, serverOf } from "./introduction.ts";
import { LookupConnection } from "./lookup_connection.ts";
import type { NodeIdentity } from "./lookup_port.ts";
import { refusedText } from "./tls_failure.ts";

/** How patient it is, in milliseconds. */
export interface PeerTimings {
  readonly connectLimitMs: number;
  readonly answerLimitMs: number;
  readonly pingIntervalMs: number;
  /** The pause after a first failure; it doubles. */
  readonly retryDelayMs: number;
  readonly retryDelayMsMax: number;
}

/** Upstream's, except that it is more patient with a busy server and does not wait for a PING to connect again. */
export const PEER_TIMINGS: PeerTimings = {
  connectLimitMs: 1_000,
  answerLimitMs: 5_000,
  pingIntervalMs: 15_000,
  retryDelayMs: 1_000,
  retryDelayMsMax: 15_000,
};

/** What a peer is given. */
export interface PeerInputs {
  /** `host:port`. */
  readonly address: string;
  readonly node: NodeIdentity;
  /** How the next connection is secured; undefined is not at all. */
  tls(): ClientTls | undefined;
  readonly log: Pick<Logger, "info" | "warn" | "error">;
  readonly timers: Timers;
  readonly timings: PeerTimings;
  /** The commands that register all there is at this moment. */
  registrations(): string[];
  /** A clock that only goes forward, ms. */
  nowMs(): number;
}

/** Commands sent together. */
const COMMANDS_MAX = 100;
/** So far may a server lag behind: then it is told everything anew, which is less. */
const PENDING_MAX = 100_000;
/** As much of a server's words goes into the log. */
const SHOWN_CHARACTERS_MAX = 200;

/** One nsqlookupd. */
export class LookupPeer {
  readonly #inputs: PeerInputs;
  readonly #closing = new AbortController();
  readonly #trouble: RareLine;
  #connection: LookupConnection | undefined;
  #pending: string[] = [];
  #isIntroduced = false;
  #httpOrigin: string | undefined;
  #failures = 0;
  #latestReason = "";
  /** Whether the log owes the line that all is well. */
  #isLineDue = true;
  #wake = () => {};

  /** Begins at once. */
  constructor(inputs: PeerInputs) {
    this.#inputs = inputs;
    const { log, nowMs } = inputs;
    this.#trouble = new RareLine((text) => {
      this.#isLineDue = true;
      log.error(this.#line(text));
    }, nowMs);
    void this.#run();
  }

  /**
   * Where it answers HTTP requests, as it says itself: `http://host:port`, with TLS `https://host:port`. Undefined while it
   * is not connected, and when it does not say.
   */
  get httpOrigin(): string | undefined {
    return this.#httpOrigin;
  }

  /** Sends a command; while not connected it is not needed, since everything is told after connecting. */
  tell(command: string): void {
    if (!this.#isIntroduced) return;
    this.#pending.push(command);
    if (this.#pending.length > PENDING_MAX) this.#connection?.close();
    this.#wake();
  }

  /** Lets it go; the server notices by the connection's end. */
  close(): void {
    this.#closing.abort();
    this.#connection?.close();
  }

  async #run(): Promise<void> {
    const { timers, timings, nowMs } = this.#inputs;
    while (!this.#closing.signal.aborted) {
      const startMs = nowMs();
      try {
        await this.#serve();
      } catch (error) {
        if (this.#closing.signal.aborted) return;
        // One that lived for a while is no server that refuses everybody.
        if (nowMs() - startMs > timings.pingIntervalMs) this.#failures = 0;
        this.#noteFailure(error);
      } finally {
        this.#reset();
      }
      const delayMs = Math.min(timings.retryDelayMs * 2 ** this.#failures, timings.retryDelayMsMax);
      this.#failures++;
      // Many nodes lose a server together: they should not come back in step.
      await pause(timers, delayMs * (1 + 0.3 * Math.random()), this.#closing.signal);
    }
  }

  #reset(): void {
    this.#connection?.close();
    this.#connection = undefined;
    this.#isIntroduced = false;
    this.#httpOrigin = undefined;
    this.#pending = [];
  }

  async #serve(): Promise<never> {
    const { address, timers, timings } = this.#inputs;
    const { connectLimitMs, answerLimitMs: handshakeLimitMs, pingIntervalMs } = timings;
    const tls = this.#inputs.tls();
    const server = { address, connectLimitMs, tls, handshakeLimitMs };
    const connection = await LookupConnection.open(server, timers);
    this.#connection = connection;
    if (this.#closing.signal.aborted) throw new Error("closed");
    await this.#introduce(connection, tls);
    for (let pingMs = this.#inputs.nowMs() + pingIntervalMs;;) {
      await this.#tellPending(connection);
      await this.#idle(connection, pingMs - this.#inputs.nowMs());
      if (this.#inputs.nowMs() < pingMs) continue;
      this.#pending.unshift("PING");
      pingMs = this.#inputs.nowMs() + pingIntervalMs;
    }
  }

  async #introduce(connection: LookupConnection, tls: ClientTls | undefined): Promise<void> {
    const { node, registrations } = this.#inputs;
    const answer = await this.#answerTo(identifyCommand(node), connection, tls);
    const server = serverOf(answer, tls !== undefined);
    if (server === undefined) throw new Error(`it answered IDENTIFY with ${shown(answer)}`);
    this.#httpOrigin = server.origin;
    this.#noteConnected(server.version, tls !== undefined);
    // What changes from here on comes behind this.
    this.#pending = registrations();
    this.#isIntroduced = true;
  }

  async #answerTo(
    introduction: Uint8Array,
    connection: LookupConnection,
    tls: ClientTls | undefined,
  ): Promise<string> {
    try {
      const { answerLimitMs } = this.#inputs.timings;
      const [answer = ""] = await connection.ask(introduction, 1, answerLimitMs);
      return answer;
    } catch (error) {
      // With TLS 1.3 a server refuses a client's certificate after the client's handshake.
      if (tls === undefined) throw error;
      throw new Error(refusedText(error, tls), { cause: error });
    }
  }

  async #tellPending(connection: LookupConnection): Promise<void> {
    const { answerLimitMs } = this.#inputs.timings;
    while (this.#pending.length > 0) {
      const commands = this.#pending.splice(0, COMMANDS_MAX);
      const bytes = bytesOf(commands.map((command) => `${command}\n`).join(""));
      const answers = await connection.ask(bytes, commands.length, answerLimitMs);
      const refused = answers.findIndex((answer) => answer !== "OK");
      if (refused < 0) continue;
      throw new Error(`it answered ${commands[refused]} with ${shown(answers[refused]!)}`);
    }
  }

  /** Until there is something to tell, or the time is over. @throws {unknown} when the connection ends */
  async #idle(connection: LookupConnection, limitMs: number): Promise<void> {
    connection.ended.throwIfAborted();
    if (this.#pending.length > 0) return;
    const woken = new AbortController();
    const wake = () => woken.abort();
    this.#wake = wake;
    connection.ended.addEventListener("abort", wake);
    await pause(this.#inputs.timers, Math.max(0, limitMs), woken.signal);
    connection.ended.removeEventListener("abort", wake);
    this.#wake = () => {};
    connection.ended.throwIfAborted();
  }

  /** Once for each line that told of trouble: so these lines are as rare. */
  #noteConnected(version: string, isSecured: boolean): void {
    this.#latestReason = "";
    if (!this.#isLineDue) return;
    this.#isLineDue = false;
    const { log } = this.#inputs;
    const manner = isSecured ? " over TLS" : "";
    log.info(this.#line(`connected${manner}${version === "" ? "" : `, version ${version}`}`));
    if (this.#httpOrigin !== undefined) return;
    const missing = isSecured ? "broadcast address with an HTTPS port" : "broadcast address";
    log.warn(this.#line(`no ${missing}: it is not asked for channels`));
  }

  /** A server that stays away for the same reason is told of once. */
  #noteFailure(error: unknown): void {
    const reason = reasonOf(error);
    if (reason === this.#latestReason) return;
    this.#latestReason = reason;
    this.#trouble.say(`${reason}; connecting again until it answers`);
  }

  #line(text: string): string {
    return `LOOKUPD(${this.#inputs.address}): ${text}`;
  }
}

function shown(answer: string): string {
  return goQuote(answer.slice(0, SHOWN_CHARACTERS_MAX));
}
