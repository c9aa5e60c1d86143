// The log of one topic on disk: what `queue` appends and notes, one write a turn, and the state that these records add
// up to, kept beside them so that a checkpoint needs no walk.
//
//   append, journals ─► staged ─► commit: one write ─► state, window
//                                        └► sync: by itself (async), or before `safe` resolves (fsync)
//
// The latest batches stay in memory (the window); older ones are read back in blocks. Segments that nobody needs go,
// after a checkpoint that no longer needs them either. Times come in on the monotonic clock and are stored as wall time.

import { type Batch, HEADROOM_BYTES } from "../queue/batch.ts";
import type { ChannelJournal, Log, LogListener } from "../queue/log.ts";
import { MemoryLog } from "../queue/memory_log.ts";
import { BlockReader } from "./block_reader.ts";
import { TopicChannelJournal } from "./channel_journal.ts";
import { GroupSync } from "./group_sync.ts";
import { JournalEncoder, type JournalEntry } from "./journal_entries.ts";
import { MessageFetch } from "./message_fetch.ts";
import type { Place } from "./pending_messages.ts";
import { sealDeferred, sealMessages } from "./record.ts";
import type { TopicReplay } from "./replay.ts";
import { SegmentWriter } from "./segment_writer.ts";
import type { StorageSurroundings } from "./storage_surroundings.ts";
import { systemErrorText } from "./system_error.ts";
import type { SegmentFile } from "./topic_folder.ts";
import type { TopicState } from "./topic_state.ts";

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

/** One topic's log. */
export class TopicLog implements Log {
  listener: LogListener | undefined;
  readonly canFetch = true;
  readonly name: string;
  readonly #folder: string;
  readonly #replay: TopicReplay;
  readonly #writer: SegmentWriter;
  readonly #reader: BlockReader;
  readonly #fetch: MessageFetch;
  readonly #sync: GroupSync;
  readonly #surroundings: StorageSurroundings;
  readonly #encoder = new JournalEncoder();
  readonly #journals = new Set<TopicChannelJournal>();
  readonly #window = new MemoryLog();
  /** From this number on every batch is in the window. */
  #windowStart: number;
  #staged: Staged[] = [];
  #isDeleted = false;
  #isCheckpointing = false;

