// Our logs as the place to which the messages of another nsqd are taken over: one import a topic, and how to undo it.
// What nsqd.dat says of pauses counts: it is newer than whatever our log says.
// Invariant: an import writes to segments of its own, so the last segment before it is all that a mark has to say.

import { firstNumberAt } from "../queue/topics.ts";
import type { Disk } from "./disk.ts";
import type { TopicMetadata } from "./metadata.ts";
import { recoverTopic } from "./recovery.ts";
import { TopicReplay } from "./replay.ts";
import { checkpointPath, listSegments, topicFolder, topicsFolder } from "./topic_folder.ts";
import { TopicImport } from "./topic_import.ts";
import { emptyTopicState } from "./topic_state.ts";
import type { StoredMessage } from "./upstream/disk_queue_reader.ts";
import type { TakeOverSink } from "./upstream/take_over.ts";

/** What the sink is given. */
export interface LogSinkInputs {
  readonly disk: Disk;
  /** Never empty. */
  readonly dataPath: string;
  /** nsqd.dat as it was read. */
  readonly metadata: readonly TopicMetadata[];
  readonly nodeId: number;
  readonly maxBytesPerFile: number;
  /** Milliseconds since the Unix epoch. */
  readonly wallMs: () => number;
  /** What was found damaged in a log that was there; a line for the log. */
  readonly noticed: (text: string) => void;
  /** See `TopicImportInputs`. */
  readonly keptMessagesMax?: number;
}

/** The sink. */
export class LogSink implements TakeOverSink {
  readonly #inputs: LogSinkInputs;
  #topic = "";
  #import: TopicImport | undefined;
  #wasPaused = false;
  #isPaused = false;
  #hasPauses = false;

  constructor(inputs: LogSinkInputs) {
    this.#inputs = inputs;
  }

  #folder(topic: string): string {
    return topicFolder(this.#inputs.dataPath, topic);
  }

  markTopic(topic: string): string {
    const last = listSegments(this.#inputs.disk, this.#folder(topic)).at(-1);
    return last === undefined ? "" : String(last.first);
  }

  async undoTopic(topic: string, mark: string): Promise<void> {
    const { disk, dataPath } = this.#inputs;
    this.#import?.close();
    const folder = this.#folder(topic);
    if (disk.list(folder).length === 0) return;
    // With no segment before there was nothing that a checkpoint could have covered.
    if (mark === "") disk.remove(checkpointPath(folder));
    const kept = mark === "" ? -1 : Number(mark);
    for (const { first, path } of listSegments(disk, folder)) if (first > kept) disk.remove(path);
    await disk.syncFolder(folder);
    if (disk.list(folder).length > 0) return;
    disk.remove(folder);
    await disk.syncFolder(topicsFolder(dataPath));
  }

  beginTopic(topic: string, channels: readonly string[]): void {
    const { metadata: _, dataPath: _path, noticed: _noticed, ...common } = this.#inputs;
    const folder = this.#folder(topic);
    const first = firstNumberAt(common.wallMs());
    const { replay, segments } = this.#recovered(topic, first);
    this.#topic = topic;
    this.#wasPaused = this.#isPaused = replay.state.isPaused;
    this.#hasPauses = false;
    this.#import = new TopicImport({ ...common, folder, replay, segments, first });
    this.#import.createChannels(channels);
  }

  #recovered(
    topic: string,
    first: number,
  ): Pick<ReturnType<typeof recoverTopic>, "replay" | "segments"> {
    const { disk, noticed } = this.#inputs;
    const folder = this.#folder(topic);
    if (listSegments(disk, folder).length === 0) {
      return { replay: new TopicReplay(emptyTopicState(first)), segments: [] };
    }
    const known = this.#saved(topic).flatMap(({ channels }) => channels.map(({ name }) => name));
    const { findings, ...recovered } = recoverTopic({ disk, folder, topic, channels: known });
    findings.forEach(noticed);
    return recovered;
  }

  #saved(topic: string): TopicMetadata[] {
    return this.#inputs.metadata.filter(({ name }) => name === topic);
  }

  channelMessage(channel: string, message: StoredMessage): void {
    // A topic that takes in for its channels is not paused.
    if (this.#isPaused) this.#import!.setPaused(false);
    this.#isPaused = false;
    this.#import!.channelMessage(channel, imported(message));
  }

  topicMessage(message: StoredMessage): void {
    this.#setPauses();
    this.#import!.topicMessage(imported(message));
  }

  async commitTopic(): Promise<void> {
    this.#setPauses();
    await this.#import!.commit();
    this.#import = undefined;
  }

  /** Behind the channels' own messages, before those that a pause holds back. */
  #setPauses(): void {
    if (this.#hasPauses) return;
    this.#hasPauses = true;
    const saved = this.#saved(this.#topic);
    const channels = Map.groupBy(saved.flatMap(({ channels }) => channels), ({ name }) => name);
    for (const [name, entries] of channels) {
      this.#import!.setChannelPaused(name, entries.some(({ paused }) => paused));
    }
    const isPaused = saved.length === 0 ? this.#wasPaused : saved.some(({ paused }) => paused);
    this.#import!.setPaused(isPaused);
  }
}

function imported({ timestampNs, attempts, id, body }: StoredMessage) {
  const hasId = id.some((byte) => byte !== 0);
  return { timestampNs, attempts, id: hasId ? id : undefined, body };
}
