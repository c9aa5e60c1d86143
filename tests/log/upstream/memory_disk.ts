/**
 * A disk in memory whose plug can be pulled: after a given number of operations every further one fails, and what was not
 * synced by then may be there, in part or not at all. Names and contents are lost independently of each other.
 */
import type { Disk, DiskFile, FolderEntry, OpenMode } from "../../../src/log/disk.ts";
import type { Random } from "../../base/random.ts";

/** What every operation throws once the plug is pulled. */
export class PlugPulled extends Error {
  override readonly name = "PlugPulled";
}

interface Content {
  bytes: Uint8Array;
  /** How much of it is on the platter. */
  syncedBytes: number;
}

/** A change of names that may still be lost. */
interface NameChange {
  readonly folders: readonly string[];
  apply(names: Map<string, Content>): void;
}

/** The disk. Folders are never lost. */
export class MemoryDisk implements Disk {
  readonly #names = new Map<string, Content>();
  readonly #folders = new Set<string>();
  #synced = new Map<string, Content>();
  #changes: NameChange[] = [];
  #operationsLeft = Infinity;
  /** Operations that changed or synced something. */
  operations = 0;

  /** Puts a file there, synced, its folder too. */
  put(path: string, content: Uint8Array): void {
    const node = { bytes: content.slice(), syncedBytes: content.length };
    this.#names.set(path, node);
    this.#synced.set(path, node);
    this.#folders.add(folderOf(path));
  }

  /** The content of a file, if there is one. */
  get(path: string): Uint8Array | undefined {
    return this.#names.get(path)?.bytes;
  }

  /** The paths of all files, sorted. */
  paths(): string[] {
    return [...this.#names.keys()].sort();
  }

  /** The plug is pulled after this many more changing operations. */
  pullPlugAfter(operations: number): void {
    this.#operationsLeft = operations;
  }

  /** The same disk after a kill of the process: everything that was done is there. */
  afterKill(): MemoryDisk {
    return this.#copy(this.#names);
  }

  /** The same disk after a power cut: of what was not synced, chance decides. */
  afterPowerCut(random: Random): MemoryDisk {
    const names = new Map(this.#synced);
    for (const change of this.#changes) if (random.chance(50)) change.apply(names);
    const disk = this.#copy(names);
    for (const [path, { bytes, syncedBytes }] of names) {
      const kept = syncedBytes + random.below(Math.max(1, bytes.length - syncedBytes + 1));
      disk.put(path, bytes.subarray(0, Math.min(kept, bytes.length)));
    }
    return disk;
  }

  #copy(names: Map<string, Content>): MemoryDisk {
    const disk = new MemoryDisk();
    for (const folder of this.#folders) disk.#folders.add(folder);
    for (const [path, { bytes }] of names) disk.put(path, bytes);
    return disk;
  }

  #count(): void {
    if (this.#operationsLeft <= 0) throw new PlugPulled("the plug is pulled");
    this.#operationsLeft--;
    this.operations++;
  }

  #change(folders: readonly string[], apply: (names: Map<string, Content>) => void): void {
    this.#count();
    apply(this.#names);
    this.#changes.push({ folders, apply });
  }

  open(path: string, mode: "read"): DiskFile | undefined;
  open(path: string, mode: "append"): DiskFile;
  open(path: string, mode: OpenMode): DiskFile | undefined {
    let content = this.#names.get(path);
    if (content === undefined && mode === "append") {
      const created = { bytes: new Uint8Array(0), syncedBytes: 0 };
      this.#change([folderOf(path)], (names) => names.set(path, created));
      content = created;
    }
    return content && new MemoryFile(path, content, () => this.#count());
  }

  list(path: string): FolderEntry[] {
    const files = [...this.#names.keys()].filter((name) => folderOf(name) === path);
    const folders = [...this.#folders].filter((name) => folderOf(name) === path);
    const entryOf = (isFolder: boolean) => (name: string) => ({
      name: name.slice(path.length + 1),
      isFolder,
    });
    return [...files.map(entryOf(false)), ...folders.map(entryOf(true))];
  }

  makeFolder(path: string): void {
    if (!this.#folders.has(path)) this.#count();
    for (let folder = path; folder !== ""; folder = folderOf(folder)) this.#folders.add(folder);
  }

  remove(path: string): void {
    const inside = [...this.#names.keys()].filter((name) =>
      name === path || name.startsWith(`${path}/`)
    );
    for (const name of inside) this.#change([folderOf(name)], (names) => names.delete(name));
    this.#folders.delete(path);
  }

  async replace(path: string, content: Uint8Array): Promise<void> {
    const temporary = `${path}.tmp`;
    this.remove(temporary);
    const file = this.open(temporary, "append");
    file.append(content);
    await file.syncData();
    this.rename(temporary, path);
    await this.syncFolder(folderOf(path));
  }

  // deno-lint-ignore require-await
  async discard(path: string): Promise<void> {
    this.remove(path);
  }

  rename(from: string, to: string): void {
    if (!this.#names.has(from)) throw new Error(`rename ${from} ${to}: no such file or directory`);
    this.#change([folderOf(from), folderOf(to)], (names) => {
      const content = names.get(from);
      if (content === undefined) return;
      names.delete(from);
      names.set(to, content);
    });
  }

  syncFolder(path: string): Promise<void> {
    this.#count();
    const isHere = ({ folders }: NameChange) => folders.includes(path);
    for (const change of this.#changes.filter(isHere)) change.apply(this.#synced);
    this.#changes = this.#changes.filter((change) => !isHere(change));
    return Promise.resolve();
  }

  freeBytes(): number {
    return Infinity;
  }
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

class MemoryFile implements DiskFile {
  readonly path: string;
  readonly #content: Content;
  readonly #count: () => void;

  constructor(path: string, content: Content, count: () => void) {
    this.path = path;
    this.#content = content;
    this.#count = count;
  }

  size(): number {
    return this.#content.bytes.length;
  }

  append(bytes: Uint8Array): void {
    this.#count();
    const grown = new Uint8Array(this.size() + bytes.length);
    grown.set(this.#content.bytes);
    grown.set(bytes, this.size());
    this.#content.bytes = grown;
  }

  readSync(into: Uint8Array, position: number): number {
    const found = this.#content.bytes.subarray(position, position + into.length);
    into.set(found);
    return found.length;
  }

  read(into: Uint8Array, position: number): Promise<number> {
    return Promise.resolve(this.readSync(into, position));
  }

  syncData(): Promise<void> {
    this.#count();
    this.#content.syncedBytes = this.size();
    return Promise.resolve();
  }

  truncate(size: number): void {
    this.#count();
    this.#content.bytes = this.#content.bytes.slice(0, size);
    this.#content.syncedBytes = Math.min(this.#content.syncedBytes, size);
  }

  close(): void {}
}
