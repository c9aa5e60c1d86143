// Takes over upstream's disk queues at start, before anything is served: each unread message goes to our log, in its topic or
// its channel, and the old files are set aside in <data-path>/taken-over under their own names. nsqd.dat stays: it is shared.
//
// Whenever the plug is pulled, the next start brings each message into our log exactly once. The order that makes it so:
//   1. topics/taking-over says `writing`, with a mark of where each concerned topic's log ends, and is synced
//   2. our log is written and synced                       (cut before 3: the next start undoes back to the marks, begins again)
//   3. topics/taking-over says `written`, and is synced    (this is the moment at which the messages become ours)
//   4. the old files are renamed, both directories synced  (cut before 5: the next start renames what is left)
//   5. topics/taking-over is removed
// Files without unread messages need no marker: they are renamed data first, positions last and synced in between, because
// data without positions would count as unread.

import { join } from "node:path";
import type { Disk } from "../disk.ts";
import type { TopicMetadata } from "../metadata.ts";
import { ID_BYTES, isHexId } from "./disk_queue_record.ts";
import { listQueues, type QueueFiles } from "./disk_queue_names.ts";
import { type Finding, readDiskQueue, type StoredMessage } from "./disk_queue_reader.ts";
import {
  planTakeOver,
  type TakeOverPlan,
  type TopicTakeOver,
  type UnknownOwner,
} from "./take_over_plan.ts";
import { type TakeOverState, TakeOverStateFile } from "./take_over_state.ts";

/** The folder within the data path where old files are kept. Nobody reads them; whoever needs the space may remove it. */
const TAKEN_OVER_FOLDER = "taken-over";

/**
 * Our log, as the destination. Calls come topic by topic: `beginTopic`, messages, `commitTopic`. All may throw or reject.
 * An id of zeros stands for one that was damaged: the message needs a new one.
 */
export interface TakeOverSink {
  /** Where the topic's log ends now, "" when it has none: enough for `undoTopic` in another process. Changes nothing. */
  markTopic(topic: string): string;
  /** Brings the topic's log back to the mark; durable when it resolves. May be called twice, also when nothing was written. */
  undoTopic(topic: string, mark: string): Promise<void>;
  /** Messages for the topic follow. `channels` are all it has in nsqd.dat or in files; they may exist already. */
  beginTopic(topic: string, channels: readonly string[]): void | Promise<void>;
  /** A message for every channel the topic has or, when it has none or is paused, will have. */
  topicMessage(message: StoredMessage): void | Promise<void>;
  /** A message for one channel alone. Before all of the topic's own messages. */
  channelMessage(channel: string, message: StoredMessage): void | Promise<void>;
  /** Resolves when everything since `beginTopic` is on disk. */
  commitTopic(): Promise<void>;
}

/** Instead of an id that no FIN could name: the message needs a new one. */
const NO_ID = new Uint8Array(ID_BYTES);

/** Lines for the log. */
export interface TakeOverLog {
  info(text: string): void;
  warn(text: string): void;
}

/** What a take-over needs. */
export interface TakeOverRequest {
  readonly disk: Disk;
  /** Ours alone already, by its lock; never empty. */
  readonly dataPath: string;
  /** nsqd.dat as it was read. */
  readonly metadata: readonly TopicMetadata[];
  readonly sink: TakeOverSink;
  readonly log: TakeOverLog;
}

/** What was done. */
export interface TakeOverSummary {
  messages: number;
  /** Bytes in old files that could not be read as messages. */
  bytesSkipped: number;
  /** Old files set aside. */
  filesSetAside: number;
  /** To be added to nsqd.dat. */
  unknown: readonly UnknownOwner[];
}

/**
 * Takes over what there is; a data path without upstream's files costs one listing.
 * Rejects with FileError or TakeOverError, or with what the sink throws; then nothing is lost and the next start tries again.
 */
export async function takeOver(request: TakeOverRequest): Promise<TakeOverSummary> {
  const { disk, dataPath, metadata, log } = request;
  const stateFile = new TakeOverStateFile(disk, dataPath);
  const summary: TakeOverSummary = { messages: 0, bytesSkipped: 0, filesSetAside: 0, unknown: [] };
  await resume(request, stateFile, summary);
  const { queues, strangers } = listQueues(fileNames(disk, dataPath));
  for (const name of strangers) {
    log.warn(`${name} belongs to no legal topic or channel: left alone`);
  }
  if (queues.length === 0) return summary;
  const plan = planTakeOver(queues, metadata, (queue) => hasUnread(request, queue, summary));
  summary.unknown = plan.unknown;
  for (const owner of plan.unknown) log.warn(unknownText(owner));
  if (plan.topics.length === 0) await setEmptyAside(request, queues, summary);
  else await takeOverTopics(request, stateFile, plan, queues.flatMap(fileNamesOf), summary);
  const { messages, filesSetAside } = summary;
  log.info(
    `took over ${messages} messages of ${plan.topics.length} topics from the files of another nsqd; ` +
      `its ${filesSetAside} files are kept in ${join(dataPath, TAKEN_OVER_FOLDER)}`,
  );
  return summary;
}

