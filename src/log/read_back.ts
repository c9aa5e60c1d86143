// Reads the last records of a log back as bytes, to be written again after a failed sync. What cannot be recognised any
// more is left out: the kernel gave it up. It keeps one record in memory.

import type { Disk, DiskFile } from "./disk.ts";
import type { Place } from "./pending_messages.ts";
import { scanSegment } from "./segment_scan.ts";
import type { SegmentFile } from "./topic_folder.ts";

/** Every record from `from` on, in order; each is the caller's. Throws FileError. */
export function* readBack(
  disk: Disk,
  segments: readonly SegmentFile[],
  from: Place,
): Iterable<Uint8Array<ArrayBuffer>> {
  for (const segment of segments) {
    if (segment.first < from.segment) continue;
    const offset = segment.first === from.segment ? from.offset : 0;
    const file = disk.open(segment.path, "read");
    if (file === undefined) continue;
    try {
      for (const found of scanSegment(disk, segment, offset)) {
        if (found.kind === "record") yield bytesAt(file, found.offset, found.record.length);
      }
    } finally {
      file.close();
    }
  }
}

function bytesAt(file: DiskFile, offset: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  file.readSync(bytes, offset);
  return bytes;
}
