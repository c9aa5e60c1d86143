/**
 * The books of a soak: what was published, delivered and answered, as far as the clients can know, and
 * what must never happen, noted the moment it does. It knows no socket.
 *
 * What makes the counters exact although connections are cut: a message ends by one FIN, by somebody who
 * had read its last delivery. So the highest attempts count seen of a message is how often it was delivered,
 * and deliveries - messages = requeues + timeouts, whatever happened to the connections.
 */
import { bodyOf, readBody } from "./bodies.ts";
import { Column } from "./column.ts";

const PROBLEMS_MAX = 20;
/** Timers may be early by so much, ms. */
const EARLY_MS_MAX = 5;
/** Attempts above this are not told apart. */
const ATTEMPTS_TOLD_APART = 31;
/** Nobody requeues or lets time out more often than this on purpose (see `consumer_seat.ts`). */
const ATTEMPTS_PLAUSIBLE_MAX = 60;

/** What the publisher knows of a message. */
export const fates = { open: 0, accepted: 1, unknown: 2, neverSent: 3 } as const;

/** Everything that must not happen and did; a soak without problems has passed. */
export class Problems {
  readonly found: string[] = [];
  #count = 0;

  /** Notes one. */
  add(text: string): void {
    this.#count++;
    if (this.found.length < PROBLEMS_MAX) this.found.push(text);
  }

  /** How many there were. */
  get count(): number {
    return this.#count;
  }
}

/** One topic's messages. */
export class TopicLedger {
  /** How many bodies were made, and their bytes. */
  count = 0;
  bytes = 0;
  readonly channels = new Map<string, ChannelLedger>();
  readonly #lengths = new Column();
  readonly #fates = new Column();
  readonly #dueMs = new Map<number, number>();
  readonly #doubtfulBatches: { first: number; count: number }[] = [];

  /** @param isComplete whether nothing of it may be lost */
  constructor(
    readonly name: string,
    readonly index: number,
    readonly isComplete: boolean,
    readonly problems: Problems,
  ) {}

  /** Books a new message and gives its number and body. */
  create(length: number): { number: number; body: Uint8Array<ArrayBuffer> } {
    const number = this.count++;
    this.bytes += length;
    this.#lengths.set(number, length);
    return { number, body: bodyOf(this.index, number, length) };
  }

  /** What became of the messages from `first` on. */
  settle(first: number, count: number, fate: keyof typeof fates): void {
    for (let number = first; number < first + count; number++) this.#fates.set(number, fates[fate]);
    if (fate === "unknown" && count > 1) this.#doubtfulBatches.push({ first, count });
  }

  /** The message is not to be delivered before `dueMs`. */
  defer(number: number, dueMs: number): void {
    this.#dueMs.set(number, dueMs);
  }

  /** When it may be delivered at the earliest. */
  dueMs(number: number): number {
    return this.#dueMs.get(number) ?? 0;
  }

  /** The publisher's knowledge of a message, a value of `fates`. */
  fate(number: number): number {
    return this.#fates.at(number);
  }

  /** The length of its body, bytes. */
  length(number: number): number {
    return this.#lengths.at(number);
  }

  /** The books of a channel that exists from the beginning. */
  channel(name: string): ChannelLedger {
    let channel = this.channels.get(name);
    if (channel === undefined) {
      channel = new ChannelLedger(name, this);
      this.channels.set(name, channel);
    }
    return channel;
  }

  /** Whether batches nobody knows the fate of were taken as a whole or not at all, as `channel` saw it. */
  checkBatches(channel: ChannelLedger): void {
    for (const { first, count } of this.#doubtfulBatches) {
      let delivered = 0;
      for (let number = first; number < first + count; number++) {
        if (channel.attempts(number) > 0) delivered++;
      }
      if (delivered === 0 || delivered === count) continue;
      this.problems.add(
        `${channel.title}: ${delivered} of the ${count} messages of one MPUB were taken`,
      );
    }
  }
}

/** A message as somebody holds it. */
export interface Delivered {
  readonly number: number;
  readonly attempts: number;
  readonly id: string;
  readonly receivedMs: number;
}

/** What happened to a topic's messages in one channel. */
export class ChannelLedger {
  /** REQs that were certainly done, and that may have been. */
  requeuesCertain = 0;
  requeuesPossible = 0;
  /** FINs nobody knows the outcome of, of messages that may have been delivered once more unseen. */
  slack = 0;
  deliveries = 0;
  readonly title: string;
  readonly #attempts = new Column();
  readonly #attemptsSeen = new Column();
  /** Attempts count of the delivery that was certainly finished. */
  readonly #finished = new Column();
  readonly #hasFinish = new Column();
  readonly #idLows = new Column();
  readonly #requeueDueMs = new Map<number, { attempts: number; dueMs: number }>();

  constructor(readonly name: string, readonly topic: TopicLedger) {
    this.title = `${topic.name}/${name}`;
  }

