// Reads single messages back: those that waited for their time, or were given back before a restart. Where the place
// is not known, or not true any more, the number leads there. The batch found last is kept: neighbours come together.

import { Batch } from "../queue/batch.ts";
import type { Disk } from "./disk.ts";
import type { Place } from "./pending_messages.ts";
import { type KeptRecord, type LogRecord, readRecord } from "./record.ts";
import { RECORD_HEAD_BYTES, recordLengthAt } from "./record_head.ts";
import { findRecord } from "./record_search.ts";
import type { SegmentFile } from "./topic_folder.ts";

/** Fetches messages of one topic. */
export class MessageFetch {
  readonly #disk: Disk;
  readonly #segments: () => readonly SegmentFile[];
  #latest: Batch | undefined;

  constructor(disk: Disk, segments: () => readonly SegmentFile[]) {
    this.#disk = disk;
    this.#segments = segments;
  }

  /** Message `number` alone; undefined when it is lost. Throws FileError. */
  message(number: number, place: Place | undefined): Batch | undefined {
    const latest = this.#latest;
    if (latest !== undefined && latest.first <= number && number < latest.end) {
      return latest.extract(number - latest.first);
    }
    const batch = (place && this.#batchAt(place, number)) ?? this.#search(number);
    if (batch === undefined) return undefined;
    this.#latest = batch;
    return batch.extract(number - batch.first);
  }

  /** A segment that is named after the number may hold journals only: then the message is in one of the next. */
  #search(number: number): Batch | undefined {
    const segments = this.#segments();
    const from = Math.max(0, segments.findLastIndex(({ first }) => first <= number));
    for (const segment of segments.slice(from)) {
      const offset = findRecord(this.#disk, segment, number);
      const record = this.#record(segment, offset);
      if (record !== undefined) return this.#batchAt({ segment: segment.first, offset }, number);
    }
    return undefined;
  }

  #batchAt(place: Place, number: number): Batch | undefined {
    const segment = this.#segments().find(({ first }) => first === place.segment);
    const record = segment && this.#record(segment, place.offset);
    const batch = record && batchOf(record);
    if (batch === undefined || number < batch.first || number >= batch.end) return undefined;
    batch.place = place;
    return batch;
  }

  #record(segment: SegmentFile, offset: number): LogRecord | undefined {
    const file = this.#disk.open(segment.path, "read");
    if (file === undefined) return undefined;
    try {
      const head = new Uint8Array(RECORD_HEAD_BYTES);
      if (file.readSync(head, offset) < head.length) return undefined;
      const length = Math.min(recordLengthAt(head, 0), file.size() - offset);
      if (length < RECORD_HEAD_BYTES) return undefined;
      const bytes = new Uint8Array(length);
      file.readSync(bytes, offset);
      const record = readRecord(bytes, 0, segment.first);
      return record.kind === "damage" ? undefined : record;
    } finally {
      file.close();
    }
  }
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
