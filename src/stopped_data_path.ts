// What can be done with a data path while no broker runs on it: written in upstream's form, and checked. It brings the lock,
// the machine's disk and the logs together, as the broker does for a running one; it knows no command line.

import { DataPathError, lockDataPath } from "./log/data_path.ts";
import type { Disk } from "./log/disk.ts";
import { exportLogs, type LogExportSummary } from "./log/export_logs.ts";
import { checkTopic, hasDamage, segmentBytes, type TopicReport } from "./log/fsck.ts";
import { RealDisk } from "./log/real_disk.ts";
import { readSavedTopics } from "./log/saved_topics.ts";
import { systemErrorText } from "./base/system_error.ts";
import { listTopics } from "./log/topic_folder.ts";
import { listQueues } from "./log/upstream/disk_queue_names.ts";

export type { LogExportSummary } from "./log/export_logs.ts";
export type { DamageReport, TopicReport } from "./log/fsck.ts";

/** It could not be done; the message is the whole line to show. */
export class StoppedDataPathError extends Error {
  override readonly name = "StoppedDataPathError";
}

/** What was found in a data path. */
export interface DataPathReport {
  readonly dataPath: string;
  readonly topics: readonly TopicReport[];
  /** Files of another nsqd that were not taken over yet. */
  readonly foreignFiles: number;
  readonly isClean: boolean;
}

/** How far a check has come. */
export interface CheckedSoFar {
  messages: number;
  bytes: number;
  /** Bytes in all. */
  total: number;
}

/** What a check is asked to do. */
export interface CheckRequest {
  /** Empty is the current directory. */
  readonly dataPath: string;
  /** Whether damage is set aside. */
  readonly isRepairing: boolean;
  /** Kept up to date while the check goes on. */
  readonly soFar: CheckedSoFar;
  readonly interrupted: AbortSignal;
}

/** So long at most the thread is kept from anything else. */
const SLICE_MS = 50;

/**
 * Writes what a data path holds in upstream's form to `directory`, which is new or empty. `noticed` is told what is odd.
 * Rejects with StoppedDataPathError.
 */
export function exportStopped(
  request: { dataPath: string; directory: string; maxBytesPerFile: number },
  noticed: (text: string) => void,
): Promise<LogExportSummary> {
  const { directory, maxBytesPerFile } = request;
  return whileLocked(
    request.dataPath,
    (dataPath, disk) =>
      exportLogs({ disk, dataPath, directory, maxBytesPerFile, wallMs: Date.now(), noticed }),
  );
}

/** Reads all of a data path and says what is there. Rejects with StoppedDataPathError. */
export function checkStopped(request: CheckRequest): Promise<DataPathReport> {
  return whileLocked(request.dataPath, (dataPath, disk) => check(dataPath, disk, request));
}

async function whileLocked<Result>(
  dataPath: string,
  action: (dataPath: string, disk: Disk) => Promise<Result>,
): Promise<Result> {
  try {
    const lock = lockDataPath(dataPath);
    try {
      return await action(dataPath === "" ? "." : dataPath, new RealDisk());
    } finally {
      lock.unlock();
    }
  } catch (error) {
    const text = systemErrorText(error);
    const isInUse = error instanceof DataPathError && text.includes("in use");
    const message = isInUse ? `${text}: stop the broker that runs on it first` : text;
    throw new StoppedDataPathError(message, { cause: error });
  }
}

async function check(
  dataPath: string,
  disk: Disk,
  { isRepairing, soFar, interrupted }: CheckRequest,
): Promise<DataPathReport> {
  const metadata = readSavedTopics(disk, dataPath);
  const names = listTopics(disk, dataPath);
  soFar.total = names.reduce((sum, name) => sum + segmentBytes(disk, dataPath, name), 0);
  const topics: TopicReport[] = [];
  for (const topic of names) {
    const channels = metadata.filter(({ name }) => name === topic)
      .flatMap(({ channels }) => channels.map(({ name }) => name));
    const inputs = { disk, dataPath, topic, channels, isRepairing, wallMs: Date.now() };
    topics.push(await walked(checkTopic(inputs), soFar, interrupted));
  }
  const isClean = !topics.some(hasDamage);
  return { dataPath, topics, foreignFiles: foreignFiles(disk, dataPath), isClean };
}

async function walked(
  steps: ReturnType<typeof checkTopic>,
  soFar: CheckedSoFar,
  interrupted: AbortSignal,
): Promise<TopicReport> {
  let untilMs = performance.now() + SLICE_MS;
  while (true) {
    const step = steps.next();
    if (step.done) return step.value;
    soFar.messages += step.value.messages;
    soFar.bytes += step.value.bytes;
    if (performance.now() < untilMs) continue;
    await new Promise((resolve) => setTimeout(resolve));
    if (interrupted.aborted) throw new Error("interrupted: not everything was checked");
    untilMs = performance.now() + SLICE_MS;
  }
}

function foreignFiles(disk: Disk, dataPath: string): number {
  const names = disk.list(dataPath).filter(({ isFolder }) => !isFolder).map(({ name }) => name);
  return listQueues(names).queues
    .reduce((sum, { dataFiles, metaFile }) => sum + dataFiles.length + (metaFile ? 1 : 0), 0);
}