  /** Books a delivery; undefined when it is nothing that was published. */
  delivered(
    bytes: Uint8Array,
    start: number,
    end: number,
    message: { attempts: number; id: string; receivedMs: number },
  ): Delivered | undefined {
    const read = readBody(bytes, start, end);
    const isOurs = read !== undefined && read.topic === this.topic.index &&
      read.number < this.topic.count && end - start === this.topic.length(read.number);
    if (!isOurs) {
      const text = new TextDecoder().decode(bytes.subarray(start, Math.min(end, start + 60)));
      this.#problem(`delivered what nobody published: ${text}`);
      return undefined;
    }
    const held = { ...message, number: read.number };
    this.deliveries++;
    this.#checkDelivery(held);
    this.#attempts.set(held.number, Math.max(held.attempts, this.#attempts.at(held.number)));
    return held;
  }

  #checkDelivery({ number, attempts, id, receivedMs }: Delivered): void {
    if (this.topic.fate(number) === fates.neverSent) this.#problem(`${number} was cut short`);
    if (attempts < 1 || attempts > ATTEMPTS_PLAUSIBLE_MAX) {
      this.#problem(`message ${number} comes with attempts ${attempts}`);
    }
    const bit = 1 << Math.min(attempts, ATTEMPTS_TOLD_APART);
    const seen = this.#attemptsSeen.at(number);
    if (attempts < ATTEMPTS_TOLD_APART && (seen & bit) !== 0) {
      this.#problem(`message ${number} came twice with attempts ${attempts}`);
    }
    this.#attemptsSeen.set(number, (seen | bit) >>> 0);
    const finished = this.#finished.at(number);
    if (finished > 0 && attempts > finished) {
      this.#problem(`message ${number} came with attempts ${attempts}, finished at ${finished}`);
    }
    this.#checkId(number, id);
    this.#checkDue(number, attempts, receivedMs);
  }

  #checkId(number: number, id: string): void {
    const low = parseInt(id.slice(8), 16);
    if (!/^[0-9a-f]{16}$/.test(id)) this.#problem(`message ${number} has the id ${id}`);
    if (this.#attempts.at(number) > 0 && this.#idLows.at(number) !== low) {
      this.#problem(`message ${number} has changed its id to ${id}, or was published twice`);
    }
    this.#idLows.set(number, low);
  }

  #checkDue(number: number, attempts: number, receivedMs: number): void {
    const publishDueMs = this.topic.dueMs(number);
    if (receivedMs < publishDueMs - EARLY_MS_MAX) {
      this.#problem(`message ${number} came ${publishDueMs - receivedMs} ms before its time`);
    }
    const due = this.#requeueDueMs.get(number);
    if (due === undefined || attempts <= due.attempts) return;
    this.#requeueDueMs.delete(number);
    if (receivedMs < due.dueMs - EARLY_MS_MAX) {
      this.#problem(
        `message ${number}, requeued at attempts ${due.attempts}, came with attempts ${attempts} ` +
          `${due.dueMs - receivedMs} ms too early`,
      );
    }
  }

  /** A FIN was sent and not refused; it may have been lost with its connection. */
  maybeFinished({ number }: Delivered): void {
    this.#hasFinish.set(number, 1);
  }

  /** A FIN was done. A later delivery of the message to the same client may have been finished by it. */
  certainlyFinished(held: Delivered): void {
    this.maybeFinished(held);
    const latest = Math.max(held.attempts, this.#attempts.at(held.number));
    if (this.#finished.at(held.number) > 0) {
      this.#problem(`message ${held.number} was finished twice`);
    }
    this.#finished.set(held.number, latest);
  }

  /** A REQ was done; the message is not to come again before `dueMs`. */
  certainlyRequeued({ number, attempts }: Delivered, dueMs: number): void {
    this.requeuesCertain++;
    this.requeuesPossible++;
    if (this.#attempts.at(number) === attempts) {
      this.#requeueDueMs.set(number, { attempts, dueMs });
    }
  }

  /** The highest attempts count seen of a message; 0 when it was not delivered. */
  attempts(number: number): number {
    return this.#attempts.at(number);
  }

  /** Messages that were delivered, their bytes, and deliveries of them in all. */
  totals(): { messages: number; bytes: number; deliveries: number } {
    const totals = { messages: 0, bytes: 0, deliveries: 0 };
    for (let number = 0; number < this.topic.count; number++) {
      const attempts = this.attempts(number);
      if (attempts === 0) continue;
      totals.messages++;
      totals.bytes += this.topic.length(number);
      totals.deliveries += attempts;
    }
    return totals;
  }

  /** Whether everything that was accepted was finished. */
  checkComplete(): void {
    this.topic.checkBatches(this);
    for (let number = 0; number < this.topic.count; number++) {
      const fate = this.topic.fate(number);
      if (fate === fates.open) this.#problem(`message ${number} was never settled by the test`);
      if (fate === fates.accepted && this.attempts(number) === 0) {
        this.#problem(`message ${number} was accepted and never delivered`);
      }
      if (this.attempts(number) > 0 && this.#hasFinish.at(number) === 0) {
        this.#problem(`message ${number} is gone although nobody finished it`);
      }
    }
  }

  #problem(text: string): void {
    this.topic.problems.add(`${this.title}: ${text}`);
  }
}
