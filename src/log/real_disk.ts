// The disk of the machine, through Deno. It retries nothing and remembers nothing; it only words failures.

import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { replaceFile, syncDirectory } from "./atomic_file.ts";
import { type Disk, type DiskFile, type FolderEntry, type OpenMode } from "./disk.ts";
import { removedPath } from "./removed_name.ts";
import { attempt, FileError } from "../base/system_error.ts";

const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** The machine's disk. */
export class RealDisk implements Disk {
  open(path: string, mode: "read"): DiskFile | undefined;
  open(path: string, mode: "append"): DiskFile;
  open(path: string, mode: OpenMode): DiskFile | undefined {
    const options: Deno.OpenOptions = mode === "read"
      ? { read: true }
      : { read: true, append: true, create: true, mode: FILE_MODE };
    return perform(`open ${path}`, () => {
      const file = ifThere(() => Deno.openSync(path, options), mode === "read");
      return file && new RealFile(path, file);
    });
  }

  list(path: string): FolderEntry[] {
    return perform(`list ${path}`, () => {
      const entries = ifThere(() => [...Deno.readDirSync(path)], true) ?? [];
      return entries.map(({ name, isDirectory }) => ({ name, isFolder: isDirectory }));
    });
  }

  makeFolder(path: string): void {
    perform(`create ${path}`, () => {
      // At most two levels: a data path that was taken away must not come back empty and without its lock.
      if (isMade(path)) return;
      isMade(dirname(path));
      Deno.mkdirSync(path, { mode: FOLDER_MODE });
    });
  }

  remove(path: string): void {
    perform(`remove ${path}`, () => {
      ifThere(() => Deno.removeSync(path, { recursive: true }), true);
    });
  }

  async discard(path: string): Promise<void> {
    const removed = removedPath(path);
    try {
      Deno.renameSync(path, removed);
    } catch {
      // A full disk may have no room for another name.
      return this.remove(path);
    }
    // Freeing 100 MB holds up everything else for milliseconds: 8 % of a consumer's time went there.
    await attempt(`remove ${removed}`, () => Deno.remove(removed, { recursive: true }));
  }

  rename(from: string, to: string): void {
    perform(`rename ${from} ${to}`, () => Deno.renameSync(from, to));
  }

  replace(path: string, content: Uint8Array): Promise<void> {
    return replaceFile(path, content);
  }

  syncFolder(path: string): Promise<void> {
    return syncDirectory(path);
  }

  freeBytes(path: string): number {
    return perform(`statfs ${path}`, () => {
      const { bavail, bsize } = statfsSync(path);
      return bavail * bsize;
    });
  }
}

class RealFile implements DiskFile {
  readonly path: string;
  readonly #file: Deno.FsFile;
  #isClosed = false;

  constructor(path: string, file: Deno.FsFile) {
    this.path = path;
    this.#file = file;
  }

  size(): number {
    // Not by statSync: for that Deno wants leave to read where the path leads to, and the data path may be a link.
    return perform(`seek ${this.path}`, () => this.#file.seekSync(0, Deno.SeekMode.End));
  }

  append(bytes: Uint8Array): void {
    perform(`write ${this.path}`, () => {
      for (let at = 0; at < bytes.length;) {
        at += this.#file.writeSync(at === 0 ? bytes : bytes.subarray(at));
      }
    });
  }

  readSync(into: Uint8Array, position: number): number {
    return perform(`read ${this.path}`, () => {
      this.#file.seekSync(position, Deno.SeekMode.Start);
      for (let at = 0; at < into.length;) {
        const count = this.#file.readSync(into.subarray(at));
        if (count === null) return at;
        at += count;
      }
      return into.length;
    });
  }

  read(into: Uint8Array, position: number): Promise<number> {
    // Deno's asynchronous reads allocate in threads of their own, and what those free does not come back: a minute of
    // load left 400 MB resident instead of 240. A block is small enough to be read at once (0.1 ms from the cache).
    return Promise.resolve().then(() => this.readSync(into, position));
  }

  syncData(): Promise<void> {
    return attempt(`sync ${this.path}`, () => this.#file.syncData());
  }

  truncate(size: number): void {
    perform(`truncate ${this.path}`, () => this.#file.truncateSync(size));
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#file.close();
  }
}

function perform<Result>(operation: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    throw new FileError(operation, error);
  }
}

function ifThere<Result>(action: () => Result, mayBeMissing: boolean): Result | undefined {
  try {
    return action();
  } catch (error) {
    if (mayBeMissing && error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Makes a folder unless it is there; false when the one above it is not. */
function isMade(path: string): boolean {
  try {
    Deno.mkdirSync(path, { mode: FOLDER_MODE });
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return true;
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
  return true;
}
