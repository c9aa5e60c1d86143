// What storage promises beside messages: entries that could not be written are not called safe, a topic that was deleted
// stays away, what only ephemeral channels had is gone.

import { assert, assertEquals } from "@std/assert";
import { SEGMENT_HEADER_BYTES } from "../../src/log/segment_header.ts";
import { Storage } from "../../src/log/storage.ts";
import type { Durability } from "../../src/log/storage_surroundings.ts";
import { Batch } from "../../src/queue/batch.ts";
import { Topics } from "../../src/queue/topics.ts";
import { Random } from "../base/random.ts";
import { MemoryDisk } from "./memory_disk.ts";
import { bodiesOf } from "./sample_records.ts";
import { DATA_PATH, SimulatedDisk } from "./simulated_disk.ts";
import { StoredLife } from "./stored_life.ts";

const WALL_MS = 1.8e12;
const NO_FAULTS = { write: 0, read: 0, sync: 0, name: 0 };

function start(disk: SimulatedDisk, durability: Durability) {
  const settings = {
    dataPath: DATA_PATH,
    durability,
    nodeId: 1,
    maxBytesPerFile: 1e8,
    memQueueSize: 10,
    syncEvery: 0,
    syncTimeoutMs: 1e9,
    minFreeSpace: 0,
  };
  const clock = { nowMs: () => 1000, wallMs: () => WALL_MS };
  const hooks = { wrote() {}, failed() {}, noticed() {} };
  const storage = new Storage(settings, disk.boot(), clock, hooks, () => Promise.resolve());
  const topics = new Topics({ memQueueSize: 10, maxMsgTimeoutMs: 1e9, latencyWindowMs: 0 }, {
    schedule() {},
    changed() {},
    percent: () => 0,
    openLog: (name, first) => storage.open(name, first),
    lost() {},
  });
  return { storage, topics };
}

/** Lets everything under way come to its end. */
async function settled(disk: SimulatedDisk): Promise<void> {
  for (let round = 0; round < 50; round++) {
    for (let count = 0; count < 20; count++) await undefined;
    if (disk.isWaiting) disk.finishOne();
  }
}

for (const durability of ["async", "fsync"] as const) {
  Deno.test(`TopicLog.safe() waits in ${durability} for an entry that could not be written`, async () => {
    const disk = new SimulatedDisk(new Random(1));
    const { storage, topics } = start(disk, durability);
    const topic = topics.topic("t", WALL_MS);
    topics.channel(topic, "c");
    topics.settle(1000);
    disk.faults = { ...NO_FAULTS, write: 100 };
    topics.setTopicPaused(topic, true);
    let isSafe = false;
    const published = (_mark: number, refusal?: string, safe?: Promise<void>) => {
      assertEquals(refusal, undefined);
      void Promise.resolve(safe).then(() => isSafe = true);
    };
    topic.report({ published, isBystander: true }, 0);
    topics.settle(1000);
    await settled(disk);
    assert(!isSafe, "what is nowhere is not safe");
    disk.faults = NO_FAULTS;
    storage.tick(1000);
    await settled(disk);
    assert(isSafe, "it is safe once it is written");
    if (durability === "fsync") disk.cutPower();
    else disk.kill();
    const [restored] = [...start(disk, durability).storage.restore(() => [])];
    assertEquals(restored?.stored.isPaused, true);
  });
}

Deno.test("A topic that was deleted stays away after a power cut", async () => {
  for (let seed = 0; seed < 20; seed++) {
    const disk = new SimulatedDisk(new Random(seed));
    const { storage, topics } = start(disk, "fsync");
    const topic = topics.topic("t", WALL_MS);
    topics.channel(topic, "c");
    topics.settle(1000);
    storage.tick(1000 + 1e9);
    await settled(disk);
    let isSafe = false;
    topics.delete(topic);
    const published = (_mark: number, _refusal?: string, safe?: Promise<void>) =>
      void Promise.resolve(safe).then(() => isSafe = true);
    topic.report({ published, isBystander: true }, 0);
    topics.settle(1000);
    await settled(disk);
    assert(isSafe, "somebody is told");
    disk.cutPower();
    assertEquals([...start(disk, "fsync").storage.restore(() => [])], []);
  }
});

Deno.test("A topic that was deleted stays away when a sync under way fails", async () => {
  const disk = new SimulatedDisk(new Random(1));
  const { topics } = start(disk, "fsync");
  const topic = topics.topic("t", WALL_MS);
  topic.publish(bodiesOf("gone"), 0, 8, 1, WALL_MS);
  let isTold = false;
  const published = (_mark: number, _refusal?: string, safe?: Promise<void>) =>
    void Promise.resolve(safe).then(() => isTold = true);
  topic.report({ published }, 0);
  topics.settle(1000);
  assert(disk.isWaiting, "a sync is under way");
  topics.delete(topic);
  disk.faults = { ...NO_FAULTS, sync: 100 };
  disk.finishOne();
  await settled(disk);
  assertEquals([...disk.names.keys()], []);
  assert(isTold, "nobody waits for it");
});

