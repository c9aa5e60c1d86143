/**
 * A seat at a channel: one client after the other sits down, behaves in all the ways clients do, and
 * leaves in good order or bad. In calm weather (the end of the soak) it finishes everything and stays.
 * Invariant: whatever it is given is answered or booked as left to its timeout.
 */
import { bytesOf } from "../../src/base/byte_string.ts";
import { CLS, readyCommand, subscribeCommand } from "../../src/client/command_bytes.ts";
import type { FrameReader } from "../../src/client/frame_reader.ts";
import type { ChannelLedger, Delivered } from "./ledger.ts";
import { type Random, sleep } from "./random.ts";
import { RawConnection } from "./raw_connection.ts";
import type { StallWatch } from "./stall.ts";

/** How long the broker waits for an answer, ms; what the soak asks for in IDENTIFY. */
export const MESSAGE_TIMEOUT_MS = 1000;
/**
 * The broker gives up a client that takes nothing for one interval, ms. Some stop reading now and then, and all of them
 * when the machine does not let this process run; short heartbeats are those of `heartbeats.ts`.
 */
const HEARTBEAT_MS = 30_000;
/** A refusal this early after SUB cannot come from a timeout, ms. */
const REFUSAL_EARLY_MS = MESSAGE_TIMEOUT_MS - 50;
/** From this attempt on a message is finished at once. */
const ATTEMPTS_PATIENCE = 5;
/** An answer given within this time is not late. */
const PROMPT_MS = 300;

/** What all seats share. */
export interface Seats {
  readonly port: number;
  readonly stalls: StallWatch;
  /** The end is near: finish everything, do not leave. */
  isCalm: boolean;
  /** The end: leave. */
  isOver: boolean;
}

/** An answer on its way. */
interface Answer {
  readonly kind: "FIN" | "REQ";
  readonly held: Delivered;
  readonly sentMs: number;
  /** The least delay that was asked for. */
  delayMs: number;
}

/** One client in the seat. */
class Sitter {
  /** What /stats must say of it, as far as it knows. */
  readonly counts = { messages: 0, finished: 0, requeued: 0, ready: 0 };
  #connection!: RawConnection;
  readonly #channel: ChannelLedger;
  readonly #random: Random;
  readonly #seats: Seats;
  #unconfirmed: Answer[] = [];
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  readonly #isPausing: boolean;
  #isSilent = false;
  #hasPaused = false;
  #subscribedMs = Infinity;

  constructor(channel: ChannelLedger, random: Random, seats: Seats) {
    this.#channel = channel;
    this.#random = random;
    this.#seats = seats;
    this.#isPausing = random.chance(50);
  }