  constructor(inputs: TopicLogInputs) {
    const { name, folder, first, replay, segments, surroundings } = inputs;
    this.name = name;
    this.#folder = folder;
    this.#replay = replay;
    this.#surroundings = surroundings;
    this.#windowStart = first;
    replay.reach(first);
    const { disk, settings } = surroundings;
    const { nodeId, maxBytesPerFile } = settings;
    this.#writer = new SegmentWriter({ disk, folder, nodeId, maxBytesPerFile }, segments);
    this.#sync = new GroupSync(this.#writer, (error) => this.#syncFailed(error));
    this.#reader = new BlockReader({
      disk,
      segments: () => this.#writer.segments,
      end: () => this.#windowStart,
      loaded: () => this.listener?.logLoaded(),
      failed: (error) => surroundings.failed(`TOPIC(${name}): ${systemErrorText(error)}`),
    });
    this.#fetch = new MessageFetch(disk, () => this.#writer.segments);
  }

  get #state(): TopicState {
    return this.#replay.state;
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
    if (this.#isDeleted) return this.#staged.length > 0 ? "exiting" : undefined;
    const staged = this.#staged;
    if (staged.length > 0) this.#staged = [];
    for (const journal of this.#journals) journal.encode(this.#encoder);
    const refusal = staged.length > 0 ? this.#surroundings.refusal() : undefined;
    try {
      this.#writeJournal();
      if (refusal !== undefined) return refusal;
      for (const each of staged) this.#write(each);
    } catch (error) {
      const text = systemErrorText(error);
      this.#surroundings.failed(`TOPIC(${this.name}): cannot write to its log - ${text}`);
      return staged.length > 0 ? text : undefined;
    }
    if (staged.length > 0) this.#surroundings.wrote();
    this.#shrinkWindow();
    return undefined;
  }

  /** What cannot be written stays in the encoder, for the next turn. */
  #writeJournal(): void {
    if (this.#encoder.isEmpty) return;
    const segment = this.#prepare(this.#encoder.length);
    const records = this.#encoder.take(segment)!;
    this.#writer.append(records);
    this.#sync.wrote(0);
  }

  #prepare(length: number): number {
    const before = this.#writer.segments.length;
    const wallMs = this.#surroundings.clock.wallMs();
    const segment = this.#writer.prepare(length, this.#state.next, wallMs);
    if (this.#writer.segments.length > before && before > 0) this.#rolled();
    return segment;
  }

  #write({ batch, dueWallMs }: Staged): void {
    const record = new Uint8Array(
      batch.bytes.buffer,
      batch.bytes.byteOffset - HEADROOM_BYTES,
      batch.bytes.length + HEADROOM_BYTES,
    );
    const segment = this.#prepare(record.length);
    const { first, count, wallMs } = batch;
    if (dueWallMs === undefined) sealMessages(record, first, wallMs, count, segment);
    else sealDeferred(record, first, wallMs, dueWallMs, segment);
    const offset = this.#writer.append(record);
    batch.place = { segment, offset };
    this.#sync.wrote(count);
    this.#note(batch, dueWallMs, batch.place);
    if (dueWallMs === undefined) this.#window.append(batch);
  }

  #note({ first, count, wallMs, bytes }: Batch, dueWallMs: number | undefined, place: Place): void {
    const common = { length: 0, wallMs, bodies: bytes };
    this.#replay.apply(
      dueWallMs === undefined
        ? { kind: "messages", first, count, ...common }
        : { kind: "deferred", number: first, dueWallMs, ...common },
      place,
    );
  }

  safe(): Promise<void> | undefined {
    return this.#surroundings.settings.durability === "fsync" ? this.#sync.safe() : undefined;
  }

  /** Syncs by itself what was written long ago or is much; see `--sync-every`, `--sync-timeout`. */
  syncIfDue(nowMs: number): void {
    const { syncEvery, syncTimeoutMs } = this.#surroundings.settings;
    this.#sync.syncIfDue(nowMs, syncEvery, syncTimeoutMs);
  }

  #syncFailed(error: unknown): void {
    this.#surroundings.failed(`TOPIC(${this.name}): cannot sync its log - ${systemErrorText(error)}`);
  }

  at(number: number): Batch | undefined {
    if (number >= this.#windowStart) return this.#window.at(number);
    const batch = this.#reader.at(number);
    if (batch !== undefined) return batch;
    return this.#reader.isExhausted(number) ? this.#window.at(number) : undefined;
  }

  fetch(number: number): Batch | undefined {
    const recent = number >= this.#windowStart ? this.#window.fetch(number) : undefined;
    if (recent !== undefined) return recent;
    return this.#fetch.message(number, this.#placeOf(number));
  }

  #placeOf(number: number): Place | undefined {
    for (const { pending } of this.#state.channels.values()) {
      const place = pending.get(number)?.place;
      if (place !== undefined) return place;
    }
    return undefined;
  }

  discardBefore(cursor: number): void {
    this.#window.discardBefore(cursor);
    const [, second] = this.#writer.segments;
    if (second !== undefined && cursor >= second.first) this.#checkpointSoon();
  }

  discardFrom(from: number, to: number): void {
    this.#window.discardFrom(from);
    this.#enter({ operation: "topicEmptied", from, to }, (encoder) => encoder.topicEmptied(from, to));
  }

  /** The window keeps the latest messages, as many as it may. */
  #shrinkWindow(): void {
    const { memQueueSize } = this.#surroundings.settings;
    const window = this.#window;
    while (window.count > 0 && window.count - window.first()!.count >= memQueueSize) {
      this.#windowStart = window.shift()!.end;
    }
  }

  journal(channel: string, start: number | undefined): ChannelJournal {
    if (start !== undefined) {
      this.#enter(
        { operation: "channelCreated", name: channel, start },
        (encoder) => encoder.created(channel, start),
      );
    }
    return new TopicChannelJournal(channel, {
      changed: (journal) => {
        this.#journals.add(journal);
        this.listener?.logChanged();
      },
      enter: (entry, encode) => this.#enter(entry, encode),
      wallMs: (monotonicMs) => this.#wallMs(monotonicMs),
    });
  }

  #enter(entry: JournalEntry, encode: (encoder: JournalEncoder) => void, place?: Place): void {
    // Behind what was noted before: a channel that is emptied finished some of it.
    for (const journal of this.#journals) journal.encode(this.#encoder);
    encode(this.#encoder);
    this.#apply(entry, place);
    this.listener?.logChanged();
  }

  #apply(entry: JournalEntry, place: Place = { segment: 0, offset: 0 }): void {
    this.#replay.apply({ kind: "journal", length: 0, entries: [entry] }, place);
  }

  paused(isPaused: boolean): void {
    const entry = { operation: "topicPaused", isPaused } as const;
    this.#enter(entry, (encoder) => encoder.topicPaused(isPaused));
  }

  delete(): void {
    this.#isDeleted = true;
    this.#staged = [];
    this.#close();
    this.#surroundings.forget(this);
    this.#surroundings.disk.remove(this.#folder);
  }
}
