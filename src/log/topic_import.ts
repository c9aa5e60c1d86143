// Writes messages that come from elsewhere into the log of one topic, behind what it holds. It knows nothing of where they
// come from; nothing is served meanwhile.
//
//   channel's own, delivered before, or among its first   ─► kept: id, attempts and time as they were
//   channel's own, any further                            ─► messages, finished at once for all other channels
//   the topic's                                           ─► messages
//
// A kept message is remembered one by one, here and by whoever starts on this log; the others cost nothing, however many
// they are. Invariant: everything goes to segments that are begun here, so that removing these undoes it.

import { join } from "node:path";
import { randomUint32 } from "../base/random_number.ts";
import { type Batch, BatchBuilder, HEADROOM_BYTES } from "../queue/batch.ts";
import { encodeCheckpoint } from "./checkpoint.ts";
import type { Disk } from "./disk.ts";
import { JournalEncoder, type JournalEntry } from "./journal_entries.ts";
import { encodeKept, sealMessages } from "./record.ts";
import type { TopicReplay } from "./replay.ts";
import { SegmentWriter } from "./segment_writer.ts";
import { checkpointPath, type SegmentFile } from "./topic_folder.ts";

const KEPT_MESSAGES_MAX = 100_000;
/** Messages in one batch share one time: it is wrong by less than this. */
const BATCH_NS_MAX = 1_000_000n;
const JOURNAL_BYTES_MAX = 32 * 1024;
const KEPT_HEAD_BYTES = 64;
const SIZE_BYTES = 4;

/** A message to write. */
export interface ImportedMessage {
  /** Nanoseconds since the Unix epoch. */
  readonly timestampNs: bigint;
  readonly attempts: number;
  /** 16 bytes; undefined when it needs a new one. */
  readonly id: Uint8Array | undefined;
  readonly body: Uint8Array;
}

/** What an import is given. */
export interface TopicImportInputs {
  readonly disk: Disk;
  readonly folder: string;
  /** What the log says now; it is changed. */
  readonly replay: TopicReplay;
  /** The segments there are, oldest first. */
  readonly segments: readonly SegmentFile[];
  /** The first number that may be used. */
  readonly first: number;
  readonly nodeId: number;
  readonly maxBytesPerFile: number;
  /** See `WriterSettings`. */
  readonly newSalt?: () => number;
  readonly wallMs: () => number;
  /** So many messages of a channel are kept as they were, even if nobody has seen their ids; 100,000. */
  readonly keptMessagesMax?: number;
}

/** Imports into one topic: channels, their messages, pauses, then the topic's messages. Everything throws FileError. */
export class TopicImport {
  readonly #inputs: TopicImportInputs;
  readonly #replay: TopicReplay;
  readonly #writer: SegmentWriter;
  readonly #segmentsBefore: number;
  readonly #keptMessagesMax: number;
  readonly #encoder = new JournalEncoder();
  readonly #builder = new BatchBuilder();
  #builderNs = 0n;
  readonly #keptCounts = new Map<string, number>();
  /** Numbers that are for one channel alone and not yet finished for the others. */
  #own: { channel: string; first: number; end: number } | undefined;
  #next: number;

  constructor(inputs: TopicImportInputs) {
    const { disk, folder, nodeId, maxBytesPerFile, segments } = inputs;
    const { newSalt = randomUint32 } = inputs;
    this.#inputs = inputs;
    this.#replay = inputs.replay;
    this.#replay.settle();
    this.#replay.reach(inputs.first);
    this.#next = this.#replay.state.next;
    this.#segmentsBefore = segments.length;
    this.#keptMessagesMax = inputs.keptMessagesMax ?? KEPT_MESSAGES_MAX;
    const settings = { disk, folder, nodeId, maxBytesPerFile, newSalt };
    this.#writer = new SegmentWriter(settings, [...segments]);
  }

  /** Makes the channels that are not there yet. */
  createChannels(names: readonly string[]): void {
    const { channels, distributed: start } = this.#replay.state;
    for (const name of names.filter((name) => !channels.has(name))) {
      this.#enter({ operation: "channelCreated", name, start }, (to) => to.created(name, start));
    }
  }

  /** Pauses the topic, or ends its pause. */
  setPaused(isPaused: boolean): void {
    if (this.#replay.state.isPaused === isPaused) return;
    this.#flush();
    this.#enter({ operation: "topicPaused", isPaused }, (to) => to.topicPaused(isPaused));
  }

  /** Pauses a channel, or ends its pause; nothing happens when it is not there. */
  setChannelPaused(name: string, isPaused: boolean): void {
    const channel = this.#replay.state.channels.get(name);
    if (channel === undefined || channel.isPaused === isPaused) return;
    this.#enter(
      { operation: "channelPaused", name, isPaused },
      (to) => to.paused(name, isPaused),
    );
  }