  async sitDown(clientId: string): Promise<void> {
    this.#connection = await RawConnection.open(this.#seats.port, {
      client_id: clientId,
      feature_negotiation: true,
      heartbeat_interval: HEARTBEAT_MS,
      msg_timeout: MESSAGE_TIMEOUT_MS,
    }, {
      onMessage: (reader) => this.#onMessage(reader),
      onRefusal: (text) => this.#onRefusal(text),
      onCut: (reason) => this.#problem(`the broker cut the connection: ${reason}`),
    });
    this.#subscribedMs = performance.now();
    await this.#connection.request(subscribeCommand(this.#channel.topic.name, this.#channel.name));
    this.ready(this.#random.pick([10, 50, 200]));
  }

  get isOpen(): boolean {
    return this.#connection.isOpen;
  }

  ready(count: number): void {
    this.counts.ready = count;
    this.#connection.send(readyCommand(count));
  }

  /** Reads nothing for a while, if it is one of those who do. */
  stopReading(ms: number): void {
    if (!this.#isPausing) return;
    this.#hasPaused = true;
    this.#connection.stopReading(ms);
  }

  #onMessage({ bytes, dataStart, dataEnd }: FrameReader): void {
    this.counts.messages++;
    const attempts = bytes[dataStart + 8]! << 8 | bytes[dataStart + 9]!;
    const id = String.fromCharCode(...bytes.subarray(dataStart + 10, dataStart + 26));
    const message = { attempts, id, receivedMs: performance.now() };
    const held = this.#channel.delivered(bytes, dataStart + 26, dataEnd, message);
    if (held !== undefined && !this.#isSilent) this.#decide(held);
  }

  #decide(held: Delivered): void {
    const fate = this.#random.next() * 100;
    const isPatient = held.attempts < ATTEMPTS_PATIENCE && !this.#seats.isCalm;
    if (!isPatient || fate < 90) return this.#answer("FIN", held);
    if (fate < 93) return this.#answer("REQ", held, 0);
    if (fate < 95.5) return this.#answer("REQ", held, this.#random.between(20, 1200));
    if (fate < 97) return this.#later(held, this.#random.between(5, 700));
    if (fate < 98) return; // left to its timeout
    if (fate < 98.6) return this.#later(held, this.#random.between(1050, 1500));
    this.#afterMs(600, () => this.#connection.send(bytesOf(`TOUCH ${held.id}\n`)));
    this.#later(held, this.#random.between(1150, 1450));
  }

  #later(held: Delivered, delayMs: number): void {
    this.#afterMs(delayMs, () => this.#answer("FIN", held));
  }

  #afterMs(delayMs: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (!this.#isSilent) act();
    }, delayMs);
    this.#timers.add(timer);
  }

  #answer(kind: Answer["kind"], held: Delivered, delayMs = 0): void {
    if (!this.isOpen) return;
    const line = kind === "FIN" ? `FIN ${held.id}\n` : `REQ ${held.id} ${delayMs}\n`;
    this.#connection.send(bytesOf(line));
    this.#unconfirmed.push({ kind, held, sentMs: performance.now(), delayMs });
  }

  #onRefusal(text: string): void {
    if (performance.now() - this.#subscribedMs < REFUSAL_EARLY_MS) {
      this.#problem(`refused although nothing can have timed out yet: ${text}`);
    }
    const [, kind, id] = text.split(" ");
    if (kind === "TOUCH") return;
    const isIt = (one: Answer) => one.kind === kind && one.held.id === id;
    const index = this.#unconfirmed.findIndex(isIt);
    if (index < 0) return this.#problem(`refused what was not asked: ${text}`);
    this.#unconfirmed.splice(index, 1);
    // Of two answers of a kind to one message nobody knows which was refused, so neither's delay counts.
    for (const other of this.#unconfirmed) if (isIt(other)) other.delayMs = 0;
  }

  /** Waits until the broker has done everything, and books it. */
  async confirm(): Promise<void> {
    const asked = new Set(this.#unconfirmed);
    await this.#connection.barrier();
    const done = this.#unconfirmed.filter((answer) => asked.has(answer));
    this.#unconfirmed = this.#unconfirmed.filter((answer) => !asked.has(answer));
    for (const answer of done) this.#book(answer);
  }

  #book({ kind, held, sentMs, delayMs }: Answer): void {
    if (kind === "FIN") {
      this.counts.finished++;
      this.#channel.certainlyFinished(held);
    } else {
      this.counts.requeued++;
      this.#channel.certainlyRequeued(held, sentMs + delayMs);
    }
  }

  /** Answers nothing more, so that what was said can be confirmed to the last word. */
  fallSilent(): void {
    this.#isSilent = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  async confirmAll(): Promise<void> {
    this.fallSilent();
    await this.confirm();
  }

  /** CLS, then what is in flight is left to time out. */
  async leaveInOrder(): Promise<void> {
    const reply = await this.#connection.request(CLS);
    if (reply !== "CLOSE_WAIT") this.#problem(`CLS was answered ${reply}`);
    await this.confirmAll();
    await this.#connection.drop();
  }

  /** Everything said is confirmed; then half a command, and away. */
  async leaveInTheMiddle(): Promise<void> {
    await this.confirmAll();
    await this.#connection.drop(bytesOf(this.#random.pick(["FIN 00", "PUB", "R", "MPUB soak_"])));
  }

  /** Away, whatever is on its way. */
  async leaveAtOnce(lastBytes?: Uint8Array): Promise<void> {
    this.fallSilent();
    const nowMs = performance.now();
    await this.#connection.drop(lastBytes);
    const isDoubtful = this.#hasPaused || this.#seats.stalls.isRecent;
    for (const { kind, held, sentMs } of this.#unconfirmed) {
      if (kind === "REQ") this.#channel.requeuesPossible++;
      else {
        this.#channel.maybeFinished(held);
        const isLate = isDoubtful || sentMs - held.receivedMs > PROMPT_MS ||
          nowMs - sentMs > PROMPT_MS;
        if (isLate) this.#channel.slack++;
      }
    }
    this.#unconfirmed = [];
  }

  #problem(text: string): void {
    this.#channel.topic.problems.add(`${this.#channel.title}: ${text}`);
  }
}

