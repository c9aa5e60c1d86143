// Taking over: each message exactly once and in its channel, also when the plug is pulled between any two operations.

import { assert, assertEquals, assertRejects } from "@std/assert";
import { RealDisk } from "../../../src/log/real_disk.ts";
import { parseMetadata, type TopicMetadata } from "../../../src/log/metadata.ts";
import { exportDataPath } from "../../../src/log/upstream/export.ts";
import { takeOver } from "../../../src/log/upstream/take_over.ts";
import { TakeOverError } from "../../../src/log/upstream/take_over_state.ts";
import { Random } from "../../base/random.ts";
import { type FixtureName, readExpected, readFixture } from "./fixture.ts";
import { linesOf, LogSink } from "./log_sink.ts";
import { MemoryDisk, PlugPulled } from "./memory_disk.ts";
import { idOf, joined, meta, record, text } from "./queue_data.ts";
import { TemporaryFolder } from "../../daemons/temporary_folder.ts";

interface Lines {
  info: string[];
  warn: string[];
}

function run(disk: MemoryDisk, metadata: TopicMetadata[] = [], lines?: Lines) {
  const log = {
    info: (line: string) => lines?.info.push(line),
    warn: (line: string) => lines?.warn.push(line),
  };
  return takeOver({ disk, dataPath: "/data", metadata, sink: new LogSink(disk), log });
}

function topic(name: string, ...channels: string[]): TopicMetadata {
  return { name, paused: false, channels: channels.map((name) => ({ name, paused: false })) };
}

function diskWith(files: Record<string, Uint8Array>): MemoryDisk {
  const disk = new MemoryDisk();
  for (const [name, content] of Object.entries(files)) disk.put(`/data/${name}`, content);
  return disk;
}

/** Two topics with messages, one drained queue, rolled files, and a data file that was consumed. */
function sample(): MemoryDisk {
  const [a, b, c] = ["a", "b", "c"].map((body, index) => record(body, { id: idOf(index) }));
  return diskWith({
    "nsqd.dat": text("{}"),
    "t.diskqueue.000000.dat": a!,
    "t.diskqueue.meta.dat": meta(1, 0, 0, 0, 31),
    "t:c.diskqueue.000000.dat": joined(a!, b!),
    "t:c.diskqueue.000001.dat": record("c", { id: idOf(3), attempts: 2 }),
    "t:c.diskqueue.meta.dat": meta(2, 0, 31, 1, 31),
    "t:d.diskqueue.000000.dat": joined(a!, b!),
    "t:d.diskqueue.meta.dat": meta(0, 0, 62, 0, 62),
    "u.diskqueue.000000.dat": joined(b!, c!),
    "u.diskqueue.meta.dat": meta(2, 0, 0, 0, 62),
    "t:c.diskqueue.000009.dat.bad": text("left alone"),
  });
}

const sampleMetadata = [topic("t", "c", "d"), topic("u")];
const sampleLogs = {
  t: ["channels c d", "c 0 b", "c 2 c", "- 0 a"],
  u: ["channels ", "- 0 b", "- 0 c"],
};

function logsOf(disk: MemoryDisk): Record<string, string[]> {
  return { t: linesOf(disk, "t"), u: linesOf(disk, "u") };
}

function oldFilesIn(disk: MemoryDisk, folder: string): string[] {
  return disk.list(folder).map(({ name }) => name).filter((name) => /diskqueue.*dat$/.test(name));
}

for (const name of ["clean", "killed"] satisfies FixtureName[]) {
  Deno.test(`takeOver() gives what nsqd itself redelivered from the ${name} data path`, async () => {
    const files = await readFixture(name);
    const disk = diskWith(Object.fromEntries(files));
    const { topics } = parseMetadata(new TextDecoder().decode(files.get("nsqd.dat")));
    const lines: Lines = { info: [], warn: [] };
    await run(disk, topics, lines);
    assertEquals(lines.warn, []);
    const { redelivered_by_upstream: redelivered } = readExpected(name);
    for (const [owner, { count, attempts_over_1: retried }] of Object.entries(redelivered)) {
      const [topic, channel] = owner.split("/");
      const its = linesOf(disk, topic!).filter((line) =>
        /^- /.test(line) || line.startsWith(`${channel} `)
      );
      assertEquals(its.length, count, owner);
      // Upstream counted its own delivery as well.
      const expected = retried.map(([attempts, body]) => `${attempts - 1} ${body}`);
      const found = its.filter((line) => !/^\S+ 0 /.test(line)).map((line) =>
        line.replace(/^\S+ /, "")
      );
      assertEquals(found.toSorted(), expected.toSorted(), owner);
    }
    assertEquals(oldFilesIn(disk, "/data"), []);
    assertEquals(oldFilesIn(disk, "/data/taken-over").length, files.size - 1);
  });
}

