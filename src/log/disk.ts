// What the log asks of a disk. The real one is `real_disk.ts`; tests put one in its place that tears, fails and fills up.
// Appending and looking are synchronous (they cost microseconds), waiting for the platter is not.
// Every operation that fails throws or rejects with `FileError`; a file or folder that is not there is no failure where
// the comment says so.

/** An open file. Positions and sizes are bytes. */
export interface DiskFile {
  /** Where it lies. */
  readonly path: string;

  /** How long it is now. */
  size(): number;

  /**
   * Writes all of `bytes` at the end. When it throws, some of them may have been written: `truncate` takes them back.
   * The bytes stay the caller's.
   */
  append(bytes: Uint8Array): void;

  /** Fills `into` from `position` on and says how many bytes there were: fewer only at the end of the file. */
  readSync(into: Uint8Array, position: number): number;

  /** The same for who can wait. Reads may overlap one another and everything else. */
  read(into: Uint8Array, position: number): Promise<number>;

  /** Resolves when everything appended before the call survives a power cut. */
  syncData(): Promise<void>;

  /** Cuts the file to `size` bytes. */
  truncate(size: number): void;

  /** Closes it. A second call does nothing; a read under way ends with an error or with what it read. */
  close(): void;
}

/** How a file is opened: `read` needs it to be there, `append` creates it where there is none and can read too. */
export type OpenMode = "read" | "append";

/** A name in a folder. */
export interface FolderEntry {
  readonly name: string;
  readonly isFolder: boolean;
}

/** A disk. Paths are the caller's; nothing is searched for. */
export interface Disk {
  /** Opens a file; undefined when it is to be read and is not there. */
  open(path: string, mode: "read"): DiskFile | undefined;
  open(path: string, mode: "append"): DiskFile;

  /** What a folder holds, in no order; nothing when it is not there. */
  list(path: string): FolderEntry[];

  /** Creates a folder, and the one above it where that is missing; nothing happens when it is there. */
  makeFolder(path: string): void;

  /** Removes a file or a folder with all it holds; nothing happens when it is not there. */
  remove(path: string): void;

  /**
   * Removes a file or a folder with all it holds. Its name is free when this returns; it resolves when its space is free
   * too, for 100 MB some milliseconds later. A crash in between leaves it under a name of `removedPath`.
   */
  discard(path: string): Promise<void>;

  /** Gives a file or folder another name, replacing a file of that name. */
  rename(from: string, to: string): void;

  /**
   * Puts `content` in the place of a small file, created where there is none. A reader, also one after a power cut, finds
   * the old content or the new; when it resolves, the new.
   */
  replace(path: string, content: Uint8Array): Promise<void>;

  /** Resolves when the names in the folder survive a power cut. */
  syncFolder(path: string): Promise<void>;

  /** Bytes that may still be written to the disk which holds `path`. */
  freeBytes(path: string): number;
}

/** The operating system's code of a failed operation (`ENOSPC`), wherever in the chain of causes; else undefined. */
export function errorCodeOf(error: unknown): string | undefined {
  for (let depth = 0; depth < 4 && error instanceof Error; depth++) {
    if ("code" in error && typeof error.code === "string") return error.code;
    error = error.cause;
  }
  return undefined;
}

/** Whether an operation failed because the disk or the owner's share of it is full. */
export function isDiskFull(error: unknown): boolean {
  const code = errorCodeOf(error);
  return code === "ENOSPC" || code === "EDQUOT";
}
