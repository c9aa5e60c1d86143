// The unread messages of one of upstream's disk queues, in their order, in bounded memory.
//
// Upstream's rules for what is unread hold: what lies before the meta file's read position was consumed; what lies after its
// write position was written before a kill and counts. The depth in it is never believed. Where upstream would lose messages
// (no usable meta file, a damaged record, a lowered --max-msg-size) they are read, and whatever is not is told.
// A body is bounded by the file that holds it, by nothing else.

import { join } from "node:path";
import type { Disk } from "../disk.ts";
import { type DiskQueueMeta, META_BYTES_MAX, parseMeta } from "./disk_queue_meta.ts";
import { type DataFile, dataFileName, type QueueFiles } from "./disk_queue_names.ts";
import { decodePayload, LENGTH_BYTES, type UpstreamMessage } from "./disk_queue_record.ts";
import { FileWindow } from "./file_window.ts";
import { readSmallFile } from "./small_file.ts";
import { RecordScanner } from "./record_scanner.ts";

/** An unread message, and where it was found. `id` and `body` belong to whoever gets them. */
export interface StoredMessage extends UpstreamMessage {
  /** Name of the file, without its directory. */
  readonly file: string;
  /** Where its record begins. */
  readonly offset: number;
}

/** Something that is not as it should be. */
export interface Finding {
  /** Name of the file, without its directory. */
  readonly file: string;
  readonly offset: number;
  /** How many bytes could not be read as messages; 0 when nothing was skipped. */
  readonly bytes: number;
  /** What it is, to follow the file's name. */
  readonly text: string;
}

/**
 * Reads the queue in `directory` whose files are `queue`; nothing is changed. `onFinding` hears of everything odd.
 * Throws FileError when a file is there and cannot be read: damage never throws, a failing disk does.
 */
export function* readDiskQueue(
  disk: Disk,
  directory: string,
  queue: QueueFiles,
  onFinding: (finding: Finding) => void,
): Generator<StoredMessage, void, void> {
  const meta = readMeta(disk, directory, queue, onFinding);
  if (meta !== undefined) reportMissing(queue, meta, onFinding);
  for (const file of queue.dataFiles) {
    // Upstream removes a file when it is finished; one that is still there was only not removed.
    if (meta !== undefined && file.number < meta.readFile) continue;
    yield* readDataFile(disk, directory, file, meta, onFinding);
  }
}

function readMeta(
  disk: Disk,
  directory: string,
  queue: QueueFiles,
  onFinding: (finding: Finding) => void,
): DiskQueueMeta | undefined {
  if (queue.metaFile === undefined) return undefined;
  const content = readSmallFile(disk, join(directory, queue.metaFile), META_BYTES_MAX);
  const meta = content && parseMeta(content);
  if (meta === undefined) {
    const text = "holds no usable positions: every message of the queue counts as unread";
    onFinding({ file: queue.metaFile, offset: 0, bytes: 0, text });
  }
  return meta;
}

/** A file that should hold unread messages and is not there: consumed and removed just before a kill, or lost. */
function reportMissing(
  queue: QueueFiles,
  meta: DiskQueueMeta,
  onFinding: (finding: Finding) => void,
): void {
  const present = new Set(queue.dataFiles.map((file) => file.number));
  const isUnread = meta.readFile < meta.writeFile || meta.readPosition < meta.writePosition;
  if (!isUnread || present.has(meta.readFile)) return;
  const file = dataFileName(queue.queue, meta.readFile);
  onFinding({
    file,
    offset: meta.readPosition,
    bytes: 0,
    text: "should be read next and is missing",
  });
}

function* readDataFile(
  disk: Disk,
  directory: string,
  { name, number }: DataFile,
  meta: DiskQueueMeta | undefined,
  onFinding: (finding: Finding) => void,
): Generator<StoredMessage, void, void> {
  const path = join(directory, name);
  const file = disk.open(path, "read");
  if (file === undefined) return;
  try {
    const window = new FileWindow(file);
    const start = number === meta?.readFile ? meta.readPosition : 0;
    const written = number === meta?.writeFile ? meta.writePosition : window.sizeBytes;
    const report = (offset: number, bytes: number, text: string) =>
      onFinding({ file: name, offset, bytes, text });
    reportShortness(window.sizeBytes, start, written, report);
    const scanner = new RecordScanner(
      window,
      start > window.sizeBytes ? 0 : start,
      written,
      ({ offset, bytes, reason }) => report(offset, bytes, `skipped ${reason}`),
    );
    for (let extent = scanner.next(); extent !== undefined; extent = scanner.next()) {
      const { offset, bytes } = extent;
      const payload = window.copy(offset + LENGTH_BYTES, bytes - LENGTH_BYTES);
      yield { ...decodePayload(payload), file: name, offset };
    }
  } finally {
    file.close();
  }
}

function reportShortness(
  sizeBytes: number,
  start: number,
  written: number,
  report: (offset: number, bytes: number, text: string) => void,
): void {
  if (start > sizeBytes) {
    report(start, 0, `was read up to there and has ${sizeBytes} bytes: all of it counts as unread`);
  } else if (written > sizeBytes) {
    report(sizeBytes, 0, `ends there and ${written} bytes were written: the rest is lost`);
  }
}
