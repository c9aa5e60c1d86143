/**
 * The simplest log that a take-over can go to: a line of text a message, on the disk under test, so that the plug can be
 * pulled on it too. It is the model of what the real one promises.
 */
import type { Disk, DiskFile } from "../../../src/log/disk.ts";
import type { StoredMessage } from "../../../src/log/upstream/disk_queue_reader.ts";
import type { TakeOverSink } from "../../../src/log/upstream/take_over.ts";
import { text } from "./queue_data.ts";

const TOPICS = "/data/topics";

/** The log, under /data/topics. */
export class LogSink implements TakeOverSink {
  readonly #disk: Disk;
  #topic = "";
  #file: DiskFile | undefined;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  markTopic(topic: string): string {
    const file = this.#disk.open(pathOf(topic), "read");
    return file === undefined ? "" : String(file.size());
  }

  async undoTopic(topic: string, mark: string): Promise<void> {
    if (mark === "") {
      this.#disk.remove(pathOf(topic));
      await this.#disk.syncFolder(folderOf(topic));
      return;
    }
    const file = this.#disk.open(pathOf(topic), "append");
    if (file.size() > Number(mark)) file.truncate(Number(mark));
    await file.syncData();
  }

  beginTopic(topic: string, channels: readonly string[]): void {
    this.#topic = topic;
    this.#disk.makeFolder(folderOf(topic));
    this.#file = this.#disk.open(pathOf(topic), "append");
    this.#append(`channels ${channels.join(" ")}`);
  }

  topicMessage(message: StoredMessage): void {
    this.#append(`- ${contentOf(message)}`);
  }

  async channelMessage(channel: string, message: StoredMessage): Promise<void> {
    await Promise.resolve();
    this.#append(`${channel} ${contentOf(message)}`);
  }

  async commitTopic(): Promise<void> {
    await this.#file?.syncData();
    await this.#disk.syncFolder(folderOf(this.#topic));
  }

  #append(line: string): void {
    this.#file?.append(text(`${line}\n`));
  }
}

function contentOf({ attempts, body }: StoredMessage): string {
  return `${attempts} ${new TextDecoder().decode(body)}`;
}

function folderOf(topic: string): string {
  return `${TOPICS}/${topic}.topic`;
}

function pathOf(topic: string): string {
  return `${folderOf(topic)}/log`;
}

/** The lines of a topic's log, without the last one's end. */
export function linesOf(
  disk: { get(path: string): Uint8Array | undefined },
  topic: string,
): string[] {
  const content = disk.get(pathOf(topic));
  return content === undefined ? [] : new TextDecoder().decode(content).trimEnd().split("\n");
}
