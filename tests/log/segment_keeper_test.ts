// Which segments stay: a topic on a disk in memory, with messages that wait for hours while others pass through.

import { assert, assertEquals, assertLess } from "@std/assert";
import { listSegments, topicFolder } from "../../src/log/topic_folder.ts";
import { MemoryDisk } from "./memory_disk.ts";
import { StoredLife } from "./stored_life.ts";

const HOUR_MS = 3_600_000;
const SEGMENT_BYTES = 10_000;
const FOLDER = topicFolder("/data", "t");

/** A disk that counts what is appended to it, and can be full. */
class CountingDisk extends MemoryDisk {
  appendedBytes = 0;
  isFull = false;
  /** Whether what is to be removed stays: the process is killed before. */
  keepsAll = false;

  override discard(path: string): Promise<void> {
    return this.keepsAll ? new Promise(() => {}) : super.discard(path);
  }

  override open(path: string, mode: "read"): ReturnType<MemoryDisk["open"]> | undefined;
  override open(path: string, mode: "append"): ReturnType<MemoryDisk["open"]>;
  override open(path: string, mode: "read" | "append") {
    const file = super.open(path, mode as "append");
    if (file === undefined) return undefined;
    const append = (bytes: Uint8Array) => {
      if (this.isFull) throw new Error("no space left");
      this.appendedBytes += bytes.length;
      file.append(bytes);
    };
    return { ...file, append };
  }

  segments(): number {
    return listSegments(this, FOLDER).length;
  }
}

function start(disk: CountingDisk): StoredLife {
  const clock = { nowMs: 1e6, wallMs: 1.7e12 };
  const life = new StoredLife(disk, clock, { maxBytesPerFile: SEGMENT_BYTES, memQueueSize: 10 });
  life.channel("t", "c");
  return life;
}

/** Defers `count` messages of `bytes` bytes. */
function defer(life: StoredLife, count: number, bytes: number, delayMs = HOUR_MS): void {
  for (let index = 0; index < count; index++) {
    life.publish("t", [`${index}`.padEnd(bytes)], delayMs);
  }
}

/** Publishes and finishes messages of 500 bytes. */
async function passThrough(life: StoredLife, rounds: number, count: number): Promise<void> {
  const consumer = life.subscribe("t", "c", 2500);
  for (let round = 0; round < rounds; round++) {
    for (let index = 0; index < count; index++) life.publish("t", [`${index}`.padEnd(500)]);
    await life.rest([consumer]);
    consumer.finish();
    consumer.came.length = 0;
    life.advance(200);
    for (let turns = 0; turns < 20; turns++) await life.rest([]);
  }
}

function deferredCount(life: StoredLife): number {
  return life.channel("t", "c").deferredCount;
}

Deno.test("SegmentKeeper lets segments go that a few waiting messages kept", async () => {
  const disk = new CountingDisk();
  const life = start(disk);
  defer(life, 20, 10);
  await passThrough(life, 1, 200);
  assertLess(disk.segments(), 3);
  assertEquals(deferredCount(life), 20);
});

Deno.test("SegmentKeeper lets segments go that many waiting messages kept, when far more passed through", async () => {
  const disk = new CountingDisk();
  const life = start(disk);
  defer(life, 1500, 10);
  const before = disk.segments();
  assertLess(5, before);
  await passThrough(life, 4, 900);
  assertLess(disk.segments(), 2 * before);
  assertEquals(deferredCount(life), 1500);

  const later = start(disk);
  const consumer = later.subscribe("t", "c", 2500);
  later.advance(HOUR_MS);
  await later.rest([consumer]);
  assertEquals(new Set(consumer.bodies).size, 1500);
  assertEquals(consumer.came.length, 1500);
});

Deno.test("SegmentKeeper copies nothing where nothing would be won", async () => {
  const disk = new CountingDisk();
  const life = start(disk);
  defer(life, 40, 1900);
  await life.rest([]);
  const before = disk.appendedBytes;
  await passThrough(life, 1, 30);
  assertLess(disk.appendedBytes - before, 40_000);
});

Deno.test("SegmentKeeper lets segments go once what waited in them is finished, without other traffic", async () => {
  const disk = new CountingDisk();
  const life = start(disk);
  defer(life, 60, 900, 1000);
  const consumer = life.subscribe("t", "c", 100);
  assertLess(4, disk.segments());
  life.advance(500);
  life.advance(600);
  await life.rest([consumer]);
  assertEquals(consumer.came.length, 60);
  consumer.finish();
  life.advance(200);
  await life.rest([consumer]);
  assertEquals(disk.segments(), 1);
});

Deno.test("SegmentKeeper stops writing again while the disk is full, and goes on later", async () => {
  const disk = new CountingDisk();
  const life = start(disk);
  defer(life, 20, 10);
  const consumer = life.subscribe("t", "c", 1000);
  for (let index = 0; index < 60; index++) life.publish("t", ["x".repeat(500)]);
  await life.rest([consumer]);
  disk.isFull = true;
  consumer.finish();
  await life.rest([consumer]);
  assertLess(life.failures.length, 20);
  disk.isFull = false;
  life.advance(200);
  await life.rest([consumer]);
  assert(disk.segments() < 3);
  assertEquals(deferredCount(life), 20);
});

Deno.test("SegmentKeeper removes what a kill left of the segments that a checkpoint let go", async () => {
  const disk = new CountingDisk();
  disk.keepsAll = true;
  await passThrough(start(disk), 1, 60);
  assertLess(2, disk.segments());
  disk.keepsAll = false;
  const idle = start(disk);
  await idle.stop();
  assertEquals(disk.segments(), 1);
});
