// The log of one topic on disk: what `queue` appends and notes, one write a turn, and the state that these records add
// up to, kept beside them so that a checkpoint needs no walk.
//
//   append, journals ─► staged ─► commit: one write ─► state, window
//                                        └► sync: by itself (async), or before `safe` resolves (fsync)
//
// The latest batches stay in memory (the window); older ones are read back in blocks. In the durability `memory` a batch
// is written only when it leaves the window while somebody needs it, or at the end. Records of new messages are written
// in the order of their numbers, always. Times come in on the monotonic clock and are stored as wall time.

import { type Batch, HEADROOM_BYTES } from "../queue/batch.ts";
import type { ChannelJournal, Log, LogListener } from "../queue/log.ts";
import { MemoryLog } from "../queue/memory_log.ts";
import { BlockReader } from "./block_reader.ts";
import { type ChannelJournalOwner, TopicChannelJournal } from "./channel_journal.ts";
import { GroupSync } from "./group_sync.ts";
import { JournalEncoder, type JournalEntry } from "./journal_entries.ts";
import { MessageFetch } from "./message_fetch.ts";
import type { Place } from "./pending_messages.ts";
import { encodeKept, readRecord, sealDeferred, sealMessages } from "./record.ts";
import type { TopicReplay } from "./replay.ts";
import { lowestCursor, SegmentKeeper } from "./segment_keeper.ts";
import { SegmentWriter } from "./segment_writer.ts";
import type { StorageSurroundings, StoredLog } from "./storage_surroundings.ts";
import { systemErrorText } from "./system_error.ts";
import { removeTopicFolder, type SegmentFile } from "./topic_folder.ts";

/** Where a topic's log begins. */
export interface TopicLogInputs {
  readonly name: string;
  readonly folder: string;
  /** Number of the first message it may be given. */
  readonly first: number;
  /** The state its records add up to. */
  readonly replay: TopicReplay;
  /** The segments there are, oldest first. */
  readonly segments: SegmentFile[];
  readonly surroundings: StorageSurroundings;
}

/** Published in this turn. */
interface Staged {
  batch: Batch;
  /** Undefined if it was not deferred. */
  dueWallMs: number | undefined;
}

const KEPT_HEAD_BYTES = 64;
/** After so long without a write the files are closed. */
const IDLE_MS = 10_000;
/** A read that failed is tried again after so long. */
const READ_RETRY_PAUSE_MS = 1000;
/** In the durability `memory`, so much of the journal is gathered before it is written or given up. */
const LAZY_JOURNAL_BYTES_MAX = 64 * 1024;

/** One topic's log. */
export class TopicLog implements Log, ChannelJournalOwner, StoredLog {
  listener: LogListener | undefined;
  readonly canFetch = true;
  readonly name: string;
  readonly #folder: string;
  readonly #replay: TopicReplay;
  readonly #writer: SegmentWriter;
  readonly #reader: BlockReader;
  readonly #fetch: MessageFetch;
  readonly #sync: GroupSync;
  readonly #keeper: SegmentKeeper;
  readonly #surroundings: StorageSurroundings;
  readonly #encoder = new JournalEncoder();
  #unwritten: TopicChannelJournal[] = [];
  readonly #window = new MemoryLog();
  /** From this number on every batch is in the window. */
  #windowStart: number;
  #staged: Staged[] = [];
  /** Number of the next message to be accepted. */
  #next: number;
  #writtenMs = 0;
  #isDeleted = false;
  #isClosing = false;

