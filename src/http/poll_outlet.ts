// The seat of those who poll a channel: they come and go, and what they were given must stay in flight meanwhile, so they
// share one. Messages go to who has waited longest. An answer leaves with what one turn brought, up to what was asked for.
// Invariant: no message is taken unless somebody waits for it.

import type { Clock } from "../base/clock.ts";
import type { Outlet, Seat, SeatSettings } from "./seat.ts";

/** How long the seat is kept that nobody uses. */
const UNUSED_MS_MAX = 60_000;

/** Somebody who waits. */
interface Poller {
  readonly count: number;
  readonly messages: string[];
  answer(messages: readonly string[]): void;
}

/** Hands messages to those who poll. */
export class PollOutlet implements Outlet {
  /** Set once, before anybody waits. */
  seat: Seat | undefined;
  readonly #settings: SeatSettings;
  readonly #clock: Clock;
  #waiting: Poller[] = [];
  #usedMs: number;
  #isAnswering = false;

  constructor(settings: SeatSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    this.#usedMs = clock.nowMs();
  }

  /** Whether those who poll with these settings may share it. */
  hasSettings({ messageTimeoutMs, format, sampleRate }: SeatSettings): boolean {
    const own = this.#settings;
    return own.messageTimeoutMs === messageTimeoutMs && own.format === format &&
      own.sampleRate === sampleRate;
  }

  /** How many messages those who wait would take. */
  get #wanted(): number {
    return this.#waiting.reduce((sum, { count, messages }) => sum + count - messages.length, 0);
  }

  get isFull(): boolean {
    return this.#wanted === 0;
  }

  /**
   * Waits for up to `count` messages; `answer` is called once, with none when they did not come within `waitMs`. The
   * function it returns calls that off.
   */
  wait(count: number, waitMs: number, answer: (messages: readonly string[]) => void): () => void {
    this.#usedMs = this.#clock.nowMs();
    const timer = setTimeout(() => this.#answer(poller), waitMs);
    const poller: Poller = {
      count,
      messages: [],
      answer: (messages) => {
        clearTimeout(timer);
        answer(messages);
      },
    };
    this.#waiting.push(poller);
    this.#ask();
    return () => {
      clearTimeout(timer);
      this.#remove(poller);
    };
  }

  #ask(): void {
    const { seat } = this;
    seat?.setReadyCount(seat.consumer.inFlight.size + this.#wanted);
  }

  #remove(poller: Poller): void {
    this.#waiting = this.#waiting.filter((other) => other !== poller);
    this.#ask();
  }

  message(json: string): void {
    const poller = this.#waiting.find(({ count, messages }) => messages.length < count);
    poller?.messages.push(json);
    if (this.#isAnswering) return;
    this.#isAnswering = true;
    // What the same turn brings comes along.
    queueMicrotask(() => {
      this.#isAnswering = false;
      for (const each of this.#waiting) if (each.messages.length > 0) this.#answer(each);
    });
  }

  #answer(poller: Poller): void {
    this.#usedMs = this.#clock.nowMs();
    this.#remove(poller);
    poller.answer(poller.messages);
  }

  /** What was in flight has been answered for, or timed out: the seat may be free. */
  tick(nowMs: number): void {
    const isUsed = this.#waiting.length > 0 || (this.seat?.consumer.inFlight.size ?? 0) > 0;
    if (isUsed) this.#usedMs = nowMs;
    else if (nowMs - this.#usedMs >= UNUSED_MS_MAX) this.seat?.leave();
  }

  close(): void {
    for (const poller of [...this.#waiting]) this.#answer(poller);
  }
}
