// What happened to a topic since it was last written down: entries, in order, each taken into the state at once. Writing them
// is the log's; what could not be written stays, and who waits for it waits.
// Invariant: what a channel finished comes before what is entered after it.

import type { TopicChannelJournal } from "./channel_journal.ts";
import { JournalEncoder, type JournalEntry } from "./journal_entries.ts";
import type { TopicReplay } from "./replay.ts";

/** The journal of one topic. */
export class TopicJournal {
  readonly #replay: TopicReplay;
  readonly #encoder = new JournalEncoder();
  #changed: TopicChannelJournal[] = [];
  #writing: PromiseWithResolvers<void> | undefined;

  constructor(replay: TopicReplay) {
    this.#replay = replay;
  }

  /** Bytes to be written. */
  get length(): number {
    return this.#encoder.length;
  }

  /** A channel has finished something: `gather` is to be called. */
  changed(channel: TopicChannelJournal): void {
    this.#changed.push(channel);
  }

  /** Takes an entry, behind all that was finished before. */
  enter(entry: JournalEntry, encode: (encoder: JournalEncoder) => void): void {
    this.gather();
    encode(this.#encoder);
    this.#apply(entry);
  }

  /** Takes in what the channels finished. */
  gather(): void {
    const channels = this.#changed;
    if (channels.length === 0) return;
    this.#changed = [];
    for (const channel of channels) this.#gather(channel);
  }

  #gather(channel: TopicChannelJournal): void {
    const name = channel.channel;
    const ranges = channel.take();
    if (ranges.length === 0) return;
    for (let index = 0; index < ranges.length; index += 2) {
      const first = ranges[index]!;
      this.#encoder.finished(name, first, ranges[index + 1]! - first);
    }
    this.#apply({ operation: "finished", name, ranges });
  }

  #apply(entry: JournalEntry): void {
    const record = { kind: "journal", length: 0, entries: [entry] } as const;
    this.#replay.apply(record, { segment: 0, offset: 0 });
  }

  /** What is to be written as records of a segment with this salt, in fresh storage. */
  records(salt: number): Uint8Array<ArrayBuffer> {
    return this.#encoder.seal(salt).slice();
  }

  /** It is written, or need not be. */
  clear(): void {
    this.#encoder.clear();
    this.#writing?.resolve();
    this.#writing = undefined;
  }

  /** Resolves when everything entered so far is written; undefined when it is. */
  written(): Promise<void> | undefined {
    if (this.#encoder.length === 0) return undefined;
    this.#writing ??= Promise.withResolvers<void>();
    return this.#writing.promise;
  }
}
