// How far a take-over has come, in one file that is replaced atomically: <data-path>/topics/taking-over.
//
//   none     -> nothing was begun, or all is done
//   writing  -> our log is being written: what is behind the marks is to be undone, the old files are untouched
//   written  -> our log is complete and on disk: the old files, some perhaps already gone, are to be set aside
//
// Invariant: the step from `writing` to `written` is one rename. Before it the old files count, after it our log does.

import { join } from "node:path";
import type { Disk } from "../disk.ts";
import { topicsFolder } from "../topic_folder.ts";
import { readSmallFile, replaceSmallFile } from "./small_file.ts";

const STATE_BYTES_MAX = 1024 ** 3;
const VERSION = 1;

/** How to undo what was written for a topic. */
export interface TopicMark {
  readonly topic: string;
  /** What the sink said where the topic's log ended; its own affair. */
  readonly mark: string;
}

/** What the file says. */
export interface TakeOverState {
  readonly state: "writing" | "written";
  readonly topics: readonly TopicMark[];
  /** Names of the old files. */
  readonly files: readonly string[];
}

/** The take-over cannot begin or go on; the message is the whole line to show. */
export class TakeOverError extends Error {
  override readonly name = "TakeOverError";
}

/** The file in a data path. */
export class TakeOverStateFile {
  readonly #disk: Disk;
  readonly #dataPath: string;
  readonly #directory: string;
  readonly #path: string;

  constructor(disk: Disk, dataPath: string) {
    this.#disk = disk;
    this.#dataPath = dataPath;
    this.#directory = topicsFolder(dataPath);
    this.#path = join(this.#directory, "taking-over");
  }

  /** What it says; undefined when there is none. Throws TakeOverError when it is damaged, FileError when reading fails. */
  read(): TakeOverState | undefined {
    const content = readSmallFile(this.#disk, this.#path, STATE_BYTES_MAX);
    if (content === undefined) return undefined;
    const state = parseState(new TextDecoder().decode(content));
    if (state !== undefined) return state;
    throw new TakeOverError(
      `${this.#path} is damaged, so it cannot be told how far taking over the files of another nsqd had come: ` +
        `if *.diskqueue.*.dat files are still in the data path, remove the topics of those names from ${this.#directory} ` +
        `(they are written anew from these files); then remove ${this.#path} and start again`,
    );
  }

  /** Replaces what it says; on disk when it resolves. */
  async write(state: TakeOverState): Promise<void> {
    this.#disk.makeFolder(this.#directory);
    await this.#disk.syncFolder(this.#dataPath);
    const content = JSON.stringify({ version: VERSION, ...state });
    await replaceSmallFile(this.#disk, this.#path, new TextEncoder().encode(content));
  }

  /** Removes it; gone from the disk when it resolves. */
  async remove(): Promise<void> {
    this.#disk.remove(this.#path);
    await this.#disk.syncFolder(this.#directory);
  }
}

function parseState(text: string): TakeOverState | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isState(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isState(value: unknown): value is TakeOverState {
  if (typeof value !== "object" || value === null) return false;
  if (!("version" in value && value.version === VERSION)) return false;
  if (!("state" in value && (value.state === "writing" || value.state === "written"))) return false;
  if (!("files" in value && Array.isArray(value.files) && value.files.every(isString))) {
    return false;
  }
  return "topics" in value && Array.isArray(value.topics) && value.topics.every(isMark);
}

function isMark(value: unknown): value is TopicMark {
  return typeof value === "object" && value !== null && "topic" in value && "mark" in value &&
    isString(value.topic) && isString(value.mark);
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}
