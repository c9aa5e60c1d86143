// Where the log of a topic lies, and what of it is there:
//
//   <data path>/topics/<topic>.topic/<number of the first message, 16 digits>.log     segments
//   <data path>/topics/<topic>.topic/checkpoint
//
// The suffix is there because `..` is a legal name for a topic. Whatever else lies in these folders is left alone.

import { dirname, join } from "node:path";
import { isEphemeralName, isValidName } from "../wire/names.ts";
import { type Disk, errorCodeOf } from "./disk.ts";
import { isLeftoverOf } from "./leftovers.ts";
import type { Place } from "./pending_messages.ts";
import { nameBeforeRemoval } from "./removed_name.ts";

const FOLDER_SUFFIX = ".topic";
/** What is behind the name of a segment that does not count yet. */
export const TEMPORARY_SUFFIX = ".tmp";
const SEGMENT_NAME = /^(\d{16})\.log$/;
const CHECKPOINT = "checkpoint";
const NUMBER_DIGITS = 16;

/** A segment of a topic's log. */
export interface SegmentFile {
  /** Number of the first message it may hold: its name. */
  readonly first: number;
  readonly path: string;
  /** Bytes of it that count; all of them where that is undefined. */
  readonly end?: number;
  /** How long it was when the next one was begun; undefined where that is not known. */
  readonly size?: number | undefined;
  /** Its salt as the next one knows it. */
  readonly salt?: number | undefined;
}

/** The folder with a folder for each topic. */
export function topicsFolder(dataPath: string): string {
  return join(dataPath, "topics");
}

/** The folder of a topic that is not ephemeral. */
export function topicFolder(dataPath: string, topic: string): string {
  return join(topicsFolder(dataPath), topic + FOLDER_SUFFIX);
}

/** The topic whose folder is called this; undefined when no topic's is. */
export function topicOfFolder(folderName: string): string | undefined {
  if (!folderName.endsWith(FOLDER_SUFFIX)) return undefined;
  const topic = folderName.slice(0, -FOLDER_SUFFIX.length);
  return isValidName(topic) && !isEphemeralName(topic) ? topic : undefined;
}

/** The topics that have a folder, sorted by name. Throws FileError. */
export function listTopics(disk: Disk, dataPath: string): string[] {
  const topics: string[] = [];
  for (const { name, isFolder } of disk.list(topicsFolder(dataPath))) {
    const topic = isFolder ? topicOfFolder(name) : undefined;
    if (topic !== undefined) topics.push(topic);
  }
  return topics.sort();
}

/** Removes a topic's folder, its name at once; resolves when it stays away whatever happens. Rejects with FileError. */
export async function removeTopicFolder(disk: Disk, folder: string): Promise<void> {
  await Promise.all([discardFolder(disk, folder), syncIfThere(disk, dirname(folder))]);
}

/** Before the first message of all there is no folder of topics, and nothing in it that could come back. */
async function syncIfThere(disk: Disk, folder: string): Promise<void> {
  try {
    await disk.syncFolder(folder);
  } catch (error) {
    if (errorCodeOf(error) !== "ENOENT") throw error;
  }
}

/** The name first, so that a crash leaves no half of a topic. */
async function discardFolder(disk: Disk, folder: string): Promise<void> {
  if (disk.list(folder).length > 0) await disk.discard(folder);
  else disk.remove(folder);
}

/** Removes what a crash left of topics that were being removed. Throws FileError. */
export function clearRemovedTopics(disk: Disk, dataPath: string): void {
  const folder = topicsFolder(dataPath);
  for (const { name, isFolder } of disk.list(folder)) {
    const before = nameBeforeRemoval(name);
    const isTopic = before !== undefined && topicOfFolder(before) !== undefined;
    if (isFolder && isTopic) disk.remove(join(folder, name));
  }
}

/** The segment of a topic's folder that begins with number `first`. */
export function segmentFile(folder: string, first: number): SegmentFile {
  const name = String(first).padStart(NUMBER_DIGITS, "0");
  return { first, path: join(folder, `${name}.log`) };
}

/** The segments in a topic's folder, oldest first, as the names among its `entries` say. Throws FileError. */
export function listSegments(
  disk: Disk,
  folder: string,
  entries = disk.list(folder),
): SegmentFile[] {
  const segments: SegmentFile[] = [];
  for (const { name, isFolder } of entries) {
    const first = Number(SEGMENT_NAME.exec(name)?.[1] ?? NaN);
    if (!isFolder && Number.isSafeInteger(first)) segments.push(segmentFile(folder, first));
  }
  return segments.sort((one, other) => one.first - other.first);
}

/** Removes what a crash left of segments and checkpoints that never counted, or were being removed. Throws FileError. */
export function clearTemporaryFiles(
  disk: Disk,
  folder: string,
  entries = disk.list(folder),
): void {
  for (const { name } of entries) {
    const before = name.endsWith(TEMPORARY_SUFFIX)
      ? name.slice(0, -TEMPORARY_SUFFIX.length)
      : nameBeforeRemoval(name);
    const isSegment = before !== undefined && SEGMENT_NAME.test(before);
    if (isSegment || isLeftoverOf(CHECKPOINT, name)) disk.remove(join(folder, name));
  }
}

/** The same segments where nothing counts any more that stands behind `place`. */
export function cutSegments(
  segments: readonly SegmentFile[],
  { segment, offset }: Place,
): SegmentFile[] {
  return segments.map((each) => {
    if (each.first < segment) return each;
    const end = each.first === segment ? offset : 0;
    return { ...each, end: Math.min(end, each.end ?? Infinity) };
  });
}

/** Where a topic's folder has its checkpoint. */
export function checkpointPath(folder: string): string {
  return join(folder, CHECKPOINT);
}