  constructor(inputs: TopicLogInputs) {
    const { name, folder, first, replay, segments, surroundings } = inputs;
    this.name = name;
    this.#folder = folder;
    this.#replay = replay;
    this.#surroundings = surroundings;
    this.#windowStart = this.#next = first;
    replay.reach(first);
    const { disk, settings } = surroundings;
    const { nodeId, maxBytesPerFile } = settings;
    this.#writer = new SegmentWriter({ disk, folder, nodeId, maxBytesPerFile }, segments);
    this.#sync = new GroupSync(this.#writer, {
      keepsRecords: settings.durability === "fsync",
      syncFailed: (error) => this.#failed("sync", error),
      prepare: (length) => this.#prepare(length),
      moved: (records, segment, offset) => this.#moved(records, segment, offset),
      inTurn: surroundings.inTurn,
      pause: surroundings.pause,
    });
    this.#reader = new BlockReader({
      disk,
      segments: () => this.#writer.segments,
      end: () => this.#windowStart,
      loaded: () => this.listener?.logLoaded(),
      failed: (error) => this.#failed("read", error),
      pause: () => surroundings.pause(READ_RETRY_PAUSE_MS),
    });
    this.#fetch = new MessageFetch(disk, () => this.#writer.segments);
    this.#keeper = new SegmentKeeper({
      disk,
      folder,
      writer: this.#writer,
      replay,
      sync: () => this.#sync.attempt(),
      failed: (error) => this.#failed("write the checkpoint of", error),
      rewrite: (channel, number) => this.#rewrite(channel, number),
    });
  }

  get #isLazy(): boolean {
    return this.#surroundings.settings.durability === "memory";
  }

  #failed(verb: string, error: unknown): void {
    const text = `TOPIC(${this.name}): cannot ${verb} its log - ${systemErrorText(error)}`;
    this.#surroundings.failed(text);
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
    this.#gatherFinished();
    const refusal = staged.length > 0 ? this.#surroundings.refusal() : undefined;
    try {
      if (!this.#isLazy) this.#writeJournal();
      else if (this.#encoder.length > LAZY_JOURNAL_BYTES_MAX) this.#giveUpJournal();
      if (refusal !== undefined) return refusal;
      if (staged.length > 0) this.#writeAll(staged);
    } catch (error) {
      this.#failed("write to", error);
      return staged.length > 0 ? systemErrorText(error) : undefined;
    }
    for (const each of staged) this.#accept(each);
    if (staged.length > 0) this.#surroundings.wrote();
    return undefined;
  }

  /** Writes all that was published in this turn, or nothing of it. */
  #writeAll(staged: readonly Staged[]): void {
    this.#shrinkWindow();
    if (this.#isLazy && staged.every(({ dueWallMs }) => dueWallMs === undefined)) return;
    this.#writeWindow();
    this.#writeJournal();
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
    const record = new Uint8Array(
      bytes.buffer,
      bytes.byteOffset - HEADROOM_BYTES,
      bytes.length + HEADROOM_BYTES,
    );
    const segment = this.#prepare(record.length, first);
    if (dueWallMs === undefined) sealMessages(record, first, wallMs, count, segment);
    else sealDeferred(record, first, wallMs, dueWallMs, segment);
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
    const { segments } = this.#writer;
    const before = segments.length;
    const wallMs = this.#surroundings.clock.wallMs();
    const segment = this.#writer.prepare(length, next, wallMs);
    if (before > 0 && segments.length > before) this.#keeper.checkpointSoon();
    return segment;
  }

  #gatherFinished(): void {
    const journals = this.#unwritten;
    if (journals.length === 0) return;
    this.#unwritten = [];
    for (const journal of journals) this.#gather(journal);
  }

  #gather(journal: TopicChannelJournal): void {
    const name = journal.channel;
    const ranges = journal.take();
    if (ranges.length === 0) return;
    for (let index = 0; index < ranges.length; index += 2) {
      const first = ranges[index]!;
      this.#encoder.finished(name, first, ranges[index + 1]! - first);
    }
    this.#apply({ operation: "finished", name, ranges });
  }

  /** Records were written again: who knows where they were must know where they are. */
  #moved(records: Uint8Array<ArrayBuffer>, segment: number, offset: number): void {
    for (let at = 0; at < records.length;) {
      const record = readRecord(records, at, segment);
      this.#replay.moved(record, { segment, offset: offset + at });
      at += record.length;
    }
  }

  #apply(entry: JournalEntry): void {
    const record = { kind: "journal", length: 0, entries: [entry] } as const;
    this.#replay.apply(record, { segment: 0, offset: 0 });
  }

  /** What cannot be written stays in the encoder, for the next turn. */
  #writeJournal(): void {
    const { length } = this.#encoder;
    if (length === 0) return;
    const segment = this.#prepare(length);
    const records = this.#encoder.seal(segment).slice();
    this.#writer.append(records);
    this.#encoder.clear();
    this.#wrote(records, 0);
  }

  /** With nothing on disk there is nothing the journal could speak of. */
  #giveUpJournal(): void {
    if (this.#writer.segments.length > 0) this.#writeJournal();
    else this.#encoder.clear();
  }

  /** The window keeps the latest messages, as many as it may. */
  #shrinkWindow(): void {
    const { memQueueSize } = this.#surroundings.settings;
    const window = this.#window;
    while (window.count > 0 && window.count - window.first()!.count >= memQueueSize) {
      this.#writeIfNeeded(window.first()!);
      this.#windowStart = window.shift()!.end;
    }
  }

  #writeWindow(): void {
    if (!this.#isLazy) return;
    for (const batch of this.#window) this.#writeIfNeeded(batch);
  }

  #writeIfNeeded(batch: Batch): void {
    if (batch.place !== undefined || batch.end <= lowestCursor(this.#replay.state)) return;
    this.#writeJournal();
    this.#wrote(this.#put(batch, undefined), batch.count);
  }

  safe(): Promise<void> | undefined {
    return this.#surroundings.settings.durability === "fsync" ? this.#sync.safe() : undefined;
  }

  /** Syncs what is due, lets segments go, closes files that were not used lately. True when nothing is left to do. */
  tick(nowMs: number): boolean {
    const { syncEvery, syncTimeoutMs } = this.#surroundings.settings;
    this.#keeper.look();
    this.#tryJournal();
    if (this.#sync.syncIfDue(nowMs, syncEvery, syncTimeoutMs)) return false;
    const isLeft = !this.#isLazy && this.#encoder.length > 0;
    if (isLeft || nowMs < this.#writtenMs + IDLE_MS) return false;
    this.rest();
    return true;
  }

  rest(): void {
    this.#reader.close();
    this.#writer.close();
  }

  /** Writes what could not be written in its turn. */
  #tryJournal(): void {
    if (this.#isLazy || this.#isDeleted) return;
    try {
      this.#writeJournal();
    } catch (error) {
      this.#failed("write to", error);
    }
  }

  at(from: number): Batch | "loading" | undefined {
    // What was emptied may still lie in a block.
    const number = this.#replay.skipHoles(from);
    if (number >= this.#windowStart) return this.#window.at(number);
    return this.#reader.at(number) ?? this.#window.at(number);
  }

  fetch(number: number): Batch | "failed" | undefined {
    const recent = number >= this.#windowStart ? this.#window.fetch(number) : undefined;
    if (recent !== undefined) return recent;
    try {
      return this.#fetch.message(number, this.#placeOf(number));
    } catch (error) {
      this.#failed("read", error);
      return "failed";
    }
  }

  #placeOf(number: number): Place | undefined {
    for (const { pending } of this.#replay.state.channels.values()) {
      const place = pending.get(number)?.place;
      if (place !== undefined) return place;
    }
    return undefined;
  }

  discardBefore(cursor: number): void {
    this.#window.discardBefore(cursor);
    this.#keeper.look();
  }

  discardFrom(from: number, to: number): void {
    this.#window.discardFrom(from);
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
    this.#unwritten.push(journal);
    this.listener?.logChanged();
  }

  enter(entry: JournalEntry, encode: (encoder: JournalEncoder) => void): void {
    this.#gatherFinished();
    encode(this.#encoder);
    this.#apply(entry);
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
    if (isNowhere && (dueMs > 0 || this.#isClosing)) {
      return this.#keep(name, batch.extract(number - batch.first), attempts, dueWallMs);
    }
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

  /** Writes a message for one channel only. */
  #keep(channel: string, single: Batch, attempts: number, dueWallMs: number): void {
    this.#gatherFinished();
    try {
      this.#writeJournal();
      const length = KEPT_HEAD_BYTES + channel.length + single.bytes.length;
      const segment = this.#prepare(length);
      const { first: number, timestamp, bytes: bodies, foreign } = single;
      const message = { number, dueWallMs, timestamp, id: foreign?.id, attempts, channel, bodies };
      const record = encodeKept(message, segment);
      const offset = this.#writer.append(record);
      this.#wrote(record, 1);
      this.#replay.apply({ kind: "kept", length, ...message }, { segment, offset });
    } catch (error) {
      this.#failed("write to", error);
    }
  }

  /** Writes a message again at the end, so that an old segment can go. False when it cannot be read. */
  #rewrite(channel: string, number: number): boolean {
    const pending = this.#replay.state.channels.get(channel)?.pending.get(number);
    const single = pending && this.fetch(number);
    if (single === undefined || single === "failed") return false;
    this.#keep(channel, single, pending!.attempts, pending!.dueWallMs);
    return true;
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
      this.#gatherFinished();
      this.#writeWindow();
      this.#writeJournal();
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
    this.#staged = [];
    this.rest();
    this.#surroundings.forget(this);
    try {
      removeTopicFolder(this.#surroundings.disk, this.#folder);
    } catch (error) {
      this.#failed("remove", error);
    }
  }
}
