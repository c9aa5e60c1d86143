// The journal of one channel: gathers what it finishes in a turn, neighbours as one range, and hands on the rest as it
// comes. Finishing in order costs two comparisons a message.

import type { Batch } from "../queue/batch.ts";
import type { ChannelJournal } from "../queue/log.ts";
import type { JournalEncoder, JournalEntry } from "./journal_entries.ts";

/** What a channel's journal needs of its log. */
export interface ChannelJournalOwner {
  /** There is something to encode at the end of the turn. */
  changed(journal: TopicChannelJournal): void;
  /** Takes an entry now, behind all that was gathered. */
  enter(entry: JournalEntry, encode: (encoder: JournalEncoder) => void): void;
  /** A message is given back that is to be found again: the log makes sure that it is on disk. */
  requeued(
    channel: string,
    number: number,
    attempts: number,
    dueMs: number,
    batch: Batch | undefined,
  ): void;
}

/** One channel's journal. */
export class TopicChannelJournal implements ChannelJournal {
  readonly #channel: string;
  readonly #owner: ChannelJournalOwner;
  /** Ranges first, end, first, end … */
  #ranges: number[] = [];
  #first = 0;
  #end = 0;

  constructor(channel: string, owner: ChannelJournalOwner) {
    this.#channel = channel;
    this.#owner = owner;
  }

  finished(number: number): void {
    if (number === this.#end && this.#first < this.#end) {
      this.#end++;
      return;
    }
    if (this.#first < this.#end) this.#ranges.push(this.#first, this.#end);
    else this.#owner.changed(this);
    this.#first = number;
    this.#end = number + 1;
  }

  /** Takes out what was gathered: ranges first, end, first, end …; empty when nothing was. */
  take(): number[] {
    const ranges = this.#ranges;
    if (this.#first < this.#end) ranges.push(this.#first, this.#end);
    this.#ranges = [];
    this.#first = this.#end = 0;
    return ranges;
  }

  /** The channel's name. */
  get channel(): string {
    return this.#channel;
  }

  requeued(number: number, attempts: number, dueMs: number, batch: Batch | undefined): void {
    this.#owner.requeued(this.#channel, number, attempts, dueMs, batch);
  }

  emptied(end: number): void {
    const name = this.#channel;
    this.take();
    this.#owner.enter({ operation: "channelEmptied", name, end }, (to) => to.emptied(name, end));
  }

  paused(isPaused: boolean): void {
    const name = this.#channel;
    this.#owner.enter(
      { operation: "channelPaused", name, isPaused },
      (to) => to.paused(name, isPaused),
    );
  }

  deleted(): void {
    const name = this.#channel;
    this.take();
    this.#owner.enter({ operation: "channelDeleted", name }, (to) => to.deleted(name));
  }
}
