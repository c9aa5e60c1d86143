// The file of one topic: opened when it is needed, followed by the next when its name, age or size says so, moved to
// its last place when it is whole. Knows no messages.
// Invariant: what is on disk after `sync` is whole lines (whole members with gzip); what a kill leaves behind after
// them is cut off by the next start.

import { dirname, join } from "@std/path";
import type { Clock } from "../base/clock.ts";
import { joinedBytes } from "../base/joined_bytes.ts";
import { reasonOf } from "../base/system_error.ts";
import { type FileNaming, fileStem, numberedName } from "./file_name.ts";
import { wholeLinesBytes } from "./file_tail.ts";
import { gzipMember, wholeMembersBytes } from "./gzip_members.ts";
import { exists, OutputFile, syncFolder } from "./output_file.ts";
import { UnfinishedFile } from "./unfinished_file.ts";

/** How files are named and when the next one comes; 0 turns a limit off. */
export interface RotationSettings extends FileNaming {
  readonly workDir: string;
  readonly outputDir: string;
  readonly gzipLevel: number;
  readonly rotateBytes: number;
  readonly rotateIntervalMs: number;
}

interface Opened {
  readonly file: OutputFile;
  readonly stem: string;
  readonly name: string;
  readonly atMs: number;
  /** Bytes before compression. */
  contentBytes: number;
}

const LF = new Uint8Array([0x0a]);

/** One topic's file. */
export class RotatingFile {
  readonly #settings: RotationSettings;
  readonly #topic: string;
  readonly #clock: Clock;
  readonly #say: (text: string) => void;
  #note: UnfinishedFile | undefined;
  #opened: Opened | undefined;
  #pending: Uint8Array[] = [];
  #lastStem = "";
  #revision = 0;

  /** `say` is told what files are opened, finished and put right. */
  constructor(
    settings: RotationSettings,
    topic: string,
    clock: Clock,
    say: (text: string) => void,
  ) {
    this.#settings = settings;
    this.#topic = topic;
    this.#clock = clock;
    this.#say = say;
  }

  /** Whether a file is open. */
  get isOpen(): boolean {
    return this.#opened !== undefined;
  }

  /** Whether what comes next belongs into another file. */
  get isDue(): boolean {
    const opened = this.#opened;
    if (opened === undefined) return false;
    const { rotateBytes, rotateIntervalMs } = this.#settings;
    return opened.stem !== this.#stem() ||
      rotateBytes > 0 && opened.contentBytes > rotateBytes ||
      rotateIntervalMs > 0 && this.#clock.nowMs() - opened.atMs > rotateIntervalMs;
  }

  /** Puts right what a killed process left. */
  async start(): Promise<void> {
    const { workDir, host } = this.#settings;
    const name = `.nsq_to_file.${encodeURIComponent(this.#topic)}.${encodeURIComponent(host)}`;
    this.#note = await UnfinishedFile.claim(join(workDir, name), (left) => this.#repair(left));
  }

  /** Opens a file if none is. */
  async open(): Promise<void> {
    this.#opened ??= await this.#open();
  }

  /** Adds a line to the open file; it leaves with the next `flush` or `sync`. */
  add(line: Uint8Array): void {
    this.#pending.push(line, LF);
    this.#opened!.contentBytes += line.length + 1;
  }

