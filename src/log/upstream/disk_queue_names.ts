// The names of upstream's disk-queue files and what they say: which topic's or channel's queue, and which part of it.
//
//   <topic>[:<channel>].diskqueue.<number, at least 6 digits>.dat     messages
//   <topic>[:<channel>].diskqueue.meta.dat                            positions
//
// Pure. Whatever else lies in a data path (`.bad`, `.tmp`, our own files) is nobody's queue here.

import { isEphemeralName, isValidName } from "../../wire/names.ts";

const FILE_NAME = /^(.+)\.diskqueue\.(meta|\d{6,})\.dat$/s;
const NUMBER_DIGITS_MIN = 6;
/** Upstream writes ":" everywhere but on Windows, where a file name cannot hold it. No topic or channel contains either. */
const SEPARATOR = /[:;]/;

/** A file with messages. */
export interface DataFile {
  readonly name: string;
  readonly number: number;
}

/** The files of one queue: a topic's own, or a channel's. At least one of them exists. */
export interface QueueFiles {
  /** What all its file names begin with. */
  readonly queue: string;
  readonly topic: string;
  /** Absent for the topic's own queue. */
  readonly channel?: string;
  readonly metaFile?: string;
  /** Ordered by number. */
  readonly dataFiles: readonly DataFile[];
}

/** What a data path holds. */
export interface QueueListing {
  /** Ordered by topic, a topic's own queue first. */
  readonly queues: QueueFiles[];
  /** Files in the form of a queue's whose topic or channel is no legal name: to be left alone. */
  readonly strangers: string[];
}

/** The queue of a topic or channel, as its file names begin. */
export function queueNameOf(topic: string, channel?: string, separator = ":"): string {
  return channel === undefined ? topic : `${topic}${separator}${channel}`;
}

/** The name of a queue's file with messages. */
export function dataFileName(queue: string, number: number): string {
  return `${queue}.diskqueue.${String(number).padStart(NUMBER_DIGITS_MIN, "0")}.dat`;
}

/** The name of a queue's file with positions. */
export function metaFileName(queue: string): string {
  return `${queue}.diskqueue.meta.dat`;
}

/** Finds the queues among the names of a directory. */
export function listQueues(names: Iterable<string>): QueueListing {
  const queues = new Map<string, WritableQueueFiles>();
  const strangers: string[] = [];
  for (const name of names) {
    const found = parseFileName(name);
    if (found === undefined) continue;
    const owner = parseQueueName(found.queue);
    if (owner === undefined) strangers.push(name);
    else addFile(queues, { ...owner, queue: found.queue, dataFiles: [] }, name, found.number);
  }
  for (const queue of queues.values()) queue.dataFiles.sort((a, b) => a.number - b.number);
  return { queues: [...queues.values()].sort(byOwner), strangers: strangers.sort() };
}

type WritableQueueFiles = QueueFiles & { metaFile?: string; dataFiles: DataFile[] };

function addFile(
  queues: Map<string, WritableQueueFiles>,
  empty: WritableQueueFiles,
  name: string,
  number: number | undefined,
): void {
  const files = queues.get(empty.queue) ?? empty;
  queues.set(empty.queue, files);
  if (number === undefined) files.metaFile = name;
  else files.dataFiles.push({ name, number });
}

/** The parts of a file name; `number` is undefined for positions. Undefined for what is no queue's file. */
function parseFileName(name: string): { queue: string; number: number | undefined } | undefined {
  const match = FILE_NAME.exec(name);
  if (match === null) return undefined;
  const [, queue = "", part = ""] = match;
  if (part === "meta") return { queue, number: undefined };
  const number = Number(part);
  // "0000007" would be read again as "000007", which is another file.
  if (!Number.isSafeInteger(number) || dataFileName(queue, number) !== name) return undefined;
  return { queue, number };
}

function parseQueueName(queue: string): { topic: string; channel?: string } | undefined {
  const at = queue.search(SEPARATOR);
  if (at === -1) return isLastingName(queue) ? { topic: queue } : undefined;
  const topic = queue.slice(0, at);
  const channel = queue.slice(at + 1);
  return isLastingName(topic) && isLastingName(channel) ? { topic, channel } : undefined;
}

/** Upstream never puts an ephemeral one on disk, and would not read it back. */
function isLastingName(name: string): boolean {
  return isValidName(name) && !isEphemeralName(name);
}

function byOwner(a: QueueFiles, b: QueueFiles): number {
  return compare(a.topic, b.topic) || compare(a.channel ?? "", b.channel ?? "") ||
    compare(a.queue, b.queue);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
