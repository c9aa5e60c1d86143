// The log of one topic on disk: what `queue` appends and notes, one write a turn, and the state that these records add
// up to, kept beside them so that a checkpoint needs no walk.
//
//   append, journals ─► staged ─► commit: one write ─► state, window
//                                        └► sync: by itself (async), or before `safe` resolves (fsync)
//
// The latest batches stay in memory (the window); older ones are read back in blocks. In the durability `memory` a batch
// is written only when it leaves the window while somebody needs it, for a checkpoint, or at the end. Records of new
// messages are written in the order of their numbers, always. Times come in on the monotonic clock and are stored as wall time.

import { IntervalSet } from "../base/interval_set.ts";
import type { Batch } from "../queue/batch.ts";
import type { ChannelJournal, Log, LogListener } from "../queue/log.ts";
import { type ChannelJournalOwner, TopicChannelJournal } from "./channel_journal.ts";
import { GroupSync } from "./group_sync.ts";
import { HeldMessages } from "./held_messages.ts";
import type { JournalEncoder, JournalEntry } from "./journal_entries.ts";
import { MemoryWindow } from "./memory_window.ts";
import { readBack } from "./read_back.ts";
import { encodeKept, recordAround, sealDeferred, sealMessages } from "./record.ts";
import type { TopicReplay } from "./replay.ts";
import { lowestCursor, type Rewriting, SegmentKeeper } from "./segment_keeper.ts";
import { SegmentWriter } from "./segment_writer.ts";
import type { StorageSurroundings, StoredLog, TopicLogInputs } from "./storage_surroundings.ts";
import { StoredMessages } from "./stored_messages.ts";
import { systemErrorText } from "../base/system_error.ts";
import { TopicJournal } from "./topic_journal.ts";
import { removeTopicFolder } from "./topic_folder.ts";

/** Published in this turn. */
interface Staged {
  batch: Batch;
  /** Undefined if it was not deferred. */
  dueWallMs: number | undefined;
}

const KEPT_HEAD_BYTES = 64;
/** After so long without a write the files are closed. */
const IDLE_MS = 10_000;
/** In the durability `memory`, so much of the journal is gathered before it is written or given up. */
const LAZY_JOURNAL_BYTES_MAX = 64 * 1024;
const SLICE_MS = 4;

/** One topic's log. */
export class TopicLog implements Log, ChannelJournalOwner, StoredLog {
  listener: LogListener | undefined;
  readonly canFetch = true;
  readonly name: string;
  damageCount: number;
  readonly #folder: string;
  readonly #replay: TopicReplay;
  readonly #writer: SegmentWriter;
  readonly #stored: StoredMessages;
  readonly #sync: GroupSync;
  readonly #keeper: SegmentKeeper;
  readonly #surroundings: StorageSurroundings;
  readonly #journal: TopicJournal;
  readonly #window = new MemoryWindow();
  readonly #held = new HeldMessages();
  /** Messages that were missing where they should have been. */
  readonly #lost = new IntervalSet();
  /** From this number on every batch is in the window. */
  #windowStart: number;
  #staged: Staged[] = [];
  /** Number of the next message to be accepted. */
  #next: number;
  #writtenMs = 0;
  #isDeleted = false;
  /** Resolves when the topic stays removed whatever happens. */
  #removal: Promise<void> | undefined;
  #isClosing = false;