Deno.test("takeOver() brings channels' messages before the topic's own, and sets every old file aside", async () => {
  const disk = sample();
  const old = oldFilesIn(disk, "/data");
  const summary = await run(disk, sampleMetadata);
  assertEquals(logsOf(disk), sampleLogs);
  assertEquals(summary, { messages: 5, bytesSkipped: 0, filesSetAside: 9, unknown: [] });
  assertEquals(oldFilesIn(disk, "/data/taken-over").toSorted(), old.toSorted());
  assert(disk.get("/data/t:c.diskqueue.000009.dat.bad") && disk.get("/data/nsqd.dat"));
  assertEquals(disk.get("/data/topics/taking-over"), undefined);
});

Deno.test("takeOver() does nothing the second time, nor on a data path of our own", async () => {
  const disk = sample();
  await run(disk, sampleMetadata);
  const operations = disk.operations;
  const summary = await run(disk, sampleMetadata);
  assertEquals([disk.operations, summary.messages], [operations, 0]);
  const fresh = diskWith({ "nsqd.dat": text("{}") });
  await run(fresh);
  assertEquals([fresh.operations, fresh.paths()], [0, ["/data/nsqd.dat"]]);
});

Deno.test("takeOver() brings topics and channels that nsqd.dat does not know, if they have messages", async () => {
  const disk = sample();
  const lines: Lines = { info: [], warn: [] };
  const { unknown } = await run(disk, [topic("t")], lines);
  assertEquals(unknown, [
    { topic: "t", isTopicUnknown: false, unknownChannels: ["c"] },
    { topic: "u", isTopicUnknown: true, unknownChannels: [] },
  ]);
  assertEquals(logsOf(disk), { ...sampleLogs, t: ["channels c", ...sampleLogs.t.slice(1)] });
  assertEquals(lines.warn.length, 2);
});

Deno.test("takeOver() passes ids on, but none that a FIN could not name", async () => {
  const fields = [{ id: "00000000000000ab" }, { id: "a damaged\n  id.." }, { id: idOf(3) }];
  const disk = diskWith({
    "t.diskqueue.000000.dat": joined(...fields.map((field) => record("m", field))),
  });
  const ids: Uint8Array[] = [];
  const sink = new LogSink(disk);
  sink.topicMessage = ({ id }) => void ids.push(id);
  const log = { info() {}, warn() {} };
  await takeOver({ disk, dataPath: "/data", metadata: [], sink, log });
  assertEquals(ids, [text("00000000000000ab"), new Uint8Array(16), text(idOf(3))]);
});

Deno.test("takeOver() leaves ephemeral channels of nsqd.dat out", async () => {
  const disk = diskWith({ "t.diskqueue.000000.dat": record("m") });
  await run(disk, [topic("t", "c", "d#ephemeral")]);
  assertEquals(linesOf(disk, "t")[0], "channels c");
});

Deno.test("takeOver() takes an export back, on the machine's own disk", async () => {
  using temporary = new TemporaryFolder();
  const dataPath = temporary.path;
  const disk = new RealDisk();
  const messages = Array.from({ length: 100 }, (_, index) => ({
    timestampNs: BigInt(index),
    attempts: index,
    id: text(idOf(index)),
    body: text(`body ${index}`),
  }));
  const queues = [{ topic: "..", channel: ".", messages }];
  const metadata = { topics: [] };
  await exportDataPath({ disk, directory: dataPath, maxBytesPerFile: 500, metadata, queues });
  const bodies: string[] = [];
  const sink = Object.assign(new LogSink(new MemoryDisk()), {
    channelMessage: (channel: string, { body }: { body: Uint8Array }) =>
      void bodies.push(`${channel} ${new TextDecoder().decode(body)}`),
  });
  await takeOver({ disk, dataPath, metadata: [], sink, log: { info() {}, warn() {} } });
  assertEquals(bodies, messages.map((_, index) => `. body ${index}`));
  assertEquals(disk.list(dataPath).map(({ name }) => name).toSorted(), [
    "nsqd.dat",
    "taken-over",
    "topics",
  ]);
  assertEquals(disk.list(`${dataPath}/topics`), []);
});

Deno.test("takeOver() sets drained queues aside without touching the log, and tells of damage in them", async () => {
  const disk = diskWith({
    "t.diskqueue.meta.dat": meta(0, 0, 0, 0, 0),
    "v.diskqueue.000000.dat": text("rubbish rubbish rubbish rubbish rubbish"),
  });
  const lines: Lines = { info: [], warn: [] };
  const summary = await run(disk, [topic("t")], lines);
  assertEquals([summary.filesSetAside, summary.bytesSkipped], [2, 39]);
  assertEquals(disk.list("/data").map(({ name }) => name), ["taken-over"]);
  assertEquals(lines.warn, [
    "v.diskqueue.000000.dat at 0: skipped a record of 1920295522 bytes where 35 are left (39 bytes)",
  ]);
});

