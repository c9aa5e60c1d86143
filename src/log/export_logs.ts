// The way back: the unfinished messages of our logs, written in upstream's form into a directory of its own. The data path
// must be locked; the logs stay as they are, but for what recovery repairs.
// Invariant: what cannot be written as it is, is counted: lost delays, messages that could not be read.

import type { Disk } from "./disk.ts";
import type { TopicView } from "./metadata.ts";
import { MessageWalk, type WalkHooks } from "./message_walk.ts";
import { recoverTopic } from "./recovery.ts";
import { readSavedTopics } from "./saved_topics.ts";
import { listTopics, topicFolder, topicsFolder } from "./topic_folder.ts";
import type { TopicState } from "./topic_state.ts";
import { listQueues } from "./upstream/disk_queue_names.ts";
import {
  exportDataPath,
  type ExportedQueue,
  ExportError,
  type ExportSummary,
} from "./upstream/export.ts";

/** What to export, and where. */
export interface LogExportRequest {
  readonly disk: Disk;
  /** Never empty. */
  readonly dataPath: string;
  readonly directory: string;
  readonly maxBytesPerFile: number;
  readonly wallMs: number;
  /** Something odd; a line for people. */
  readonly noticed: (text: string) => void;
}

/** What was exported. */
export interface LogExportSummary extends ExportSummary {
  topics: number;
  /** Messages that waited for a time and will be delivered at once. */
  deferred: number;
  /** Messages that could not be read. */
  lost: number;
}

/** Exports all logs of a data path. Rejects with ExportError, FileError, or Error for a damaged nsqd.dat. */
export async function exportLogs(request: LogExportRequest): Promise<LogExportSummary> {
  const { disk, directory, maxBytesPerFile } = request;
  refuseOldFiles(request);
  const counts = { deferred: 0, lost: 0 };
  const topics = savedTopics(request);
  const summary = await exportDataPath({
    disk,
    directory,
    maxBytesPerFile,
    metadata: {
      // Read when all logs were.
      get topics() {
        return topics.values();
      },
    },
    queues: queuesOf(request, topics, counts),
  });
  return { ...summary, ...counts, topics: topics.size };
}

/** What was not taken over yet is in nobody's log. */
function refuseOldFiles({ disk, dataPath }: LogExportRequest): void {
  const names = disk.list(dataPath).filter(({ isFolder }) => !isFolder).map(({ name }) => name);
  const isUnderWay = disk.list(topicsFolder(dataPath)).some(({ name }) => name === "taking-over");
  if (!isUnderWay && listQueues(names).queues.length === 0) return;
  throw new ExportError(
    `${dataPath} still holds files of another nsqd: start nsqd on it once, so that it takes them over`,
  );
}

interface MergedTopic {
  name: string;
  paused: boolean;
  channels: { name: string; paused: boolean }[];
}

/** nsqd.dat's topics and channels. */
function savedTopics({ disk, dataPath }: LogExportRequest): Map<string, TopicView> {
  const topics = readSavedTopics(disk, dataPath);
  const merged = new Map<string, MergedTopic>();
  for (const { name, paused, channels } of topics) {
    const known = merged.get(name) ?? { name, paused: false, channels: [] };
    known.paused ||= paused;
    for (const channel of channels) {
      const before = known.channels.find((one) => one.name === channel.name);
      if (before === undefined) known.channels.push({ ...channel });
      else before.paused ||= channel.paused;
    }
    merged.set(name, known);
  }
  return new Map<string, TopicView>(merged);
}

/** What the log says counts; nsqd.dat adds what has none. */
function withLog(
  name: string,
  saved: TopicView | undefined,
  { isPaused: paused, channels }: TopicState,
): TopicView {
  const logged = [...channels].map(([name, { isPaused }]) => ({ name, paused: isPaused }));
  const others = [...saved?.channels ?? []].filter(({ name }) => !channels.has(name));
  return { name, paused, channels: [...logged, ...others] };
}

/** The queues of all logs; `topics` learns what the logs say of each. */
function* queuesOf(
  { disk, dataPath, wallMs, noticed }: LogExportRequest,
  topics: Map<string, TopicView>,
  counts: { deferred: number; lost: number },
): Iterable<ExportedQueue> {
  const hooks: WalkHooks = {
    deferred: (dueWallMs) => {
      if (dueWallMs > wallMs) counts.deferred++;
    },
    lost: () => void counts.lost++,
  };
  for (const topic of listTopics(disk, dataPath)) {
    const saved = topics.get(topic);
    const channels = [...saved?.channels ?? []].map(({ name }) => name);
    const folder = topicFolder(dataPath, topic);
    const { replay, segments, findings } = recoverTopic({ disk, folder, topic, channels });
    findings.forEach(noticed);
    const { state } = replay;
    topics.set(topic, withLog(topic, saved, state));
    const walk = new MessageWalk(disk, segments, state, hooks);
    for (const [channel, channelState] of state.channels) {
      yield { topic, channel, messages: walk.channel(channelState) };
    }
    yield { topic, messages: walk.undistributed() };
  }
}
