/**
 * The receiving side of a socket: bytes are awaited with a deadline and taken off the front.
 *
 * Knows no protocol. Reads only when somebody waits, so that a client that does not read looks to
 * the daemon like one that does not read; a read that came too late is kept for the next wait.
 */
import { type Deadline, settleWithin, TOO_LATE } from "./deadline.ts";
import { joinBytes } from "./vectors.ts";

const READ_BYTES_MAX = 65536;

/** Why a wait for bytes ended. */
export type WaitResult = "ready" | "ended" | "timeout";

/** Collects what arrives on a socket. */
export class ByteInlet {
  readonly #socket: Pick<Deno.Conn, "read">;
  #bytes: Uint8Array = new Uint8Array();
  #pending: Promise<Uint8Array | null> | null = null;
  #isEnded = false;

  /** Does not own the socket: closing it is the caller's, and ends the inlet. */
  constructor(socket: Pick<Deno.Conn, "read">) {
    this.#socket = socket;
  }

  /** Arrived and not yet taken; a view that the next wait may replace. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Whether the other side has closed and nothing more will arrive. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Removes and returns the first `count` bytes, which must have arrived. */
  take(count: number): Uint8Array {
    const taken = this.#bytes.subarray(0, count);
    this.#bytes = this.#bytes.subarray(count);
    return taken;
  }

  /** Gives up what has arrived, for another reader of the socket; nothing may be awaited here any more. */
  release(): Uint8Array {
    if (this.#pending !== null) throw new Error("The inlet still waits for bytes of its own.");
    return this.take(this.#bytes.length);
  }

  /** Waits until `count` bytes are there. */
  async need(count: number, deadline: Deadline): Promise<WaitResult> {
    while (this.#bytes.length < count) {
      const result = await this.more(deadline);
      if (result !== "ready") return result;
    }
    return "ready";
  }

  /** Waits for one more read, of any length. */
  async more(deadline: Deadline): Promise<WaitResult> {
    if (this.#isEnded) return "ended";
    this.#pending ??= this.#read();
    const arrived = await settleWithin(this.#pending, deadline.leftMs);
    if (arrived === TOO_LATE) return "timeout";
    this.#pending = null;
    if (arrived === null) {
      this.#isEnded = true;
      return "ended";
    }
    this.#bytes = joinBytes([this.#bytes, arrived]);
    return "ready";
  }

  async #read(): Promise<Uint8Array | null> {
    const into = new Uint8Array(READ_BYTES_MAX);
    try {
      const count = await this.#socket.read(into);
      return count === null ? null : into.subarray(0, count);
    } catch {
      return null; // a reset connection is an ended one
    }
  }
}
