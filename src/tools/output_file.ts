// A file that one process writes: locked, appended to, cut back to a length.
// Knows neither names nor lines. Invariant: no two processes have the same file open here.

import { dirname } from "@std/path";
import type { ByteSource } from "./file_tail.ts";
import { writeAll } from "./process_streams.ts";

const FOLDER_MODE = 0o770;

/** An open file. */
export class OutputFile implements ByteSource {
  /** Where it is. */
  readonly path: string;
  readonly #file: Deno.FsFile;
  #bytes: number;

  private constructor(path: string, file: Deno.FsFile, bytes: number) {
    this.path = path;
    this.#file = file;
    this.#bytes = bytes;
  }

  /**
   * Opens a file and makes the folders above it. Undefined when `isNew` and there is one already, or when another
   * process has it open.
   */
  static async open(path: string, isNew: boolean): Promise<OutputFile | undefined> {
    const folder = dirname(path);
    await Deno.mkdir(folder, { recursive: true, mode: FOLDER_MODE });
    let file: Deno.FsFile;
    try {
      file = await Deno.open(path, { read: true, write: true, create: true, createNew: isNew });
    } catch (error) {
      if (isNew && error instanceof Deno.errors.AlreadyExists) return undefined;
      throw error;
    }
    try {
      if (!(await isOurs(file, path))) {
        file.close();
        return undefined;
      }
      const bytes = await file.seek(0, Deno.SeekMode.End);
      await syncFolder(folder);
      return new OutputFile(path, file, bytes);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** How long it is. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds bytes; when that fails, takes back the part that was written. */
  async append(bytes: Uint8Array): Promise<void> {
    try {
      await writeAll(this.#file, bytes);
      this.#bytes += bytes.length;
    } catch (error) {
      await this.truncate(this.#bytes).catch(() => {});
      throw error;
    }
  }

  /** Has everything on disk when it resolves. */
  async sync(): Promise<void> {
    await this.#file.sync();
  }

  /** Cuts it to a length. */
  async truncate(bytes: number): Promise<void> {
    await this.#file.truncate(bytes);
    this.#bytes = await this.#file.seek(0, Deno.SeekMode.End);
  }

  /** Reads from anywhere; what is appended still goes to the end. */
  async read(at: number, size: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(Math.max(0, Math.min(size, this.#bytes - at)));
    await this.#file.seek(at, Deno.SeekMode.Start);
    let filled = 0;
    while (filled < bytes.length) {
      const count = await this.#file.read(bytes.subarray(filled));
      if (count === null) break;
      filled += count;
    }
    await this.#file.seek(0, Deno.SeekMode.End);
    return bytes.subarray(0, filled);
  }

  /** Closes it, and with it the lock. */
  close(): void {
    this.#file.close();
  }
}

/** False when somebody else has it, or has removed or moved it since it was opened. */
async function isOurs(file: Deno.FsFile, path: string): Promise<boolean> {
  if (!(await hasLocked(file))) return false;
  try {
    const [opened, named] = await Promise.all([file.stat(), Deno.stat(path)]);
    return opened.ino === named.ino;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Where files cannot be locked, as on some network disks, nobody is kept out. */
async function hasLocked(file: Deno.FsFile): Promise<boolean> {
  try {
    return await file.tryLock(true);
  } catch {
    return true;
  }
}

/** Has the names in a folder on disk, where folders can be opened. */
export async function syncFolder(folder: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  using handle = await Deno.open(folder);
  await handle.sync().catch(() => {});
}

/** Whether there is anything at a path, be it a link to nowhere. */
export async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
