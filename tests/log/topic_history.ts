// A made-up history of a topic: what a broker would have written to its log, beside what must have come of it, told with
// plain sets. The history is legal: only what is there is finished, deleted or emptied.

import { JournalEncoder } from "../../src/log/journal_entries.ts";
import { Random } from "../base/random.ts";
import { deferredRecord, journalRecord, keptRecord, messagesRecord } from "./sample_records.ts";

/** Number of the first segment, for which all records are made. */
export const OLDEST = 1_000_000;

/** What a channel must hold in the end: attempts by number. */
export interface ExpectedChannel {
  isPaused: boolean;
  unfinished: Map<number, number>;
}

/** A record of the history. */
export interface HistoryStep {
  bytes: Uint8Array<ArrayBuffer>;
  /** Numbers of the messages it brings; none for a journal. */
  numbers: number[];
  /** What it does to the state, for tests that leave it out. */
  operation: string;
}

/** A topic's history and its outcome. */
export class TopicHistory {
  readonly steps: HistoryStep[] = [];
  readonly channels = new Map<string, ExpectedChannel>();
  readonly #random: Random;
  next = OLDEST;
  distributed = OLDEST;
  isPaused = false;
  undistributed: number[] = [];

  /** @param steps how many records it has, about */
  constructor(seed: number, steps: number) {
    this.#random = new Random(seed);
    for (let step = 0; step < steps; step++) this.#step();
  }

  #step(): void {
    const random = this.#random;
    const choice = random.below(100);
    if (choice < 30) this.#publish(1 + random.below(5));
    else if (choice < 40) this.#defer();
    else if (choice < 45) this.next += random.below(3);
    else if (choice < 52) this.#keep();
    else if (choice < 60) this.#create();
    else if (choice < 62) this.#delete();
    else if (choice < 66) this.#pauseTopic();
    else if (choice < 68) this.#emptyTopic();
    else if (choice < 70) this.#emptyChannel();
    else if (choice < 72) this.#pauseChannel();
    else if (choice < 90) this.#finish();
    else this.#requeue();
  }

  #publish(count: number): void {
    const numbers = Array.from({ length: count }, (_, index) => this.next + index);
    const bytes = messagesRecord(OLDEST, this.next, numbers.map(String));
    this.steps.push({ bytes, numbers, operation: "messages" });
    this.#give(numbers);
  }

  #defer(): void {
    const bytes = deferredRecord(OLDEST, this.next, 5000);
    this.steps.push({ bytes, numbers: [this.next], operation: "deferred" });
    this.#give([this.next]);
  }

  /** An import under a new number, or an old message written again. */
  #keep(): void {
    const named = this.#channel();
    if (named === undefined) return;
    const [name, { unfinished }] = named;
    const isOld = this.isPaused || this.#random.chance(50);
    const number = isOld ? this.#unfinishedOf(unfinished) : this.next;
    if (number === undefined) return;
    const bytes = keptRecord(OLDEST, number, name, 9);
    this.steps.push({ bytes, numbers: [number], operation: "kept" });
    unfinished.set(number, 9);
    if (number < this.next) return;
    this.next++;
    this.distributed = this.next;
  }

  #give(numbers: readonly number[]): void {
    this.next = numbers.at(-1)! + 1;
    this.undistributed.push(...numbers);
    this.#distribute();
  }

  #distribute(): void {
    if (this.isPaused || this.channels.size === 0) return;
    for (const { unfinished } of this.channels.values()) {
      for (const number of this.undistributed) unfinished.set(number, 0);
    }
    this.undistributed = [];
    this.distributed = this.next;
  }

  #journal(operation: string, write: (encoder: JournalEncoder) => void): void {
    this.steps.push({ bytes: journalRecord(OLDEST, write), numbers: [], operation });
  }

  #create(): void {
    const name = `channel${this.#random.below(5)}`;
    if (this.channels.has(name)) return;
    this.#journal(`create ${name}`, (journal) => journal.created(name, this.distributed));
    this.channels.set(name, { isPaused: false, unfinished: new Map() });
    this.#distribute();
  }

  #delete(): void {
    const name = this.#channel()?.[0];
    if (name === undefined) return;
    this.#journal(`delete ${name}`, (journal) => journal.deleted(name));
    this.channels.delete(name);
  }

  #pauseTopic(): void {
    this.isPaused = !this.isPaused;
    this.#journal("pause", (journal) => journal.topicPaused(this.isPaused));
    this.#distribute();
  }

  #emptyTopic(): void {
    this.#journal("empty", (journal) => journal.topicEmptied(this.distributed, this.next));
    this.undistributed = [];
    this.distributed = this.next;
  }

  #emptyChannel(): void {
    const named = this.#channel();
    if (named === undefined) return;
    this.#journal("empty", (journal) => journal.emptied(named[0], this.distributed));
    named[1].unfinished.clear();
  }

  #pauseChannel(): void {
    const named = this.#channel();
    if (named === undefined) return;
    named[1].isPaused = !named[1].isPaused;
    this.#journal("pause channel", (journal) => journal.paused(named[0], named[1].isPaused));
  }

  #finish(): void {
    this.#journal("finish", (journal) => {
      journal.topicPaused(this.isPaused);
      for (let left = this.#random.below(6); left > 0; left--) {
        const named = this.#channel();
        const number = named && this.#unfinishedOf(named[1].unfinished);
        if (named === undefined || number === undefined) continue;
        journal.finished(named[0], number);
        named[1].unfinished.delete(number);
      }
    });
  }

  #requeue(): void {
    const named = this.#channel();
    const number = named && this.#unfinishedOf(named[1].unfinished);
    if (named === undefined || number === undefined) return;
    const attempts = 1 + this.#random.below(100);
    this.#journal("requeue", (journal) => journal.requeued(named[0], number, attempts, 0));
    named[1].unfinished.set(number, attempts);
  }

  #channel(): [string, ExpectedChannel] | undefined {
    return this.#random.pick([...this.channels]);
  }

  /** Mostly one of the first, as consumers do it. */
  #unfinishedOf(unfinished: Map<number, number>): number | undefined {
    const numbers = [...unfinished.keys()];
    return this.#random.pick(this.#random.chance(80) ? numbers.slice(0, 4) : numbers);
  }
}