/** What a client that stayed to the end expects /stats to say of it. */
export interface LastSitter {
  readonly clientId: string;
  readonly counts: Readonly<Sitter["counts"]>;
}

/** A seat at a channel. */
export class ConsumerSeat {
  readonly #channel: ChannelLedger;
  readonly #random: Random;
  readonly #seats: Seats;
  readonly #name: string;
  #clients = 0;
  #last: Sitter | undefined;

  constructor(name: string, channel: ChannelLedger, random: Random, seats: Seats) {
    this.#name = name;
    this.#channel = channel;
    this.#random = random;
    this.#seats = seats;
  }

  /** Seats clients until all is over. */
  async run(): Promise<void> {
    while (!this.#seats.isOver) {
      const sitter = new Sitter(this.#channel, this.#random, this.#seats);
      await sitter.sitDown(`${this.#name}-${++this.#clients}`);
      if (this.#seats.isCalm) {
        this.#last = sitter;
        sitter.ready(500);
        while (!this.#seats.isOver) await sleep(50);
        return await sitter.leaveAtOnce();
      }
      await this.#stay(sitter);
      await this.#leave(sitter);
      await sleep(this.#random.between(0, 150));
    }
  }

  async #stay(sitter: Sitter): Promise<void> {
    const untilMs = performance.now() + this.#random.between(300, 3500);
    while (performance.now() < untilMs && !this.#seats.isCalm && sitter.isOpen) {
      await sleep(this.#random.between(50, 300));
      const mood = this.#random.between(1, 100);
      if (mood <= 10) sitter.ready(this.#random.pick([0, 1, 5]));
      else if (mood <= 40) sitter.ready(this.#random.pick([10, 50, 200, 2500]));
      else if (mood <= 52) sitter.stopReading(this.#random.between(50, 1500));
      else if (mood <= 66 && sitter.isOpen) await sitter.confirm();
    }
  }

  async #leave(sitter: Sitter): Promise<void> {
    const mood = this.#random.between(1, 100);
    if (mood <= 40) return await sitter.leaveInOrder();
    if (mood <= 70) return await sitter.leaveInTheMiddle();
    await sitter.leaveAtOnce(mood <= 85 ? bytesOf("FIN 0123") : undefined);
  }

  /** Confirms everything the last client said; what /stats must say of it. */
  async settle(): Promise<LastSitter> {
    // Whoever sat here when it became calm may still be leaving.
    for (let round = 0; this.#last === undefined; round++) {
      if (round > 600) throw new Error(`Nobody sits at ${this.#name}.`);
      await sleep(50);
    }
    await this.#last.confirm();
    return { clientId: `${this.#name}-${this.#clients}`, counts: this.#last.counts };
  }
}
