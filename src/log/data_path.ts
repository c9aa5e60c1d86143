// The data path belongs to one process: an exclusive flock on the directory itself, the same that upstream's nsqd takes,
// so that neither runs beside the other. The kernel frees it however the process ends.
// It knows nothing of what lies in the directory.

import { join } from "node:path";
import { temporaryPathOf } from "./atomic_file.ts";
import { systemErrorText } from "../base/system_error.ts";

/** The data path cannot be used; the message is the whole line to show. */
export class DataPathError extends Error {
  override readonly name = "DataPathError";
}

/** A data path that is ours until `unlock`. */
export class DataPathLock {
  #directory: Deno.FsFile | undefined;

  constructor(directory: Deno.FsFile) {
    this.#directory = directory;
  }

  /** Gives the directory free. A second call does nothing. */
  unlock(): void {
    // Closing alone leaves it locked while a process that is just being started has inherited the directory.
    this.#directory?.unlockSync();
    this.#directory?.close();
    this.#directory = undefined;
  }
}

/**
 * Takes the directory for this process; empty means the current one. It must exist and be writable.
 * Throws DataPathError, at once also when another process has it.
 */
export function lockDataPath(dataPath: string): DataPathLock {
  const path = dataPath === "" ? Deno.cwd() : dataPath;
  const directory = openDirectory(path);
  try {
    takeLock(directory, path);
    checkWritable(path);
  } catch (error) {
    directory.close();
    throw error;
  }
  return new DataPathLock(directory);
}

function openDirectory(path: string): Deno.FsFile {
  try {
    // Asked before opening: opening a named pipe would wait for its other end.
    if (Deno.statSync(path).isDirectory) return Deno.openSync(path, { read: true });
  } catch (error) {
    throw refusal(`open ${path}: ${systemErrorText(error)}`);
  }
  throw refusal(`open ${path}: not a directory`);
}

function takeLock(directory: Deno.FsFile, path: string): void {
  let reason = "resource temporarily unavailable (possibly in use by another instance of nsqd)";
  try {
    if (directory.tryLockSync(true)) return;
  } catch (error) {
    reason = systemErrorText(error);
  }
  throw refusal(`cannot flock directory ${path} - ${reason}`);
}

/** Creates and removes an empty file: only that sees rights, read-only mounts and quotas alike. */
function checkWritable(path: string): void {
  const probe = temporaryPathOf(join(path, "nsqd.dat"));
  try {
    Deno.openSync(probe, { write: true, createNew: true, mode: 0o600 }).close();
    Deno.removeSync(probe);
  } catch (error) {
    // A full disk is no reason to keep consumers from what is there.
    if (error instanceof Error && "code" in error && error.code === "ENOSPC") return;
    throw refusal(`cannot write to directory ${path} - ${systemErrorText(error)}`);
  }
}

function refusal(reason: string): DataPathError {
  return new DataPathError(`failed to lock data-path: ${reason}`);
}
