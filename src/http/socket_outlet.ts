// Messages over a WebSocket, and what the client says about them: one JSON object a text, both ways. A client that does not
// read gets no more, and is sent away when it has not read for a minute.

import type { LinkListener, SocketLink } from "../web/socket_link.ts";
import { goJson } from "../web/go_json.ts";
import type { Outlet, Seat } from "./seat.ts";
import { numberOfText } from "./shown_message.ts";

/** Bytes that wait for a client. */
const WAITING_BYTES_MAX = 64 * 1024;
/** How often a full link is looked at. */
const LOOK_MS = 20;
const STUCK_MS = 60_000;
const GOING_AWAY = 1001;
const POLICY = 1008;

/** Bounds of what a client may ask for. */
export interface SocketBounds {
  readonly readyCountMax: number;
  readonly delayMsMax: number;
  readonly nodeId: number;
}

/** One client's end. */
export class SocketOutlet implements Outlet, LinkListener {
  /** Both are set once, before anything is heard. */
  seat: Seat | undefined;
  link: SocketLink | undefined;
  readonly #bounds: SocketBounds;
  readonly #nowMs: () => number;
  #isOpen = false;
  #looking: ReturnType<typeof setInterval> | undefined;
  #fullSinceMs = Infinity;

  /** @param nowMs a clock that only goes forward */
  constructor(bounds: SocketBounds, nowMs: () => number) {
    this.#bounds = bounds;
    this.#nowMs = nowMs;
  }

  opened(): void {
    this.#isOpen = true;
    this.seat?.wake();
  }

  closed(): void {
    this.#isOpen = false;
    clearInterval(this.#looking);
    this.seat?.leave();
  }

  get isFull(): boolean {
    return !this.#isOpen || (this.link?.waitingBytes ?? 0) >= WAITING_BYTES_MAX;
  }

  message(json: string): void {
    this.link?.send(`{"type":"message",${json.slice(1)}`);
    if (this.isFull) this.#look();
  }

  /** Not every server tells when there is room again. */
  #look(): void {
    if (this.#looking !== undefined) return;
    this.#fullSinceMs = this.#nowMs();
    this.#looking = setInterval(() => {
      if (this.isFull && this.#isOpen) return;
      clearInterval(this.#looking);
      this.#looking = undefined;
      this.#fullSinceMs = Infinity;
      this.seat?.wake();
    }, LOOK_MS);
  }

  tick(nowMs: number): void {
    if (nowMs - this.#fullSinceMs >= STUCK_MS) this.link?.close(POLICY, "you do not read");
  }

  close(): void {
    this.link?.close(GOING_AWAY, "the channel is gone");
  }

  /** What the client said. What cannot be done is answered with an error and changes nothing. */
  heard(text: string): void {
    const refusal = this.#obey(commandOf(text));
    if (refusal !== undefined) this.link?.send(goJson({ type: "error", message: refusal }));
  }

  #obey(command: Readonly<Record<string, unknown>> | undefined): string | undefined {
    const { seat } = this;
    if (command === undefined || seat === undefined) return "INVALID_COMMAND";
    const { fin, req, touch, rdy, delay_ms: delayMs = 0 } = command;
    const { readyCountMax, delayMsMax } = this.#bounds;
    if (rdy !== undefined) {
      if (!isCount(rdy, readyCountMax)) return "INVALID_RDY";
      seat.setReadyCount(rdy);
      return undefined;
    }
    if (!isCount(delayMs, Infinity)) return "INVALID_DELAY";
    const number = this.#numberOf(fin ?? req ?? touch);
    if (number < 0) return "INVALID_COMMAND";
    const isDone = fin !== undefined
      ? seat.finish(number)
      : req !== undefined
      ? seat.requeue(number, Math.min(delayMs, delayMsMax))
      : seat.touch(number);
    return isDone ? undefined : "MESSAGE_NOT_IN_FLIGHT";
  }

  #numberOf(id: unknown): number {
    return typeof id === "string" ? numberOfText(id, this.#bounds.nodeId) : -1;
  }
}

function isCount(value: unknown, max: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= max;
}

function commandOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? value as Record<string, unknown> : undefined;
  } catch {
    return undefined;
  }
}
