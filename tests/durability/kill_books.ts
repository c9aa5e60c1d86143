/**
 * The books of the kill test: what was published and acknowledged, and what each channel owes of it. A step of
 * time is a count, so that "before" and "after" are certain; due times are on the wall clock.
 *
 *   published, acknowledged ──► owed ──► held ──► FIN sent ──► FIN certain: must not come again
 *                                ▲        │ kill           │ kill: may come again, once
 *                                └────────┴── REQ ─────────┘
 *
 * Invariant: a delivery that does not fit is a problem at once; what is owed and does not come is one in the end.
 */
import { bodyOf, readBody } from "../soak/bodies.ts";

/** The clocks of client and broker are the same; their rounding is not. */
const EARLY_MS = 2;
const PROBLEMS_MAX = 20;

/** The order in which things were sent and answered. */
export class Steps {
  #latest = 0;

  /** A step behind all before. */
  next(): number {
    return ++this.#latest;
  }
}

/** What went wrong, the first of it. */
export class Problems {
  readonly lines: string[] = [];

  add(line: string): void {
    if (this.lines.length < PROBLEMS_MAX) this.lines.push(line);
  }
}

/** A message as its publisher knows it. */
interface Published {
  readonly sentStep: number;
  /** Infinity until it was acknowledged, or seen. */
  ackedStep: number;
  /** It must not come before; 0 is at once. */
  readonly dueMs: number;
}

/** A topic and what was published to it. */
export class TopicBook {
  readonly messages: Published[] = [];
  readonly channels = new Map<string, ChannelBook>();

  constructor(
    readonly name: string,
    readonly mark: number,
    readonly steps: Steps,
    readonly problems: Problems,
  ) {}

  /** A new message of `length` bytes. */
  create(length: number, delayMs: number): Uint8Array<ArrayBuffer> {
    const number = this.messages.length;
    const dueMs = delayMs > 0 ? Date.now() + delayMs : 0;
    this.messages.push({ sentStep: this.steps.next(), ackedStep: Infinity, dueMs });
    return bodyOf(this.mark, number, length);
  }

  /** Messages from `first` on were acknowledged. */
  acknowledged(first: number, count: number): void {
    const step = this.steps.next();
    for (let number = first; number < first + count; number++) {
      const message = this.messages[number]!;
      message.ackedStep = Math.min(message.ackedStep, step);
    }
  }

  /** The book of a channel. */
  channel(name: string): ChannelBook {
    let book = this.channels.get(name);
    if (book === undefined) {
      book = new ChannelBook(name, this);
      this.channels.set(name, book);
    }
    return book;
  }
}

const fates = { owed: 0, held: 1, requeued: 2, finishing: 3, finished: 4 } as const;
type Fate = typeof fates[keyof typeof fates];

/** A message that is on its way in a channel. */
export interface Held {
  readonly number: number;
  readonly id: string;
  readonly attempts: number;
  /** What was answered, and when it is due again. */
  dueMs: number;
  attemptsMin: number;
  isCertain: boolean;
}

/** What one channel owes. */
export class ChannelBook {
  /** Messages sent before this step must not come, those sent behind `mustStep` must. */
  mayStep = 0;
  mustStep = Infinity;
  /** Whether it must be there; undefined when a kill came between the request and its answer. */
  exists: boolean | undefined = false;
  /** Deliveries there were. */
  deliveries = 0;
  #fates = new Uint8Array(1024);
  readonly #open = new Map<number, Held>();
  /** Messages whose FIN may have been lost with the process. */
  readonly #maybe = new Set<number>();

  constructor(readonly name: string, readonly topic: TopicBook) {}