Deno.test("takeOver() keeps the old files of an earlier time beside the new ones", async () => {
  const disk = sample();
  await run(disk, sampleMetadata);
  disk.put("/data/u.diskqueue.000000.dat", record("again"));
  disk.put("/data/u.diskqueue.meta.dat", meta(1, 0, 0, 0, 35));
  await run(disk, sampleMetadata);
  assertEquals(linesOf(disk, "u"), [...sampleLogs.u, "channels ", "- 0 again"]);
  const kept = disk.paths().filter((path) => path.startsWith("/data/taken-over/u."));
  assertEquals(kept.map((path) => path.slice(17)), [
    "u.diskqueue.000000.dat",
    "u.diskqueue.000000.dat.1",
    "u.diskqueue.meta.dat",
    "u.diskqueue.meta.dat.1",
  ]);
});

Deno.test("takeOver() has forgotten the old files for good when it ends", async () => {
  for (let seed = 0; seed < 8; seed++) {
    const before = sample();
    await run(before, sampleMetadata);
    const disk = before.afterPowerCut(new Random(seed));
    disk.put("/data/u.diskqueue.000000.dat", record("again"));
    await run(disk, sampleMetadata);
    assertEquals(linesOf(disk, "u").at(-1), "- 0 again");
  }
});

Deno.test("takeOver() refuses to guess when its own state file is damaged", async () => {
  const disk = sample();
  for (
    const content of ["", "{", "{}", '{"version":1,"state":"written","files":[1],"topics":[]}']
  ) {
    disk.put("/data/topics/taking-over", text(content));
    const before = disk.paths();
    await assertRejects(() => run(disk, sampleMetadata), TakeOverError, "taking-over is damaged");
    assertEquals(disk.paths(), before);
  }
});

/** Pulls the plug after each operation, brings the disk back by `restart`, and takes over again. */
async function pullPlugEverywhere(
  make: () => MemoryDisk,
  restart: (disk: MemoryDisk) => MemoryDisk,
  check: (disk: MemoryDisk, operations: number) => void,
): Promise<void> {
  for (let operations = 0;; operations++) {
    let disk = make();
    disk.pullPlugAfter(operations);
    const hasEnded = await run(disk, sampleMetadata).then(() => true, (error) => {
      if (error instanceof PlugPulled) return false;
      throw error;
    });
    disk = restart(disk);
    // And once more, early in the second start.
    disk.pullPlugAfter(operations % 7);
    await run(disk, sampleMetadata).catch(() => {});
    disk = restart(disk);
    await run(disk, sampleMetadata);
    check(disk, operations);
    if (hasEnded) return;
  }
}

function assertTakenOver(disk: MemoryDisk, operations: number): void {
  assertEquals(logsOf(disk), sampleLogs, `after ${operations} operations`);
  assertEquals(oldFilesIn(disk, "/data"), []);
  assertEquals(oldFilesIn(disk, "/data/taken-over").length, 9);
  assertEquals(disk.get("/data/topics/taking-over"), undefined);
}

Deno.test("takeOver() brings each message exactly once after a kill between any two operations", async () => {
  await pullPlugEverywhere(sample, (disk) => disk.afterKill(), assertTakenOver);
});

Deno.test("takeOver() brings each message exactly once after a power cut between any two operations", async () => {
  for (let seed = 0; seed < 30; seed++) {
    const random = new Random(seed);
    await pullPlugEverywhere(sample, (disk) => disk.afterPowerCut(random), assertTakenOver);
  }
});

Deno.test("takeOver() leaves what our log had before, wherever the plug is pulled", async () => {
  const make = () => {
    const disk = sample();
    disk.put("/data/topics/u.topic/log", text("ours\n"));
    return disk;
  };
  const random = new Random(1);
  await pullPlugEverywhere(make, (disk) => disk.afterPowerCut(random), (disk) => {
    assertEquals(logsOf(disk), { t: sampleLogs.t, u: ["ours", ...sampleLogs.u] });
  });
});

Deno.test("takeOver() brings no consumed message back when the plug is pulled on drained queues", async () => {
  const make = () =>
    diskWith({
      "u.diskqueue.000000.dat": record("consumed"),
      "u.diskqueue.meta.dat": meta(0, 0, 38, 0, 38),
    });
  for (let seed = 0; seed < 20; seed++) {
    const random = new Random(seed);
    await pullPlugEverywhere(make, (disk) => disk.afterPowerCut(random), (disk) => {
      assertEquals(linesOf(disk, "u"), []);
      assertEquals(oldFilesIn(disk, "/data"), []);
    });
  }
});
