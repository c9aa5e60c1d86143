// Finds the record of a message in a segment by halving it: records of messages are numbered upwards, and a record can
// be recognised from any byte on. About a dozen probes for the largest segment, and no index to keep.

import type { Disk } from "./disk.ts";
import { SEGMENT_HEADER_BYTES } from "./segment_header.ts";
import { type DamagedRange, scanSegment } from "./segment_scan.ts";
import type { SegmentFile } from "./topic_folder.ts";

/** A stretch this short is walked record by record. */
const WALK_BYTES = 256 * 1024;

/** Where a record with numbers begins, and the first number behind it. */
interface Numbered {
  offset: number;
  first: number;
  end: number;
}

/**
 * Where the record begins that holds message `number`, else the first one behind it, else the end of the segment.
 * `damaged` is told what is passed over on the last stretch. Throws FileError.
 */
export function findRecord(
  disk: Disk,
  segment: SegmentFile,
  number: number,
  damaged: (range: DamagedRange) => void = () => {},
): number {
  const file = disk.open(segment.path, "read");
  const size = Math.min(file?.size() ?? 0, segment.end ?? Infinity);
  file?.close();
  let low = SEGMENT_HEADER_BYTES;
  for (let high = size; high - low > WALK_BYTES;) {
    const middle = Math.floor((low + high) / 2);
    const probe = firstNumbered(disk, segment, middle, high);
    if (probe === undefined || probe.first > number) high = middle;
    else low = probe.offset;
  }
  for (const found of numbered(disk, segment, low, Infinity, damaged)) {
    if (found.end > number) return found.offset;
  }
  return size;
}

function firstNumbered(
  disk: Disk,
  segment: SegmentFile,
  from: number,
  to: number,
): Numbered | undefined {
  for (const found of numbered(disk, segment, from, to)) return found;
  return undefined;
}

/** Kept messages have numbers of old: they, and journals, do not count. */
function* numbered(
  disk: Disk,
  segment: SegmentFile,
  from: number,
  to: number,
  damaged: (range: DamagedRange) => void = () => {},
): Iterable<Numbered> {
  for (const found of scanSegment(disk, segment, from)) {
    if (found.kind === "damage") {
      damaged(found);
      continue;
    }
    const { offset, record } = found;
    if (offset >= to) return;
    if (record.kind === "messages") {
      yield { offset, first: record.first, end: record.first + record.count };
    } else if (record.kind === "deferred") {
      yield { offset, first: record.number, end: record.number + 1 };
    }
  }
}