  /** A message for every channel that there is, or will be. */
  topicMessage(message: ImportedMessage): void {
    if (this.#own !== undefined) this.#finishOwn();
    this.#add(message);
  }

  /** A message for one channel alone. The topic must not be paused: what waits in it belongs to no channel. */
  channelMessage(channel: string, message: ImportedMessage): void {
    if (this.#own !== undefined && this.#own.channel !== channel) this.#finishOwn();
    const keptCount = this.#keptCounts.get(channel) ?? 0;
    if (message.attempts > 0 || keptCount < this.#keptMessagesMax) {
      this.#keptCounts.set(channel, keptCount + 1);
      this.#keep(channel, message);
    } else {
      this.#own ??= { channel, first: this.#next, end: this.#next };
      this.#add(message);
    }
  }

  /** Resolves when everything is on disk. A log that was empty has a checkpoint then: starting on it reads nothing twice. */
  async commit(): Promise<void> {
    const { disk, folder } = this.#inputs;
    this.#finishOwn();
    this.#writeJournal();
    const { position } = this.#writer;
    this.#writer.close();
    for (const { path } of this.#writer.segments.slice(this.#segmentsBefore)) {
      await syncFile(disk, path);
    }
    disk.makeFolder(folder);
    await disk.syncFolder(folder);
    await disk.syncFolder(join(folder, ".."));
    if (this.#segmentsBefore > 0 || this.#writer.segments.length === 0) return;
    const checkpoint = encodeCheckpoint(this.#replay.state, position);
    await disk.replace(checkpointPath(folder), checkpoint);
  }

  /** Closes what is open, after a failure. */
  close(): void {
    this.#writer.close();
  }

  #add({ timestampNs, body }: ImportedMessage): void {
    const length = SIZE_BYTES + body.length;
    const isLater = timestampNs - this.#builderNs >= BATCH_NS_MAX || timestampNs < this.#builderNs;
    if (isLater || !this.#builder.hasRoomFor(length)) this.#flush();
    if (this.#builder.count === 0) this.#builderNs = timestampNs;
    this.#builder.append(sized(body), 0, length, 1, Number(timestampNs / 1000n) / 1000);
  }

  #flush(): void {
    if (this.#builder.count === 0) return;
    const batch: Batch = this.#builder.seal(this.#next);
    const { first, count, wallMs, bytes: bodies } = batch;
    const length = HEADROOM_BYTES + bodies.length;
    const record = new Uint8Array(bodies.buffer, bodies.byteOffset - HEADROOM_BYTES, length);
    const segment = this.#prepare(length);
    sealMessages(record, first, wallMs, count, this.#writer.salt);
    const offset = this.#writer.append(record);
    this.#replay.apply({ kind: "messages", length, first, wallMs, count, bodies }, {
      segment,
      offset,
    });
    this.#next = batch.end;
    if (this.#own !== undefined) this.#own.end = batch.end;
  }

  #keep(channel: string, { timestampNs: timestamp, attempts, id, body }: ImportedMessage): void {
    this.#finishOwn();
    const length = KEPT_HEAD_BYTES + channel.length + SIZE_BYTES + body.length;
    const segment = this.#prepare(length);
    const bodies = sized(body);
    const message = {
      number: this.#next,
      dueWallMs: 0,
      timestamp,
      id,
      attempts,
      channel,
      bodies,
    };
    const offset = this.#writer.append(encodeKept(message, this.#writer.salt));
    this.#replay.apply({ kind: "kept", length, ...message }, { segment, offset });
    this.#next++;
  }

  /** Tells every other channel that it need not deliver what was for one alone. */
  #finishOwn(): void {
    this.#flush();
    const own = this.#own;
    this.#own = undefined;
    if (own === undefined || own.first === own.end) return;
    for (const name of [...this.#replay.state.channels.keys()]) {
      if (name === own.channel) continue;
      this.#enter(
        { operation: "finished", name, ranges: [own.first, own.end] },
        (to) => to.finished(name, own.first, own.end - own.first),
      );
    }
  }

  #enter(entry: JournalEntry, encode: (encoder: JournalEncoder) => void): void {
    encode(this.#encoder);
    this.#replay.apply({ kind: "journal", length: 0, entries: [entry] }, { segment: 0, offset: 0 });
    if (this.#encoder.length > JOURNAL_BYTES_MAX) this.#writeJournal();
  }

  #writeJournal(): void {
    if (this.#encoder.isEmpty) return;
    this.#roll(this.#encoder.length);
    this.#writer.append(this.#encoder.take(this.#writer.salt)!);
  }

  /** What was noted comes before what follows it. */
  #prepare(length: number): number {
    this.#writeJournal();
    return this.#roll(length);
  }

  #roll(length: number): number {
    return this.#writer.prepare(length, this.#next, this.#inputs.wallMs());
  }
}

function sized(body: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(SIZE_BYTES + body.length);
  new DataView(bytes.buffer).setInt32(0, body.length);
  bytes.set(body, SIZE_BYTES);
  return bytes;
}

async function syncFile(disk: Disk, path: string): Promise<void> {
  const file = disk.open(path, "append");
  try {
    await file.syncData();
  } finally {
    file.close();
  }
}
