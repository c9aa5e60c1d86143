// What of an earlier process is synced, and how many syncs are under way at once: on a disk that counts them and ends
// them when it is told to.

import { assert, assertEquals, assertLess, assertRejects } from "@std/assert";
import { decodeCheckpoint } from "../../src/log/checkpoint.ts";
import { SegmentWriter } from "../../src/log/segment_writer.ts";
import {
  checkpointPath,
  listSegments,
  segmentFile,
  topicFolder,
} from "../../src/log/topic_folder.ts";
import { MemoryDisk } from "./memory_disk.ts";
import { StoredLife } from "./stored_life.ts";

const FOLDER = topicFolder("/data", "t");
const CHECKPOINT = checkpointPath(FOLDER);

/** A disk on which syncs of files take until somebody ends them. */
class SlowDisk extends MemoryDisk {
  /** What was synced or replaced, in this order. */
  readonly done: string[] = [];
  /** Syncs under way, by path. */
  readonly underWay = new Map<string, PromiseWithResolvers<void>>();
  mostAtOnce = 0;
  isSlow = false;

  override open(path: string, mode: "read"): ReturnType<MemoryDisk["open"]> | undefined;
  override open(path: string, mode: "append"): ReturnType<MemoryDisk["open"]>;
  override open(path: string, mode: "read" | "append") {
    const file = super.open(path, mode as "append");
    return file && { ...file, syncData: () => this.#sync(path) };
  }

  async #sync(path: string): Promise<void> {
    if (this.isSlow) {
      const end = Promise.withResolvers<void>();
      this.underWay.set(path, end);
      this.mostAtOnce = Math.max(this.mostAtOnce, this.underWay.size);
      await end.promise;
    }
    this.done.push(path);
  }

  override replace(path: string, content: Uint8Array): Promise<void> {
    this.done.push(path);
    return super.replace(path, content);
  }

  /** Ends one sync, well unless there is an error. */
  end(path: string, error?: Error): void {
    const sync = this.underWay.get(path)!;
    this.underWay.delete(path);
    if (error === undefined) sync.resolve();
    else sync.reject(error);
  }

  get paths(): string[] {
    return listSegments(this, FOLDER).map(({ path }) => path);
  }
}

function start(disk: MemoryDisk): StoredLife {
  const clock = { nowMs: 1e6, wallMs: 1.7e12 };
  const life = new StoredLife(disk, clock, { maxBytesPerFile: 1000, memQueueSize: 10 });
  life.channel("t", "c");
  return life;
}

/** A process that left segments of which a checkpoint covers the first half, and was killed. */
async function leave(disk: SlowDisk): Promise<void> {
  const life = start(disk);
  const publish = (count: number) => {
    for (let index = 0; index < count; index++) life.publish("t", ["x".repeat(900)]);
  };
  publish(30);
  await life.rest([]);
  disk.isSlow = true;
  publish(30);
  await life.rest([]);
  disk.isSlow = false;
  disk.underWay.clear();
  disk.done.length = 0;
  disk.mostAtOnce = 0;
}

Deno.test("SegmentWriter syncs of an earlier process what no checkpoint of that one covers", async () => {
  const disk = new SlowDisk();
  await leave(disk);
  const { segment } = decodeCheckpoint(disk.files.get(CHECKPOINT)!)!.position;
  const segments = listSegments(disk, FOLDER);
  const open = segments.filter(({ first }) => first >= segment).map(({ path }) => path);
  assertLess(20, open.length);
  assertLess(20, segments.length - open.length);

  start(disk).publish("t", ["triggers a checkpoint"]);
  for (let count = 0; count < 1000; count++) await undefined;
  assertEquals(disk.done.slice(0, -1), [...open, disk.paths.at(-1)!]);
  assertEquals(disk.done.at(-1), CHECKPOINT);
});

Deno.test("SegmentWriter syncs all of an earlier process whose checkpoint is gone", async () => {
  const disk = new SlowDisk();
  await leave(disk);
  disk.files.delete(CHECKPOINT);
  start(disk).publish("t", ["triggers a checkpoint"]);
  for (let count = 0; count < 1000; count++) await undefined;
  assertEquals(disk.done, [...disk.paths, CHECKPOINT]);
});

Deno.test("TopicLog has nothing to sync or to write at the end of a process in which nothing happened", async () => {
  const disk = new SlowDisk();
  const life = start(disk);
  life.publish("t", ["one", "two"]);
  await life.stop();
  for (const published of [[], ["three"], []]) {
    disk.done.length = 0;
    const next = start(disk);
    if (published.length > 0) next.publish("t", published);
    await next.stop();
    const synced = published.length === 0 ? [] : [disk.paths.at(-1)!, CHECKPOINT];
    assertEquals(disk.done, synced);
  }
  assertEquals(start(disk).topics.get("t")!.channels.get("c")!.depth, 3);
});

/** A writer upon 50 segments of an earlier process. */
function writerUpon(disk: MemoryDisk): SegmentWriter {
  const segments = Array.from({ length: 50 }, (_, first) => segmentFile(FOLDER, first));
  for (const { path } of segments) disk.files.set(path, new Uint8Array(1));
  const numbers = { nodeId: 1, maxBytesPerFile: 1000 };
  return new SegmentWriter({ disk, folder: FOLDER, ...numbers, newSalt: () => 1 }, segments);
}

Deno.test("SegmentWriter.sync() has several syncs under way, but not all", async () => {
  const disk = new SlowDisk();
  disk.isSlow = true;
  let isSynced = false;
  const sync = writerUpon(disk).sync().then(() => isSynced = true);
  while (disk.underWay.size > 0) {
    assert(!isSynced);
    disk.end([...disk.underWay.keys()].at(-1)!);
    for (let count = 0; count < 20; count++) await undefined;
  }
  await sync;
  assertEquals(disk.done.length, 50);
  assertEquals(disk.mostAtOnce, 8);
});

Deno.test("SegmentWriter.sync() begins no sync after one that failed, and waits for those under way", async () => {
  const disk = new SlowDisk();
  disk.isSlow = true;
  const writer = writerUpon(disk);
  let isOver = false;
  const sync = writer.sync().finally(() => isOver = true);
  sync.catch(() => {});
  const [failing, ...others] = [...disk.underWay.keys()];
  assertLess(2, others.length);
  disk.end(failing!, new Error("cannot be written"));
  for (const path of others) {
    for (let count = 0; count < 20; count++) await undefined;
    assert(!isOver, "one is under way");
    disk.end(path);
  }
  await assertRejects(() => sync, Error, "cannot be written");
  assertEquals(disk.underWay.size, 0);
  assertEquals(disk.done, others);

  disk.isSlow = false;
  await writer.sync();
  // The one that failed as a copy under another name, those that were synced not again.
  assertEquals(disk.done.slice(others.length)[0], `${failing}.tmp`);
  assertEquals(new Set(disk.done).size, 50);
  assertEquals(disk.done.length, 50);
});