  get #title(): string {
    return `${this.topic.name}/${this.name}`;
  }

  /** It was asked to be created. Call the result once that was answered. */
  creating(): () => void {
    this.exists = undefined;
    this.mayStep = this.topic.steps.next();
    this.mustStep = Infinity;
    this.#forget();
    return () => {
      this.exists = true;
      this.mustStep = this.topic.steps.next();
    };
  }

  /** It was asked to be emptied. Call the result once that was answered and all that was under way has come. */
  emptying(): () => void {
    const asked = this.topic.steps.next();
    this.mustStep = Infinity;
    return () => {
      this.mayStep = asked;
      this.mustStep = this.topic.steps.next();
      this.#forget();
    };
  }

  /**
   * It was asked to be deleted. Call the result once that was answered. A kill before that may leave it as it was, gone,
   * or there (nsqd.dat still names it) without its messages.
   */
  deleting(): () => void {
    this.exists = undefined;
    this.mustStep = Infinity;
    return () => {
      this.exists = false;
    };
  }

  #forget(): void {
    this.#open.clear();
    this.#maybe.clear();
    this.#fates.fill(fates.owed);
  }

  #fate(number: number): Fate {
    return (this.#fates[number] ?? fates.owed) as Fate;
  }

  #setFate(number: number, fate: Fate): void {
    if (number >= this.#fates.length) {
      const longer = new Uint8Array(Math.max(number + 1, 2 * this.#fates.length));
      longer.set(this.#fates);
      this.#fates = longer;
    }
    this.#fates[number] = fate;
  }

  /** A delivery; undefined when it is a problem and nothing more. */
  delivered(
    bytes: Uint8Array,
    start: number,
    end: number,
    { id, attempts }: { id: string; attempts: number },
  ): Held | undefined {
    this.deliveries++;
    const problem = (text: string) => {
      this.topic.problems.add(`${this.#title}: ${text} (id ${id}, attempt ${attempts})`);
      return undefined;
    };
    const read = readBody(bytes, start, end);
    if (read === undefined) return problem("a body is wrong");
    const { topic, number } = read;
    const message = this.topic.messages[number];
    if (topic !== this.topic.mark || message === undefined) return problem("an invented message");
    if (message.ackedStep <= this.mayStep) return problem(`${number} is from before it began`);
    // What was seen is in the log, so every other channel owes it too.
    if (message.ackedStep === Infinity) message.ackedStep = this.topic.steps.next();
    const before = this.#open.get(number);
    const fate = this.#fate(number);
    if (fate !== fates.owed && fate !== fates.requeued) return problem(`${number} came again`);
    const dueMs = before?.isCertain ? before.dueMs : 0;
    const earlyMs = Math.max(dueMs, message.dueMs) - Date.now();
    if (earlyMs > EARLY_MS) problem(`${number} came ${earlyMs} ms early`);
    if (attempts < (before?.attemptsMin ?? 1)) {
      problem(`${number} had ${before!.attemptsMin - 1} attempts already`);
    }
    const attemptsMin = before?.attemptsMin ?? 1;
    const held = { number, id, attempts, dueMs: 0, attemptsMin, isCertain: false };
    this.#open.set(number, held);
    this.#maybe.delete(number);
    this.#setFate(number, fates.held);
    return held;
  }

  /** FIN was sent. */
  finishing(held: Held): void {
    if (this.#open.get(held.number) === held) this.#setFate(held.number, fates.finishing);
  }

  /** REQ was sent. */
  requeueing(held: Held, delayMs: number): void {
    if (this.#open.get(held.number) !== held) return;
    held.dueMs = delayMs > 0 ? Date.now() + delayMs : 0;
    this.#setFate(held.number, fates.requeued);
    // In the same run it can only come again because of the REQ; a kill before it is confirmed changes that.
    held.isCertain = true;
  }

  /** The broker has done all that was answered for these. */
  confirmed(all: readonly Held[]): void {
    for (const held of all) {
      if (this.#open.get(held.number) !== held) continue;
      const fate = this.#fate(held.number);
      if (fate === fates.finishing) {
        this.#setFate(held.number, fates.finished);
        this.#open.delete(held.number);
      } else if (fate === fates.requeued) held.attemptsMin = held.attempts + 1;
    }
  }

  /** The process was killed; `uncertain` are the answers that were not confirmed. */
  killed(uncertain: Iterable<Held>): void {
    // A request that was not answered may have been carried out.
    if (this.mustStep === Infinity) this.mustStep = this.topic.steps.next();
    for (const held of uncertain) {
      if (this.#open.get(held.number) === held) held.isCertain = false;
    }
    for (const { number } of this.#open.values()) {
      if (this.#fate(number) === fates.held) this.#setFate(number, fates.owed);
      // May come again or not: if it does it is held again, if it does not nobody misses it.
      if (this.#fate(number) === fates.finishing) this.#maybe.add(number);
    }
    for (const number of this.#maybe) this.#setFate(number, fates.requeued);
  }

  /** All messages that are owed and must have come by `byMs`. */
  owed(byMs: number): Set<number> {
    const owed = new Set<number>();
    for (const [number, { sentStep, ackedStep, dueMs }] of this.topic.messages.entries()) {
      const fate = this.#fate(number);
      if (fate !== fates.owed && fate !== fates.requeued) continue;
      if (sentStep < this.mustStep || ackedStep === Infinity || this.#maybe.has(number)) continue;
      if (Math.max(dueMs, this.#open.get(number)?.dueMs ?? 0) <= byMs) owed.add(number);
    }
    return owed;
  }

  /** What of `owed` has not come yet. */
  stillOwed(owed: Set<number>): number {
    for (const number of owed) {
      const fate = this.#fate(number);
      if (fate !== fates.owed && fate !== fates.requeued) owed.delete(number);
    }
    return owed.size;
  }

  /** What is known of a message, for people. */
  describe(number: number): string {
    const { sentStep, ackedStep, dueMs } = this.topic.messages[number]!;
    const held = this.#open.get(number);
    const fate = Object.entries(fates).find(([, value]) => value === this.#fate(number))?.[0];
    const due = Math.max(dueMs, held?.dueMs ?? 0);
    return `${number} ${fate}, id ${held?.id ?? "unseen"}, attempts ${held?.attempts ?? 0}, ` +
      `sent at step ${sentStep}, acknowledged at ${ackedStep}` +
      (due > 0 ? `, overdue for ${Date.now() - due} ms (${dueMs > 0 ? "DPUB" : "REQ"})` : "");
  }
}