Deno.test("Storage.restore() tells which channels were deleted lately", async () => {
  const disk = new SimulatedDisk(new Random(1));
  const { topics } = start(disk, "async");
  const topic = topics.topic("t", WALL_MS);
  for (const name of ["gone", "again"]) topics.deleteChannel(topic, topics.channel(topic, name));
  topics.channel(topic, "again");
  topics.settle(1000);
  await settled(disk);
  disk.kill();
  const [restored] = [...start(disk, "async").storage.restore(() => ["gone", "again"])];
  assertEquals([...restored!.deleted], ["gone"]);
  assertEquals(restored!.stored.channels.map(({ name }) => name), ["again"]);
});

Deno.test("A channel that only nsqd.dat knew keeps after the next start what the first one gave it", () => {
  const disk = new MemoryDisk();
  const clock = { nowMs: 1000, wallMs: WALL_MS };
  new StoredLife(disk, clock).publish("t", ["deferred"], 5000);
  const known = { t: ["c"] };
  const second = new StoredLife(disk, clock, {}, known);
  second.topics.setTopicPaused(second.topic("t"), true);
  second.settle();
  const third = new StoredLife(disk, clock, {}, known);
  assertEquals([third.channel("t", "c").deferredCount, third.topic("t").depth], [1, 0]);
});

Deno.test("What an earlier process left unsynced survives a power cut once a sync succeeds after one that failed", async () => {
  for (let seed = 0; seed < 20; seed++) {
    const disk = new SimulatedDisk(new Random(seed));
    disk.seesLoss = false;
    const first = start(disk, "async");
    const topic = first.topics.topic("t", WALL_MS);
    first.topics.channel(topic, "c");
    topic.publish(bodiesOf("left"), 0, 8, 1, WALL_MS);
    first.topics.settle(1000);
    disk.kill();
    const { storage, topics } = start(disk, "async");
    for (const { name, stored, open } of storage.restore(() => [])) {
      topics.restore(name, WALL_MS, stored, open);
    }
    topics.setTopicPaused(topics.topic("t", WALL_MS), true);
    topics.settle(1000);
    disk.faults = { ...NO_FAULTS, sync: 100 };
    storage.tick(1000 + 1e9);
    await settled(disk);
    assert(disk.faultCount > 0, "a sync fails");
    disk.faults = NO_FAULTS;
    storage.tick(1000 + 1e9);
    await settled(disk);
    disk.cutPower();
    const [restored] = [...start(disk, "async").storage.restore(() => [])];
    const { stored, open } = restored!;
    assertEquals(stored.channels.map(({ ahead }) => ahead), [1], `seed ${seed}`);
    // A checkpoint counts it also where it is gone.
    const message = open(stored.next).fetch(stored.channels[0]!.cursor);
    assert(message instanceof Batch, `seed ${seed}: it can be read`);
  }
});

Deno.test("A topic with ephemeral channels alone lets its segments go and gives nothing twice", async () => {
  const disk = new MemoryDisk();
  const clock = { nowMs: 10, wallMs: WALL_MS };
  const life = new StoredLife(disk, clock, { maxBytesPerFile: 500, memQueueSize: 5 });
  const subscription = life.subscribe("t", "c#ephemeral", 1000);
  for (let index = 0; index < 50; index++) {
    life.publish("t", [`message ${index}`]);
    await life.rest([subscription]);
    subscription.finish();
  }
  life.publish("t", ["deferred"], 100);
  life.advance(200);
  await life.rest([subscription]);
  assertEquals(subscription.bodies.length, 51);
  subscription.finish();
  await life.rest([subscription]);
  const segments = [...disk.files.keys()].filter((path) => path.endsWith(".log"));
  assert(segments.length <= 3, `${segments.length} segments are left`);
  await life.stop();
  const next = new StoredLife(disk, clock, { memQueueSize: 5 });
  assertEquals(next.topic("t").depth, 0);
  await next.stop();
});

Deno.test("Storage tells of no damage when power goes after a segment was begun for nothing and a kill", async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const disk = new SimulatedDisk(new Random(seed));
    const clock = { nowMs: 1000, wallMs: WALL_MS };
    const begin = () => {
      clock.wallMs += 10;
      return new StoredLife(disk.boot(), clock, { durability: "fsync" });
    };
    const first = begin();
    first.channel("t", "c");
    first.publish("t", ["one"]);
    await settled(disk);
    void first.stop();
    await settled(disk);
    disk.kill();
    // The header of a segment finds room, the record does not.
    const second = begin();
    disk.capacity = disk.used + SEGMENT_HEADER_BYTES + 5;
    second.topics.setTopicPaused(second.topic("t"), true);
    second.settle();
    disk.kill();
    disk.capacity = Infinity;
    const third = begin();
    third.publish("t", ["two"]);
    let isSafe = false;
    void Promise.resolve(third.topic("t").log.safe()).then(() => isSafe = true);
    await settled(disk);
    disk.cutPower();
    const last = begin();
    assertEquals([isSafe, last.lines, last.channel("t", "c").depth], [true, [], 2], `seed ${seed}`);
  }
});
