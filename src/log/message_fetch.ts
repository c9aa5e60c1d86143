// Reads single messages back: those that waited for their time, or were given back before a restart. Where the place
// is not known, or not true any more, the number leads there. The batch found last is kept: neighbours come together.

import { buffers } from "../base/buffer_pool.ts";
import { Batch, withHeadroom } from "../queue/batch.ts";
import type { Disk } from "./disk.ts";
import type { Place } from "./pending_messages.ts";
import { type KeptRecord, type LogRecord, readRecord } from "./record.ts";
import { RECORD_HEAD_BYTES, recordLengthAt } from "./record_head.ts";
import { findRecord } from "./record_search.ts";
import { readSalt } from "./segment_header.ts";
import { type DamagedRange, scanSegment } from "./segment_scan.ts";
import type { SegmentFile } from "./topic_folder.ts";

/** Fetches messages of one topic. */
export class MessageFetch {
  readonly #disk: Disk;
  readonly #segments: () => readonly SegmentFile[];
  readonly #damaged: (range: DamagedRange) => void;
  #latest: Batch | undefined;

  /** @param damaged there is damage where a message should be */
  constructor(
    disk: Disk,
    segments: () => readonly SegmentFile[],
    damaged: (range: DamagedRange) => void = () => {},
  ) {
    this.#disk = disk;
    this.#segments = segments;
    this.#damaged = damaged;
  }

  /** Message `number` alone; undefined when it is lost. Throws FileError. */
  message(number: number, place: Place | undefined): Batch | undefined {
    const latest = this.#latest;
    if (latest !== undefined && latest.first <= number && number < latest.end) {
      return latest.extract(number - latest.first);
    }
    const batch = (place && this.#batchAt(place, number)) ?? this.#search(number);
    if (batch === undefined) return undefined;
    if (batch.count > 1) {
      this.#keep(batch);
      return batch.extract(number - batch.first);
    }
    const single = copyOf(batch);
    giveRecord(batch.bytes);
    return single;
  }

  /** When message `number` was accepted; undefined when it is lost. Keeps nothing. Throws FileError. */
  acceptedMs(number: number, place: Place | undefined): number | undefined {
    const batch = (place && this.#batchAt(place, number)) ?? this.#search(number);
    if (batch !== undefined) giveRecord(batch.bytes);
    return batch?.wallMs;
  }

  /** Lets go of the batch found last. */
  release(): void {
    this.#keep(undefined);
  }

  #keep(batch: Batch | undefined): void {
    if (this.#latest !== undefined) giveRecord(this.#latest.bytes);
    this.#latest = batch;
  }

  /** A segment that is named after the number may hold journals only: then the message is in one of the next. */
  #search(number: number): Batch | undefined {
    const segments = this.#segments();
    const from = Math.max(0, segments.findLastIndex(({ first }) => first <= number));
    for (const segment of segments.slice(from)) {
      const offset = findRecord(this.#disk, segment, number, this.#damaged);
      const record = this.#record(segment, offset);
      if (record !== undefined) return this.#batchAt({ segment: segment.first, offset }, number);
    }
    return undefined;
  }

  #batchAt(place: Place, number: number): Batch | undefined {
    const segment = this.#segments().find(({ first }) => first === place.segment);
    const record = segment && this.#record(segment, place.offset);
    if (segment !== undefined && record === undefined) this.#tellDamage(segment, place.offset);
    const batch = record && batchOf(record);
    if (batch === undefined) return undefined;
    batch.place = place;
    if (batch.first <= number && number < batch.end) return batch;
    giveRecord(batch.bytes);
    return undefined;
  }

  #tellDamage(segment: SegmentFile, offset: number): void {
    const [found] = scanSegment(this.#disk, segment, offset);
    if (found?.kind === "damage") this.#damaged(found);
  }

  #record(segment: SegmentFile, offset: number): LogRecord | undefined {
    if (offset >= (segment.end ?? Infinity)) return undefined;
    const file = this.#disk.open(segment.path, "read");
    if (file === undefined) return undefined;
    try {
      const head = new Uint8Array(RECORD_HEAD_BYTES);
      if (file.readSync(head, offset) < head.length) return undefined;
      const length = Math.min(recordLengthAt(head, 0), file.size() - offset);
      if (length < RECORD_HEAD_BYTES) return undefined;
      const bytes = buffers.take(length).subarray(0, length);
      file.readSync(bytes, offset);
      const record = readRecord(bytes, 0, readSalt(file, segment));
      return record.kind === "damage" ? undefined : record;
    } finally {
      file.close();
    }
  }
}

/** Records are read into buffers that are used again: a message given back often costs reading hundreds of kilobytes. */
function giveRecord(bodies: Uint8Array<ArrayBuffer>): void {
  buffers.give(new Uint8Array(bodies.buffer));
}

function copyOf({ first, bytes, wallMs, foreign, place }: Batch): Batch {
  const ownMark = foreign && { ...foreign, id: foreign.id.slice() };
  const copy = new Batch(first, 1, withHeadroom(bytes, 0, bytes.length), wallMs, ownMark);
  copy.place = place;
  return copy;
}

/** The messages of a record as a batch; undefined where it holds none. */
export function batchOf(record: LogRecord): Batch | undefined {
  const bytes = "bodies" in record ? record.bodies as Uint8Array<ArrayBuffer> : undefined;
  if (bytes === undefined) return undefined;
  switch (record.kind) {
    case "messages":
      return new Batch(record.first, record.count, bytes, record.wallMs);
    case "deferred":
      return new Batch(record.number, 1, bytes, record.wallMs);
    case "kept":
      return keptBatch(record, bytes);
    case "journal":
      return undefined;
  }
}

/** A message with an id of its own keeps it; the others have the one that follows from their number. */
function keptBatch({ number, timestamp, id }: KeptRecord, bytes: Uint8Array<ArrayBuffer>): Batch {
  const wallMs = Number(timestamp / 1000n) / 1000;
  const foreign = id === undefined ? undefined : { id, timestamp };
  return new Batch(number, 1, bytes, wallMs, foreign);
}