  /** Hands what was added to the system; with gzip that waits for `sync`, since each time makes a member. */
  async flush(): Promise<void> {
    if (!this.#settings.isGzip) await this.#write();
  }

  /** Has everything that was added on disk. */
  async sync(): Promise<void> {
    if (this.#opened === undefined) return;
    await this.#write();
    await this.#opened.file.sync();
  }

  /** Finishes the file; the next one is opened by `open`. */
  async close(): Promise<void> {
    const opened = this.#opened;
    if (opened === undefined) return;
    const { isGzip, gzipLevel } = this.#settings;
    await this.#write();
    if (isGzip && opened.file.bytes === 0) {
      await opened.file.append(gzipMember(new Uint8Array(), gzipLevel));
    }
    await opened.file.sync();
    this.#opened = undefined;
    await this.#moveToOutput(opened.file.path, opened.name);
    opened.file.close();
    await this.#note?.clear();
    this.#say(`finished ${opened.name}`);
  }

  /** Finishes the file and forgets this process. */
  async end(): Promise<void> {
    await this.close();
    await this.#note?.end();
    this.#note = undefined;
  }

  /** Lets go after an error; the next start puts right what is left. */
  abandon(): void {
    this.#opened?.file.close();
    this.#opened = undefined;
    this.#note?.abandon();
    this.#note = undefined;
  }

  #stem(): string {
    return fileStem(this.#settings, this.#topic, new Date(this.#clock.wallMs()));
  }

  async #write(): Promise<void> {
    if (this.#pending.length === 0) return;
    const content = joinedBytes(this.#pending);
    const { isGzip, gzipLevel } = this.#settings;
    this.#pending = [];
    await this.#opened!.file.append(isGzip ? gzipMember(content, gzipLevel) : content);
  }

  async #open(): Promise<Opened> {
    const { workDir, isNumbered, rotateBytes } = this.#settings;
    const stem = this.#stem();
    if (stem !== this.#lastStem) this.#revision = 0;
    this.#lastStem = stem;
    for (;; this.#revision++) {
      const name = numberedName(stem, this.#revision);
      const path = join(workDir, name);
      if (await this.#isTaken(name) || this.#isFresh && await exists(path)) continue;
      await this.#note?.write(path);
      const file = await OutputFile.open(path, this.#isFresh);
      if (file === undefined) {
        if (isNumbered) continue;
        await this.#note?.clear();
        throw new Error(
          `${path} is being written by another process; tell them apart by --host-identifier ` +
            "or by <PID> in --filename-format",
        );
      }
      if (rotateBytes > 0 && file.bytes > rotateBytes) {
        file.close();
        continue;
      }
      await this.#endLastLine(file);
      this.#say(`opened ${path}`);
      return { file, stem, name, atMs: this.#clock.nowMs(), contentBytes: file.bytes };
    }
  }

  /** Whether a file that exists is none to go on with. */
  get #isFresh(): boolean {
    const { isGzip, rotateIntervalMs } = this.#settings;
    return isGzip || rotateIntervalMs > 0;
  }

  get #isMoved(): boolean {
    return this.#settings.workDir !== this.#settings.outputDir;
  }

  async #isTaken(name: string): Promise<boolean> {
    return this.#isMoved && await exists(join(this.#settings.outputDir, name));
  }

  /** A half line that is not ours to cut off, because no note speaks of it, at least gets an end. */
  async #endLastLine(file: OutputFile): Promise<void> {
    if (file.bytes === 0) return;
    const [last] = await file.read(file.bytes - 1, 1);
    if (last !== LF[0]) await file.append(LF);
  }

  /** Links it under a name that is free, the next revision if need be, then removes the old name. */
  async #moveToOutput(path: string, name: string): Promise<void> {
    const { workDir, outputDir } = this.#settings;
    if (!this.#isMoved) return;
    for (let revision = this.#revision, wanted = name;; wanted = raised(name, ++revision)) {
      const target = join(outputDir, wanted);
      const folder = dirname(target);
      await Deno.mkdir(folder, { recursive: true, mode: 0o770 });
      try {
        await Deno.link(path, target);
      } catch (error) {
        if (error instanceof Deno.errors.AlreadyExists) continue;
        throw moveError(error, workDir, outputDir);
      }
      await syncFolder(folder);
      await Deno.remove(path);
      return;
    }
  }

  async #repair(path: string): Promise<void> {
    const { workDir } = this.#settings;
    if (!(await exists(path))) return;
    const file = await OutputFile.open(path, false);
    if (file === undefined) return;
    const { bytes } = file;
    const whole = path.endsWith(".gz")
      ? await wholeMembersBytes(file, bytes)
      : await wholeLinesBytes(file, bytes);
    if (whole < bytes) {
      await file.truncate(whole);
      this.#say(`cut ${bytes - whole} bytes of an unfinished line from ${path}`);
    }
    await file.sync();
    const name = path.slice(join(workDir, "/").length);
    const mayGoOn = !this.#isMoved && !this.#isFresh;
    if (whole === 0 && !mayGoOn) await Deno.remove(path);
    else if (path === join(workDir, name)) await this.#moveToOutput(path, name);
    file.close();
  }
}

/** The name with another revision in place of its last one. */
function raised(name: string, revision: number): string {
  const digits = `-${String(revision).padStart(6, "0")}`;
  const at = name.search(/-\d{6,}(?!.*-\d{6,})/s);
  return at < 0 ? `${name}${digits}` : name.slice(0, at) + name.slice(at).replace(/-\d+/, digits);
}

function moveError(error: unknown, from: string, to: string): Error {
  const reason = reasonOf(error);
  const text = `moving a finished file from ${from} to ${to}: ${reason} ` +
    "(both must be on one disk)";
  return new Error(text, { cause: error });
}