  constructor(inputs: TopicLogInputs) {
    const { name, folder, first, replay, segments, isCovered, surroundings } = inputs;
    this.name = name;
    this.damageCount = inputs.damageCount;
    this.#folder = folder;
    this.#replay = replay;
    this.#surroundings = surroundings;
    this.#windowStart = this.#next = first;
    replay.settle();
    replay.reach(first);
    this.#journal = new TopicJournal(replay);
    const { disk, settings } = surroundings;
    const writing = { ...settings, ...surroundings, folder };
    this.#writer = new SegmentWriter(writing, segments, isCovered ? Infinity : inputs.syncedBefore);
    this.#sync = new GroupSync(this.#writer, {
      keepsRecords: settings.durability === "fsync",
      readBack: () => readBack(disk, this.#writer.segments, this.#writer.synced),
      syncFailed: (error) => this.#failed("sync", error),
      beginRepeat: () => this.#writer.beginRepeat(this.#next, surroundings.clock.wallMs()),
      moved: (record, place) => replay.moved(record, place),
      inTurn: surroundings.inTurn,
      pause: surroundings.pause,
    });
    this.#stored = new StoredMessages({
      ...inputs,
      disk,
      segments: () => this.#writer.segments,
      end: () => this.#windowStart,
      loaded: () => this.listener?.logLoaded(),
      failed: (error) => this.#failed("read", error),
      damaged: (text) => {
        this.damageCount++;
        surroundings.noticed(`TOPIC(${name}): ${text}`);
      },
      pause: surroundings.pause,
    });
    this.#keeper = new SegmentKeeper({
      disk,
      folder,
      writer: this.#writer,
      replay,
      isCovered,
      writeAhead: () => this.#writeAhead(),
      flush: () => this.#flush(),
      sync: () => this.#sync.attempt(),
      failed: (error) => this.#failed("write the checkpoint of", error),
      rewrite: (channel, number) => this.#rewrite(channel, number),
      roll: () => void this.#prepare(Infinity),
      fetch: (number) => this.fetch(number),
    });
  }

  get #isLazy(): boolean {
    return this.#surroundings.settings.durability === "memory";
  }

  #failed(verb: string, error: unknown): void {
    const text = `TOPIC(${this.name}): cannot ${verb} its log - ${systemErrorText(error)}`;
    this.#surroundings.failed(text, error);
  }

  append(batch: Batch): void {
    this.#staged.push({ batch, dueWallMs: undefined });
  }

  appendDeferred(batch: Batch, dueMs: number): void {
    this.#staged.push({ batch, dueWallMs: this.#wallMs(dueMs) });
  }

  #wallMs(monotonicMs: number): number {
    const { clock } = this.#surroundings;
    return monotonicMs === 0 ? 0 : clock.wallMs() + monotonicMs - clock.nowMs();
  }

  commit(): string | undefined {
    const staged = this.#staged;
    if (staged.length > 0) this.#staged = [];
    if (this.#isDeleted) return staged.length > 0 ? "exiting" : undefined;
    this.#journal.gather();
    const refusal = staged.length > 0 ? this.#refusal() : undefined;
    try {
      if (!this.#isLazy || !this.#held.isEmpty) this.#flush();
      else if (this.#journal.length > LAZY_JOURNAL_BYTES_MAX) this.#giveUpJournal();
      if (refusal !== undefined) return refusal;
      if (staged.length > 0) this.#writeAll(staged);
    } catch (error) {
      this.#failed("write to", error);
      return staged.length > 0 ? systemErrorText(error) : undefined;
    }
    for (const each of staged) this.#accept(each);
    if (staged.length > 0) this.#surroundings.wrote();
    this.#sync.syncIfDue(this.#writtenMs, this.#surroundings.settings.syncEvery, Infinity);
    return undefined;
  }

  /** What cannot be synced must not pile up in memory: whoever publishes is told, and comes again. */
  #refusal(): string | undefined {
    return this.#sync.isFailing ? "its log cannot be synced" : this.#surroundings.refusal(this);
  }

  /** Writes all that was published in this turn, or nothing of it. */
  #writeAll(staged: readonly Staged[]): void {
    this.#shrinkWindow();
    if (this.#isLazy && staged.every(({ dueWallMs }) => dueWallMs === undefined)) return;
    this.#writeWindow();
    this.#writeJournal();
    // Before the mark: what is written again is not to be taken back with what is refused.
    this.#sync.repeat();
    const mark = this.#writer.mark();
    const written: Uint8Array<ArrayBuffer>[] = [];
    try {
      for (const { batch, dueWallMs } of staged) written.push(this.#put(batch, dueWallMs));
    } catch (error) {
      this.#writer.rollBack(mark);
      throw error;
    }
    // Not one by one: what is rolled back must never be written again.
    for (const [index, record] of written.entries()) {
      this.#wrote(record, staged[index]!.batch.count);
    }
  }

  #accept({ batch, dueWallMs }: Staged): void {
    this.#note(batch, dueWallMs);
    this.#next = batch.end;
    if (dueWallMs === undefined) this.#window.append(batch);
  }

  #put(batch: Batch, dueWallMs: number | undefined): Uint8Array<ArrayBuffer> {
    const { first, count, wallMs, bytes } = batch;
    const record = recordAround(bytes);
    const segment = this.#prepare(record.length, first);
    if (dueWallMs === undefined) sealMessages(record, first, wallMs, count, this.#writer.salt);
    else sealDeferred(record, first, wallMs, dueWallMs, this.#writer.salt);
    const offset = this.#writer.append(record);
    batch.place = { segment, offset };
    return record;
  }

  #wrote(records: Uint8Array<ArrayBuffer>, messages: number): void {
    this.#writtenMs = this.#surroundings.clock.nowMs();
    this.#sync.wrote(records, messages, this.#writtenMs);
    this.#surroundings.isActive(this);
  }

  #note({ first, count, wallMs, bytes, place }: Batch, dueWallMs: number | undefined): void {
    const common = { length: 0, wallMs, bodies: bytes };
    this.#replay.apply(
      dueWallMs === undefined
        ? { kind: "messages", first, count, ...common }
        : { kind: "deferred", number: first, dueWallMs, ...common },
      place ?? { segment: 0, offset: 0 },
    );
  }

  /** `next` is the number that a segment begun for this would begin with. */
  #prepare(length: number, next = this.#next): number {
    this.#sync.repeat();
    const before = this.#writer.segments.length;
    const wallMs = this.#surroundings.clock.wallMs();
    const segment = this.#writer.prepare(length, next, wallMs);
    if (before > 0 && this.#writer.segments.length > before) this.#keeper.checkpointSoon();
    return segment;
  }

  /** What cannot be written stays in the journal, for the next turn. */
  #writeJournal(): void {
    const { length } = this.#journal;
    if (length === 0) return;
    this.#prepare(length);
    const records = this.#journal.records(this.#writer.salt);
    this.#writer.append(records);
    this.#journal.clear();
    this.#wrote(records, 0);
  }

  /** With nothing on disk there is nothing the journal could speak of. */
  #giveUpJournal(): void {
    if (this.#writer.segments.length === 0) this.#journal.clear();
    else if (this.#writeWindow(SLICE_MS)) this.#flush();
    else this.#keeper.checkpointSoon();
  }

  /** The window keeps the latest messages, as many as it may. */
  #shrinkWindow(): void {
    const { memQueueSize } = this.#surroundings.settings;
    const window = this.#window;
    while (window.count > 0 && window.count - window.first()!.count >= memQueueSize) {
      if (!this.#isReadable(window.first()!)) return;
      this.#writeIfNeeded(window.first()!);
      this.#windowStart = window.shift()!.end;
    }
  }

  /** What a failed sync may still lose is read from memory only. */
  #isReadable({ place }: Batch): boolean {
    const { durability } = this.#surroundings.settings;
    return durability !== "fsync" || (place !== undefined && this.#writer.isSynced(place));
  }

  /** True when none of the window is left to write. */
  #writeWindow(durationMs = Infinity): boolean {
    const write = (batch: Batch) => this.#writeIfNeeded(batch);
    return !this.#isLazy || this.#window.writeOut(write, this.#surroundings.clock, durationMs);
  }

  /** What a flush would write of the window as it is now: nobody is to wait while gigabytes are written. */
  #writeAhead(): Promise<void> {
    const slice = () => this.#isDeleted || this.#writeWindow(SLICE_MS);
    return this.#window.inSlices(slice, this.#next, () => this.#surroundings.pause(0));
  }

  #writeIfNeeded(batch: Batch): void {
    const isNeeded = batch.place === undefined && batch.end > lowestCursor(this.#replay.state);
    if (isNeeded) this.#wrote(this.#put(batch, undefined), batch.count);
  }

  safe(): Promise<void> | undefined {
    if (this.#removal !== undefined || this.#isLazy) return this.#removal;
    // An entry that could not be written is no safer than a message.
    const written = this.#journal.written();
    if (written !== undefined) return written.then(() => this.safe());
    return this.#surroundings.settings.durability === "fsync" ? this.#sync.safe() : undefined;
  }

  /** Syncs what is due, lets segments go, closes files that were not used lately. True when nothing is left to do. */
  tick(nowMs: number): boolean {
    const { syncEvery, syncTimeoutMs } = this.#surroundings.settings;
    this.#keeper.look();
    this.#keeper.lookAtPending();
    this.#tryJournal();
    if (this.#surroundings.refusal(this) !== undefined) this.#keeper.makeRoom();
    if (this.#sync.syncIfDue(nowMs, syncEvery, syncTimeoutMs)) return false;
    const isLeft = !this.#isLazy && this.#journal.length > 0;
    if (isLeft || nowMs < this.#writtenMs + IDLE_MS) return false;
    this.rest();
    return true;
  }

  rest(): void {
    this.#stored.rest();
    this.#writer.close();
  }

  /** Writes what could not be written in its turn. */
  #tryJournal(): void {
    if (this.#isDeleted || (this.#isLazy && this.#held.isEmpty)) return;
    try {
      this.#flush();
    } catch (error) {
      this.#failed("write to", error);
    }
  }

  at(from: number): Batch | "loading" | undefined {
    // What was emptied may still lie in a block.
    const number = this.#replay.skipHoles(from);
    if (number >= this.#windowStart) return this.#window.at(number);
    const found = this.#stored.at(number) ?? this.#window.at(number);
    if (found === "loading") return found;
    if (found === undefined || found.first > number) this.#lose(number, found?.first ?? Infinity);
    return found;
  }

  /** What should lie there does not: nobody is to look for it again, nor to count it. */
  #lose(from: number, to: number): void {
    for (const [first, end] of this.#replay.missing(from, to)) {
      this.#lost.add(first, end);
      this.#empty(first, end);
      const text = `messages ${first} to ${end - 1} cannot be read, lost`;
      this.#surroundings.noticed(`TOPIC(${this.name}): ${text}`);
    }
  }

  lostWithin(first: number, end: number): number {
    return this.#lost.countWithin(first, end);
  }

  fetch(number: number): Batch | "failed" | undefined {
    const recent = this.#held.get(number) ??
      (number >= this.#windowStart ? this.#window.fetch(number) : undefined);
    const stored = recent ?? this.#stored.fetch(number);
    // What is to be written again may not be readable where it was.
    return stored === undefined && this.#sync.mustRepeat ? "failed" : stored;
  }

  acceptedMs(number: number): number | undefined {
    const present = this.#replay.skipHoles(number);
    return this.#window.holder(present)?.wallMs ?? this.#stored.acceptedMs(present);
  }

  get byteSize(): number {
    return this.#writer.byteSize;
  }

  discardBefore(cursor: number): void {
    this.#window.discardBefore(cursor);
    const { channels, distributed } = this.#replay.state;
    // Channels of which nothing is kept had these messages: nobody is to get them after a restart.
    if (channels.size === 0 && distributed < cursor) this.#empty(distributed, cursor);
    this.#keeper.look();
  }

  discardFrom(from: number, to: number): void {
    this.#window.discardFrom(from);
    this.#empty(from, to);
  }

  #empty(from: number, to: number): void {
    const entry = { operation: "topicEmptied", from, to } as const;
    this.enter(entry, (encoder) => encoder.topicEmptied(from, to));
  }

  journal(channel: string, from: number | undefined): ChannelJournal {
    if (from !== undefined) {
      // Below what was given out lie but gaps, which the log may have forgotten: they must not be taken for messages.
      const start = Math.max(from, this.#replay.state.distributed);
      const entry = { operation: "channelCreated", name: channel, start } as const;
      this.enter(entry, (encoder) => encoder.created(channel, start));
    }
    return new TopicChannelJournal(channel, this);
  }

  changed(journal: TopicChannelJournal): void {
    this.#journal.changed(journal);
    this.listener?.logChanged();
  }

  enter(entry: JournalEntry, encode: (encoder: JournalEncoder) => void): void {
    this.#journal.enter(entry, encode);
    this.listener?.logChanged();
  }

  requeued(
    name: string,
    number: number,
    attempts: number,
    dueMs: number,
    batch: Batch | undefined,
  ): void {
    const dueWallMs = this.#wallMs(dueMs);
    const isNowhere = batch !== undefined && batch.place === undefined;
    if (isNowhere && (dueMs > 0 || this.#isClosing)) this.#held.hold(name, number, batch);
    this.enter(
      { operation: "requeued", name, number, attempts, dueWallMs },
      (encoder) => encoder.requeued(name, number, attempts, dueWallMs),
    );
    if (batch?.place === undefined) return;
    const pending = this.#replay.state.channels.get(name)?.pending;
    // One that was written again since is found there, not where it was.
    if (pending?.get(number)?.place !== undefined) return;
    pending?.set(number, attempts, dueWallMs, batch.place);
  }

  /** Writes whatever is in the state and not in the log. */
  #flush(): void {
    this.#journal.gather();
    this.#writeWindow();
    this.#writeJournal();
    this.#held.writeAll((channel, single) => this.#keep(channel, single));
  }

  /** Writes a message for one channel only, as the state has it; nothing if it is done with. All before must be written. */
  #keep(channel: string, single: Batch): void {
    const { first: number, timestamp, bytes: bodies, foreign } = single;
    const pending = this.#replay.state.channels.get(channel)?.pending.get(number);
    if (pending === undefined) return;
    const { attempts, dueWallMs } = pending;
    const length = KEPT_HEAD_BYTES + channel.length + bodies.length;
    const segment = this.#prepare(length);
    const message = { number, dueWallMs, timestamp, id: foreign?.id, attempts, channel, bodies };
    const record = encodeKept(message, this.#writer.salt);
    const offset = this.#writer.append(record);
    this.#wrote(record, 1);
    this.#replay.apply({ kind: "kept", length, ...message }, { segment, offset });
  }

  /** Writes a message again at the end, so that an old segment can go. */
  #rewrite(channel: string, number: number): Rewriting {
    try {
      // What was finished in this turn must not come to life again.
      this.#flush();
      const isPending = this.#replay.state.channels.get(channel)?.pending.has(number) ?? false;
      const single = isPending ? this.fetch(number) : undefined;
      if (single === undefined || single === "failed") return "gone";
      this.#keep(channel, single);
      return "done";
    } catch (error) {
      this.#failed("write to", error);
      return "failed";
    }
  }

  paused(isPaused: boolean): void {
    const entry = { operation: "topicPaused", isPaused } as const;
    this.enter(entry, (encoder) => encoder.topicPaused(isPaused));
  }

  /** From now on what is given back is written down: the broker stops. */
  beginClose(): void {
    this.#isClosing = true;
  }

  /** Writes what is only in memory, a checkpoint, and closes. Resolves when all is safe. */
  async close(): Promise<void> {
    if (this.#isDeleted) return;
    try {
      this.#flush();
    } catch (error) {
      this.#failed("write to", error);
    }
    await this.#sync.close();
    await this.#keeper.close();
    this.rest();
  }

  delete(): void {
    this.#isDeleted = true;
    this.#keeper.stop();
    this.#sync.stop();
    this.#staged = [];
    this.#journal.clear();
    this.rest();
    this.#surroundings.forget(this);
    const removal = removeTopicFolder(this.#surroundings.disk, this.#folder);
    this.#removal = removal.catch((error) => this.#failed("remove", error));
  }
}
