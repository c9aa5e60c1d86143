// A disk in memory that does what it is told and never fails. It remembers the longest read.

import { joinedBytes } from "../../src/base/joined_bytes.ts";
import type { Disk, DiskFile, FolderEntry, OpenMode } from "../../src/log/disk.ts";

/** Files by path. Folders are what the paths say. */
export class MemoryDisk implements Disk {
  readonly files = new Map<string, Uint8Array>();
  /** Bytes of the longest single read so far. */
  readBytesMax = 0;
  /** Files open now. */
  openCount = 0;

  open(path: string, mode: "read"): DiskFile | undefined;
  open(path: string, mode: "append"): DiskFile;
  open(path: string, mode: OpenMode): DiskFile | undefined {
    if (!this.files.has(path)) {
      if (mode === "read") return undefined;
      this.files.set(path, new Uint8Array(0));
    }
    this.openCount++;
    return this.#file(path);
  }

  #file(path: string): DiskFile {
    const content = () => this.files.get(path)!;
    const readSync = (into: Uint8Array, position: number) => {
      this.readBytesMax = Math.max(this.readBytesMax, into.length);
      const found = content().subarray(position, position + into.length);
      into.set(found);
      return found.length;
    };
    let isOpen = true;
    return {
      path,
      size: () => content().length,
      append: (bytes) => void this.files.set(path, joinedBytes([content(), bytes])),
      readSync,
      read: (into, position) => Promise.resolve(readSync(into, position)),
      syncData: () => Promise.resolve(),
      truncate: (size) => void this.files.set(path, content().slice(0, size)),
      close: () => {
        if (isOpen) this.openCount--;
        isOpen = false;
      },
    };
  }

  list(path: string): FolderEntry[] {
    const folders = new Map<string, boolean>();
    for (const file of this.files.keys()) {
      if (!file.startsWith(`${path}/`)) continue;
      const [name, ...rest] = file.slice(path.length + 1).split("/");
      folders.set(name!, rest.length > 0);
    }
    return [...folders].map(([name, isFolder]) => ({ name, isFolder }));
  }

  makeFolder(): void {}

  remove(path: string): void {
    for (const file of this.files.keys()) {
      if (file === path || file.startsWith(`${path}/`)) this.files.delete(file);
    }
  }

  // deno-lint-ignore require-await
  async discard(path: string): Promise<void> {
    this.remove(path);
  }

  rename(from: string, to: string): void {
    for (const [path, file] of [...this.files]) {
      if (path !== from && !path.startsWith(`${from}/`)) continue;
      this.files.delete(path);
      this.files.set(to + path.slice(from.length), file);
    }
  }

  replace(path: string, content: Uint8Array): Promise<void> {
    this.files.set(path, content.slice());
    return Promise.resolve();
  }

  syncFolder(): Promise<void> {
    return Promise.resolve();
  }

  freeBytes(): number {
    return Infinity;
  }
}
