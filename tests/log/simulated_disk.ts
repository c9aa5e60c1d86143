// A disk that does to a log what disks do: it forgets what was not synced when the power goes, tears it at any byte,
// refuses, writes half, fills up and fails to sync. Everything follows from a seed.
//
//   process ──► SimulatedDisk.boot() ──► content as the process sees it   (survives a kill)
//                                    └─► content on the platter           (survives a power cut)
//
// Asynchronous operations wait until `finishOne` or `finishAll` is called. Paths are POSIX; folders must be made.

import { dirname } from "node:path";
import { joinedBytes } from "../../src/base/joined_bytes.ts";
import { type Disk, type DiskFile, type FolderEntry, type OpenMode } from "../../src/log/disk.ts";
import { removedPath } from "../../src/log/removed_name.ts";
import { FileError } from "../../src/base/system_error.ts";
import type { Random } from "../base/random.ts";

/** How often operations fail, percent. */
export interface FaultRates {
  write: number;
  read: number;
  sync: number;
  name: number;
}

/** The folder that is there from the beginning. */
export const DATA_PATH = "/data";

const NO_FAULTS: FaultRates = { write: 0, read: 0, sync: 0, name: 0 };

type Bytes = Uint8Array<ArrayBuffer>;

/** A file, whatever it is called. */
interface Node {
  /** What a process reads. */
  data: Bytes;
  /** What would be written to the platter, where a failed sync made that differ; and what is there. */
  dirty: Bytes;
  durable: Bytes;
  /** Who made it, and whose sync it was that failed. */
  madeBy: Disk;
  lostBy?: Disk;
}

/** A change of names that was not synced. */
interface NameChange {
  folder: string;
  apply(names: Map<string, Node>, folders: Set<string>): void;
}

/** The disk; it outlives the processes that use it. */
export class SimulatedDisk {
  faults: FaultRates = NO_FAULTS;
  /** Bytes of all files together that fit on it. */
  capacity = Infinity;
  /** Whether what a failed sync loses may be gone at once, not only after a power cut; and whether that happened. */
  seesLoss = true;
  isForgetful = false;
  /** Whether a sync succeeded without what an earlier process' sync had lost: nobody can know then what a power cut takes. */
  hasLied = false;
  /** Whether something of an earlier process was gone at once: the one that runs has nothing to write it again from. */
  hasLost = false;
  /** Operations that failed so far. */
  faultCount = 0;
  names = new Map<string, Node>();
  folders = new Set<string>(["/", DATA_PATH]);
  readonly random: Random;
  #durableNames = new Map<string, Node>();
  #durableFolders = new Set<string>(["/", DATA_PATH]);
  #changes: NameChange[] = [];
  #waiting: (() => void)[] = [];
  #process: DiskProcess | undefined;

  constructor(random: Random) {
    this.random = random;
  }

  /** The disk for a new process. */
  boot(): Disk {
    this.#process = new DiskProcess(this);
    return this.#process;
  }

