// Writes a whole data path in upstream's form, for the way back to it: a disk queue for each topic and channel, and nsqd.dat.
// It does not know where the messages come from.
// Invariant: nsqd.dat is the last file written; a directory without it is an export that did not end well.

import { join } from "node:path";
import type { Disk } from "../disk.ts";
import { encodeMetadata, type MetadataView } from "../metadata.ts";
import { queueNameOf } from "./disk_queue_names.ts";
import type { UpstreamMessage } from "./disk_queue_record.ts";
import { DiskQueueWriter } from "./disk_queue_writer.ts";
import { replaceSmallFile } from "./small_file.ts";

/** The messages of one topic's own queue, or of one channel's. */
export interface ExportedQueue {
  readonly topic: string;
  /** Absent for messages that wait for the topic's first channel, or for its end of pause. */
  readonly channel?: string;
  /** In the order of delivery. Each is written before the next is asked for. */
  readonly messages: Iterable<UpstreamMessage> | AsyncIterable<UpstreamMessage>;
}

/** What to write, and where. */
export interface ExportRequest {
  readonly disk: Disk;
  /** Made when it is missing; anything in it is a reason to refuse. */
  readonly directory: string;
  /** As --max-bytes-per-file. */
  readonly maxBytesPerFile: number;
  /** Topics, channels and whether they are paused; ephemeral ones are left out. */
  readonly metadata: MetadataView;
  /** No topic or channel twice. Those without messages may be absent. */
  readonly queues: Iterable<ExportedQueue> | AsyncIterable<ExportedQueue>;
  /** Between topic and channel in file names: ":" but for a data path on Windows, where it is ";". */
  readonly separator?: ":" | ";";
}

/** What was written. */
export interface ExportSummary {
  /** Queues with messages. */
  queues: number;
  messages: number;
  /** Bytes of all bodies. */
  bodyBytes: number;
  /** Upstream discards a file with a message larger than its --max-msg-size: start it with at least this. */
  largestBodyBytes: number;
}

/** The export was refused; the message is the whole line to show. */
export class ExportError extends Error {
  override readonly name = "ExportError";
}

/** Writes it all. Rejects with ExportError when the directory is not empty, with FileError when writing fails. */
export async function exportDataPath(request: ExportRequest): Promise<ExportSummary> {
  const { disk, directory } = request;
  disk.makeFolder(directory);
  if (disk.list(directory).length > 0) {
    throw new ExportError(`${directory} is not empty: name a new or empty directory to export to`);
  }
  const summary = { queues: 0, messages: 0, bodyBytes: 0, largestBodyBytes: 0 };
  for await (const queue of request.queues) await exportQueue(request, queue, summary);
  // The names of data files, before anything says that they are complete.
  await disk.syncFolder(directory);
  const metadata = new TextEncoder().encode(encodeMetadata(request.metadata));
  await replaceSmallFile(disk, join(directory, "nsqd.dat"), metadata);
  return summary;
}

async function exportQueue(
  { disk, directory, maxBytesPerFile, separator }: ExportRequest,
  { topic, channel, messages }: ExportedQueue,
  summary: ExportSummary,
): Promise<void> {
  const name = queueNameOf(topic, channel, separator);
  const writer = new DiskQueueWriter(disk, directory, name, maxBytesPerFile);
  const messagesBefore = summary.messages;
  try {
    for await (const message of messages) {
      await writer.add(message);
      summary.messages++;
      summary.bodyBytes += message.body.length;
      summary.largestBodyBytes = Math.max(summary.largestBodyBytes, message.body.length);
    }
    await writer.finish();
  } finally {
    writer.close();
  }
  if (summary.messages > messagesBefore) summary.queues++;
}