/** Undoes or ends what an earlier start could not. */
async function resume(
  request: TakeOverRequest,
  stateFile: TakeOverStateFile,
  summary: TakeOverSummary,
): Promise<void> {
  const state = stateFile.read();
  if (state === undefined) return;
  if (state.state === "written") await setAside(request, state.files, summary);
  else for (const { topic, mark } of state.topics) await request.sink.undoTopic(topic, mark);
  await stateFile.remove();
}

async function takeOverTopics(
  request: TakeOverRequest,
  stateFile: TakeOverStateFile,
  plan: TakeOverPlan,
  names: readonly string[],
  summary: TakeOverSummary,
): Promise<void> {
  const topics = plan.topics.map(({ topic }) => ({ topic, mark: request.sink.markTopic(topic) }));
  const state: TakeOverState = { state: "writing", topics, files: names };
  await stateFile.write(state);
  for (const topic of plan.topics) await takeOverTopic(request, topic, summary);
  await stateFile.write({ ...state, state: "written" });
  await setAside(request, names, summary);
  await stateFile.remove();
}

async function takeOverTopic(
  request: TakeOverRequest,
  { topic, channels, queues }: TopicTakeOver,
  summary: TakeOverSummary,
): Promise<void> {
  const { disk, dataPath, sink } = request;
  const report = (finding: Finding) => tell(request, finding, summary);
  await sink.beginTopic(topic, channels);
  for (const queue of queues) {
    const { channel } = queue;
    for (const read of readDiskQueue(disk, dataPath, queue, report)) {
      const message = isHexId(read.id) ? read : { ...read, id: NO_ID };
      const stored = channel === undefined
        ? sink.topicMessage(message)
        : sink.channelMessage(channel, message);
      // Most need no waiting: a promise a message would cost more than the message.
      if (stored !== undefined) await stored;
      summary.messages++;
    }
  }
  await sink.commitTopic();
}

function tell({ log }: TakeOverRequest, finding: Finding, summary: TakeOverSummary): void {
  summary.bytesSkipped += finding.bytes;
  log.warn(findingText(finding));
}

function findingText({ file, offset, bytes, text }: Finding): string {
  const extent = bytes === 0 ? "" : ` (${bytes} bytes)`;
  return `${file} at ${offset}: ${text}${extent}`;
}

/** Whether there is a message to read. If not, the queue will not be read again: what is odd is told now. */
function hasUnread(request: TakeOverRequest, queue: QueueFiles, summary: TakeOverSummary): boolean {
  const findings: Finding[] = [];
  const messages = readDiskQueue(
    request.disk,
    request.dataPath,
    queue,
    (finding) => findings.push(finding),
  );
  const hasOne = messages.next().done !== true;
  messages.return();
  if (!hasOne) { for (const finding of findings) tell(request, finding, summary); }
  return hasOne;
}

function unknownText({ topic, isTopicUnknown, unknownChannels }: UnknownOwner): string {
  const channels = unknownChannels.length === 0
    ? ""
    : ` with channels ${unknownChannels.join(", ")}`;
  const what = isTopicUnknown
    ? `topic ${topic}${channels}`
    : `of topic ${topic}: ${unknownChannels.join(", ")}`;
  return `not in nsqd.dat but with unread messages, so taken over too: ${what}`;
}

function fileNamesOf({ dataFiles, metaFile }: QueueFiles): string[] {
  return [...dataFiles.map(({ name }) => name), ...metaFile === undefined ? [] : [metaFile]];
}

async function setEmptyAside(
  request: TakeOverRequest,
  queues: readonly QueueFiles[],
  summary: TakeOverSummary,
): Promise<void> {
  await setAside(
    request,
    queues.flatMap(({ dataFiles }) => dataFiles.map(({ name }) => name)),
    summary,
  );
  await setAside(request, queues.flatMap(({ metaFile }) => metaFile ?? []), summary);
}

/** Renames those of the files that are still there; durable when it resolves. */
async function setAside(
  { disk, dataPath }: TakeOverRequest,
  names: readonly string[],
  summary: TakeOverSummary,
): Promise<void> {
  const present = new Set(fileNames(disk, dataPath));
  const folder = join(dataPath, TAKEN_OVER_FOLDER);
  disk.makeFolder(folder);
  await disk.syncFolder(dataPath);
  const taken = new Set(fileNames(disk, folder));
  for (const name of names.filter((name) => present.has(name))) {
    const freeName = freeNameFor(name, taken);
    disk.rename(join(dataPath, name), join(folder, freeName));
    taken.add(freeName);
    summary.filesSetAside++;
  }
  await disk.syncFolder(folder);
  await disk.syncFolder(dataPath);
}

function fileNames(disk: Disk, folder: string): string[] {
  return disk.list(folder).filter(({ isFolder }) => !isFolder).map(({ name }) => name);
}

/** Who went back to upstream and came again has old files of the same names: neither replaces the other. */
function freeNameFor(name: string, taken: ReadonlySet<string>): string {
  let freeName = name;
  for (let count = 1; taken.has(freeName); count++) freeName = `${name}.${count}`;
  return freeName;
}
