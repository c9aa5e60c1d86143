/**
 * The load of the kill test: publishers that note what was acknowledged, consumers that finish, give back and
 * keep. All of them just end when the broker is killed; what they could not learn is left open in the books.
 */
import { bytesOf } from "../../src/base/byte_string.ts";
import {
  deferredCommand,
  finishCommand,
  publishAllCommand,
  publishCommand,
  readyCommand,
  requeueCommand,
  subscribeCommand,
} from "../../src/client/command_bytes.ts";
import type { FrameReader } from "../../src/client/frame_reader.ts";
import { type Random, sleep } from "../soak/random.ts";
import { RawConnection } from "../soak/raw_connection.ts";
import type { ChannelBook, Held, TopicBook } from "./kill_books.ts";

const DELAY_MS_MAX = 1500;
const REPLIES_AWAITED_MAX = 16;
const READY = 100_000;

function bodyLength(random: Random): number {
  const kind = random.between(1, 100);
  if (kind <= 90) return random.between(32, 300);
  return kind <= 98 ? random.between(300, 6_000) : random.between(6_000, 90_000);
}

/** Publishes until the broker is gone or `isOver`. */
export async function publish(
  port: number,
  topics: readonly TopicBook[],
  random: Random,
  isOver: () => boolean,
): Promise<void> {
  const connection = await RawConnection.open(port, {});
  const awaited = new Set<Promise<void>>();
  while (connection.isOpen && !isOver()) {
    const topic = random.pick(topics);
    const first = topic.messages.length;
    const { command, count } = publication(topic, random);
    const reply: Promise<void> = connection.request(command).then((text) => {
      if (text === "OK") topic.acknowledged(first, count);
      else topic.problems.add(`${topic.name}: publishing was answered ${text}`);
    }, () => {}).finally(() => awaited.delete(reply));
    awaited.add(reply);
    if (awaited.size >= REPLIES_AWAITED_MAX) await Promise.race(awaited);
    if (random.chance(50)) await sleep(random.between(0, 3));
  }
  await Promise.all(awaited);
  await connection.drop();
}

function publication(topic: TopicBook, random: Random): { command: Uint8Array; count: number } {
  const kind = random.between(1, 100);
  if (kind <= 60) {
    return { command: publishCommand(topic.name, topic.create(bodyLength(random), 0)), count: 1 };
  }
  if (kind <= 75) {
    const delayMs = random.between(1, DELAY_MS_MAX);
    const body = topic.create(bodyLength(random), delayMs);
    return { command: deferredCommand(topic.name, delayMs, body), count: 1 };
  }
  const count = random.between(2, 30);
  const bodies = Array.from({ length: count }, () => topic.create(bodyLength(random), 0));
  return { command: publishAllCommand(topic.name, bodies), count };
}

/** What consumers do with what they are given: keep all, answer as chance has it, or finish all. */
export type Mood = "keep" | "answer" | "finish";

/** One consumer of a channel. */
export class KillConsumer {
  /** Whether refusals are to be expected: the channel was emptied under it. */
  isEmptied = false;
  #connection: RawConnection | undefined;
  #unconfirmed: Held[] = [];
  #confirming: Held[] = [];
  #kept: Held[] = [];
  #mood: Mood;
  readonly book: ChannelBook;
  readonly #random: Random;

  private constructor(book: ChannelBook, random: Random, mood: Mood) {
    this.book = book;
    this.#random = random;
    this.#mood = mood;
  }

  /** Subscribes, which creates a channel that is not there. */
  static async open(
    port: number,
    book: ChannelBook,
    random: Random,
    mood: Mood,
  ): Promise<KillConsumer> {
    const consumer = new KillConsumer(book, random, mood);
    const connection = await RawConnection.open(port, { msg_timeout: 600_000 }, {
      onMessage: (reader) => consumer.#onMessage(reader),
      onRefusal: (text) => {
        if (!consumer.isEmptied) {
          book.topic.problems.add(`${book.topic.name}/${book.name}: ${text}`);
        }
      },
    });
    consumer.#connection = connection;
    await connection.request(subscribeCommand(book.topic.name, book.name));
    connection.send(readyCommand(READY));
    return consumer;
  }

  get isOpen(): boolean {
    return this.#connection!.isOpen;
  }

  /** Answers that nobody confirmed. */
  get uncertain(): Held[] {
    return [...this.#confirming, ...this.#unconfirmed];
  }

  /** Behaves differently from now on; what was kept is answered now. */
  set mood(mood: Mood) {
    this.#mood = mood;
    if (mood === "keep") return;
    const kept = this.#kept;
    this.#kept = [];
    for (const held of kept) this.#decide(held);
  }

  #onMessage({ bytes, dataStart, dataEnd }: FrameReader): void {
    const attempts = bytes[dataStart + 8]! << 8 | bytes[dataStart + 9]!;
    const id = String.fromCharCode(...bytes.subarray(dataStart + 10, dataStart + 26));
    const held = this.book.delivered(bytes, dataStart + 26, dataEnd, { id, attempts });
    if (held === undefined) return;
    if (this.#mood === "keep") this.#kept.push(held);
    else this.#decide(held);
  }

  #decide(held: Held): void {
    const kind = this.#mood === "finish" ? 0 : this.#random.between(1, 100);
    if (kind <= 60) {
      this.book.finishing(held);
      this.#connection!.send(finishCommand(bytesOf(held.id)));
    } else if (kind <= 80) {
      const delayMs = kind <= 67 ? 0 : this.#random.between(1, DELAY_MS_MAX);
      this.book.requeueing(held, delayMs);
      this.#connection!.send(requeueCommand(held.id, delayMs));
    } else {
      this.#kept.push(held);
      return;
    }
    this.#unconfirmed.push(held);
  }

  /** Learns now and then what the broker has done, until it is gone. */
  async confirmOften(): Promise<void> {
    while (this.isOpen) {
      await this.confirm().catch(() => {});
      await sleep(this.#random.between(1, 40));
    }
  }

  /** Resolves when the broker has done all that was answered before. */
  async confirm(): Promise<void> {
    const confirming = this.#unconfirmed;
    this.#unconfirmed = [];
    this.#confirming.push(...confirming);
    await this.#connection!.barrier();
    this.book.confirmed(confirming);
    const done = new Set(confirming);
    this.#confirming = this.#confirming.filter((held) => !done.has(held));
  }

  /** Leaves. */
  async leave(): Promise<void> {
    await this.#connection!.drop();
  }
}