  /** The process is gone; what it wrote stays. */
  kill(): void {
    if (this.#process !== undefined) this.#process.isDead = true;
    this.#waiting = [];
  }

  /** The process is gone, and of what was not synced so much as chance leaves. */
  cutPower(): void {
    this.kill();
    const kept = this.random.below(this.#changes.length + 1);
    for (const change of this.#changes.slice(0, kept)) {
      change.apply(this.#durableNames, this.#durableFolders);
    }
    this.#changes = [];
    this.#dropUnreachable();
    this.names = new Map(this.#durableNames);
    this.folders = new Set(this.#durableFolders);
    for (const node of new Set(this.names.values())) {
      node.data = node.dirty = node.durable = this.#remains(node);
    }
  }

  /** What is in a folder whose own name did not reach the platter is gone with it. */
  #dropUnreachable(): void {
    const folders = this.#durableFolders;
    // Outer folders come first: they are made first.
    for (const path of folders) if (!folders.has(dirname(path))) folders.delete(path);
    for (const path of this.#durableNames.keys()) {
      if (!folders.has(dirname(path))) this.#durableNames.delete(path);
    }
  }

  #remains({ dirty, durable }: Node): Bytes {
    let common = 0;
    while (common < durable.length && durable[common] === dirty[common]) common++;
    if (common < durable.length && this.random.chance(50)) return durable;
    const length = common + this.random.below(dirty.length - common + 1);
    const remains = dirty.slice(0, length);
    // The length may have reached the platter before the content.
    if (this.random.chance(20)) remains.fill(0, common + this.random.below(length - common + 1));
    return remains;
  }

  /** Whether everything would survive a power cut. */
  get isSynced(): boolean {
    if (this.#changes.length > 0) return false;
    return [...this.names.values()].every(({ data, durable }) => isSame(data, durable));
  }

  /** Bytes used. */
  get used(): number {
    return [...this.names.values()].reduce((sum, { data }) => sum + data.length, 0);
  }

  /** Whether an asynchronous operation waits. */
  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Ends one asynchronous operation, any. */
  finishOne(): void {
    const index = this.random.below(Math.max(1, this.#waiting.length));
    this.#waiting.splice(index, 1)[0]?.();
  }

  /** An asynchronous operation: `action` happens when it ends. */
  later<Result>(process: DiskProcess, action: () => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (process.isDead) return;
      this.#waiting.push(() => {
        try {
          resolve(action());
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  /** Throws where chance has it that the operation fails. */
  risk(rate: keyof FaultRates, operation: string, code = "EIO"): void {
    if (this.faults[rate] > 0 && this.random.below(1000) < this.faults[rate] * 10) {
      this.fail(operation, code);
    }
  }

  fail(operation: string, code: string): never {
    this.faultCount++;
    throw new FileError(operation, Object.assign(new Error(code), { code }));
  }

  change(change: NameChange): void {
    change.apply(this.names, this.folders);
    this.#changes.push(change);
  }

  syncFolder(path: string): void {
    const isHere = ({ folder }: NameChange) => folder === path;
    for (const change of this.#changes.filter(isHere)) {
      change.apply(this.#durableNames, this.#durableFolders);
    }
    this.#changes = this.#changes.filter((change) => !isHere(change));
  }
}

function isSame(one: Bytes, other: Bytes): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

class DiskProcess implements Disk {
  isDead = false;

  constructor(readonly disk: SimulatedDisk) {}

  #check(operation: string): void {
    if (this.isDead) throw new Error(`${operation}: this process is dead`);
  }

  open(path: string, mode: "read"): DiskFile | undefined;
  open(path: string, mode: "append"): DiskFile;
  open(path: string, mode: OpenMode): DiskFile | undefined {
    this.#check("open");
    this.disk.risk(mode === "read" ? "read" : "name", `open ${path}`);
    const { names, folders } = this.disk;
    if (!names.has(path)) {
      if (mode === "read") return undefined;
      const folder = dirname(path);
      if (!folders.has(folder)) this.disk.fail(`open ${path}`, "ENOENT");
      const empty = new Uint8Array(0);
      const node: Node = { data: empty, dirty: empty, durable: empty, madeBy: this };
      this.disk.change({ folder, apply: (to) => void to.set(path, node) });
    }
    return new SimulatedFile(path, names.get(path)!, this);
  }

  list(path: string): FolderEntry[] {
    this.#check("list");
    const entries: FolderEntry[] = [];
    for (const [paths, isFolder] of [[this.disk.names.keys(), false], [this.disk.folders, true]]) {
      for (const entry of paths as Iterable<string>) {
        if (entry !== "/" && dirname(entry) === path) {
          entries.push({ name: entry.slice(path.length + 1), isFolder: isFolder as boolean });
        }
      }
    }
    return entries;
  }

  makeFolder(path: string): void {
    this.#check("makeFolder");
    if (this.disk.folders.has(path)) return;
    this.disk.risk("name", `create ${path}`);
    this.makeFolder(dirname(path));
    this.disk.change({ folder: dirname(path), apply: (_, folders) => void folders.add(path) });
  }

  remove(path: string): void {
    this.#check("remove");
    this.disk.risk("name", `remove ${path}`);
    const isWithin = (other: string) => other === path || other.startsWith(`${path}/`);
    this.disk.change({
      folder: dirname(path),
      apply: (names, folders) => {
        for (const name of names.keys()) if (isWithin(name)) names.delete(name);
        for (const folder of folders) if (isWithin(folder)) folders.delete(folder);
      },
    });
  }

  discard(path: string): Promise<void> {
    const removed = removedPath(path);
    this.rename(path, removed);
    return this.disk.later(this, () => this.remove(removed));
  }

  rename(from: string, to: string): void {
    this.#check("rename");
    this.disk.risk("name", `rename ${from}`);
    const isWithin = (other: string) => other === from || other.startsWith(`${from}/`);
    const moved = (path: string) => to + path.slice(from.length);
    this.disk.change({
      folder: dirname(to),
      apply: (names, folders) => {
        for (const [name, node] of [...names]) {
          if (!isWithin(name)) continue;
          names.delete(name);
          names.set(moved(name), node);
        }
        for (const folder of [...folders].filter(isWithin)) {
          folders.delete(folder);
          folders.add(moved(folder));
        }
      },
    });
  }

  syncFolder(path: string): Promise<void> {
    this.#check("syncFolder");
    return this.disk.later(this, () => {
      this.disk.risk("sync", `sync ${path}`);
      this.disk.syncFolder(path);
    });
  }

  async replace(path: string, content: Uint8Array): Promise<void> {
    const temporary = `${path}.1.tmp`;
    if (this.disk.names.has(temporary)) this.remove(temporary);
    const file = this.open(temporary, "append");
    file.append(content);
    await file.syncData();
    this.rename(temporary, path);
    await this.syncFolder(dirname(path));
  }

  freeBytes(): number {
    return Math.max(0, this.disk.capacity - this.disk.used);
  }
}

class SimulatedFile implements DiskFile {
  #isClosed = false;

  constructor(readonly path: string, readonly node: Node, readonly process: DiskProcess) {}

  get #disk(): SimulatedDisk {
    return this.process.disk;
  }

  #check(operation: string): void {
    if (this.process.isDead) throw new Error(`${operation}: this process is dead`);
    if (this.#isClosed) throw new Error(`${operation}: ${this.path} is closed`);
  }

  size(): number {
    this.#check("size");
    return this.node.data.length;
  }

  append(bytes: Uint8Array): void {
    this.#check("append");
    const disk = this.#disk;
    const room = disk.capacity - disk.used;
    if (bytes.length > room) {
      this.#add(bytes.subarray(0, Math.max(0, room)));
      disk.fail(`write ${this.path}`, "ENOSPC");
    }
    try {
      disk.risk("write", `write ${this.path}`);
    } catch (error) {
      this.#add(bytes.subarray(0, disk.random.below(bytes.length + 1)));
      throw error;
    }
    this.#add(bytes);
  }

  #add(bytes: Uint8Array): void {
    const { node } = this;
    const isClean = node.dirty === node.data;
    node.data = joinedBytes([node.data, bytes]);
    node.dirty = isClean ? node.data : joinedBytes([node.dirty, bytes]);
  }

  readSync(into: Uint8Array, position: number): number {
    this.#check("read");
    this.#disk.risk("read", `read ${this.path}`);
    const found = this.node.data.subarray(position, position + into.length);
    into.set(found);
    return found.length;
  }

  read(into: Uint8Array, position: number): Promise<number> {
    this.#check("read");
    return this.#disk.later(this.process, () => {
      this.#disk.risk("read", `read ${this.path}`);
      const found = this.node.data.subarray(position, position + into.length);
      into.set(found);
      return found.length;
    });
  }

  syncData(): Promise<void> {
    this.#check("sync");
    const { node } = this;
    const length = node.dirty.length;
    return this.#disk.later(this.process, () => {
      try {
        this.#disk.risk("sync", `sync ${this.path}`);
      } catch (error) {
        this.#forgetUnsynced();
        throw error;
      }
      if (node.data !== node.dirty && node.lostBy !== this.process) this.#disk.hasLied = true;
      node.durable = node.dirty.slice(
        0,
        Math.max(length, Math.min(node.durable.length, node.dirty.length)),
      );
    });
  }

  /** The kernel gives up what it could not write: a later sync succeeds without it. */
  #forgetUnsynced(): void {
    const { node } = this;
    const { random } = this.#disk;
    if (random.chance(30)) return;
    const from = Math.min(node.durable.length, node.dirty.length);
    const isSeen = this.#disk.seesLoss && random.chance(50);
    node.dirty = node.dirty.slice();
    node.dirty.fill(0, from);
    node.lostBy = this.process;
    if (!isSeen) return;
    node.data = node.dirty;
    this.#disk.isForgetful = true;
    if (from < node.dirty.length && node.madeBy !== this.process) this.#disk.hasLost = true;
  }

  truncate(size: number): void {
    this.#check("truncate");
    this.#disk.risk("write", `truncate ${this.path}`);
    const { node } = this;
    const isClean = node.dirty === node.data;
    node.data = node.data.slice(0, size);
    node.dirty = isClean ? node.data : node.dirty.slice(0, size);
  }

  close(): void {
    this.#isClosed = true;
  }
}
