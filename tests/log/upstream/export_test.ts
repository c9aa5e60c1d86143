// Exported data paths: what is read back is what was written, in files as the other nsqd would have made them.

import { assertEquals, assertRejects } from "@std/assert";
import type { MetadataView } from "../../../src/log/metadata.ts";
import { listQueues } from "../../../src/log/upstream/disk_queue_names.ts";
import { readDiskQueue } from "../../../src/log/upstream/disk_queue_reader.ts";
import type { UpstreamMessage } from "../../../src/log/upstream/disk_queue_record.ts";
import {
  exportDataPath,
  type ExportedQueue,
  ExportError,
} from "../../../src/log/upstream/export.ts";
import { Random } from "../../base/random.ts";
import { MemoryDisk, PlugPulled } from "./memory_disk.ts";
import { idOf, text } from "./queue_data.ts";

const noTopics: MetadataView = { topics: [] };

function message(number: number, body: Uint8Array): UpstreamMessage {
  const timestampNs = 1_700_000_000_000_000_000n + BigInt(number);
  return { timestampNs, attempts: number % 65536, id: text(idOf(number)), body };
}

function exportTo(disk: MemoryDisk, queues: ExportedQueue[], maxBytesPerFile = 1000) {
  return exportDataPath({ disk, directory: "/out", maxBytesPerFile, metadata: noTopics, queues });
}

function readBack(disk: MemoryDisk): Map<string, UpstreamMessage[]> {
  const result = new Map<string, UpstreamMessage[]>();
  for (const queue of listQueues(disk.list("/out").map(({ name }) => name)).queues) {
    const messages = readDiskQueue(disk, "/out", queue, (finding) => {
      throw new Error(`${finding.file} ${finding.text}`);
    });
    result.set(
      queue.queue,
      [...messages].map(({ timestampNs, attempts, id, body }) => ({
        timestampNs,
        attempts,
        id,
        body,
      })),
    );
  }
  return result;
}

Deno.test("exportDataPath() writes what readDiskQueue() reads, at any file size", async () => {
  for (let seed = 0; seed < 60; seed++) {
    const random = new Random(seed);
    const queues = [undefined, "c", "d"].map((channel) => ({
      topic: "t",
      ...channel && { channel },
      messages: Array.from(
        { length: random.below(30) },
        (_, index) =>
          message(index, Uint8Array.from({ length: random.below(200) }, () => random.below(256))),
      ),
    }));
    const disk = new MemoryDisk();
    const maxBytesPerFile = 1 + random.below(500);
    const summary = await exportTo(disk, queues, maxBytesPerFile);
    const back = readBack(disk);
    for (const { channel, messages } of queues) {
      assertEquals(back.get(channel ? `t:${channel}` : "t") ?? [], messages, `seed ${seed}`);
    }
    assertEquals(summary.messages, [...back.values()].flat().length);
    const tooLong = disk.paths().filter((path) => /\d\.dat$/.test(path))
      .map((path) => disk.get(path)!)
      // A single record may be longer than a file should be.
      .filter((file) =>
        file.length > maxBytesPerFile && file.length > 4 + file[2]! * 256 + file[3]!
      );
    assertEquals(tooLong, []);
  }
});

Deno.test("exportDataPath() rolls files and writes positions as the other nsqd does", async () => {
  const disk = new MemoryDisk();
  const messages = Array.from({ length: 7 }, (_, index) => message(index, text(`body${index}`)));
  await exportTo(disk, [{ topic: "t", channel: "c", messages }], 100);
  const sizes = disk.paths().map((path) => [path, disk.get(path)!.length]);
  assertEquals(sizes.filter(([path]) => /\d{6}/.test(String(path))), [
    ["/out/t:c.diskqueue.000000.dat", 70],
    ["/out/t:c.diskqueue.000001.dat", 70],
    ["/out/t:c.diskqueue.000002.dat", 70],
    ["/out/t:c.diskqueue.000003.dat", 35],
  ]);
  const positions = new TextDecoder().decode(disk.get("/out/t:c.diskqueue.meta.dat"));
  assertEquals(positions, "7\n0,0\n3,35\n");
});

Deno.test("exportDataPath() writes messages larger than its buffer and than a file", async () => {
  const disk = new MemoryDisk();
  const large = new Uint8Array(700_000).fill(7);
  const messages = [message(1, text("a")), message(2, large), message(3, text("b"))];
  const summary = await exportTo(disk, [{ topic: "t", messages }], 1000);
  assertEquals(readBack(disk).get("t"), messages);
  assertEquals(summary, {
    queues: 1,
    messages: 3,
    bodyBytes: 700_002,
    largestBodyBytes: 700_000,
  });
});

Deno.test("exportDataPath() writes nsqd.dat without ephemeral ones", async () => {
  const disk = new MemoryDisk();
  const channels = [{ name: "c", paused: true }, { name: "d#ephemeral", paused: false }];
  const topics = [{ name: "t", paused: false, channels }];
  await exportDataPath({
    disk,
    directory: "/out",
    maxBytesPerFile: 1,
    metadata: { topics },
    queues: [],
  });
  const written = JSON.parse(new TextDecoder().decode(disk.get("/out/nsqd.dat")));
  assertEquals(written.topics, [{
    name: "t",
    paused: false,
    channels: [{ name: "c", paused: true }],
  }]);
});

Deno.test("exportDataPath() refuses a directory with anything in it", async () => {
  const disk = new MemoryDisk();
  disk.put("/out/something", text("x"));
  const error = await assertRejects(() => exportTo(disk, []), ExportError);
  assertEquals(error.message, "/out is not empty: name a new or empty directory to export to");
  assertEquals(disk.paths(), ["/out/something"]);
});

Deno.test("exportDataPath() leaves no nsqd.dat when it breaks off, and all when it ends", async () => {
  const queues = [
    { topic: "t", messages: [1, 2, 3].map((n) => message(n, text("m"))) },
    { topic: "t", channel: "c", messages: [message(4, text("m"))] },
  ];
  const whole = new MemoryDisk();
  await exportTo(whole, queues, 70);
  for (let operations = 0; operations <= whole.operations; operations++) {
    const disk = new MemoryDisk();
    disk.pullPlugAfter(operations);
    const end = exportTo(disk, queues, 70);
    if (operations < whole.operations) await assertRejects(() => end, PlugPulled);
    else await end;
    const left = disk.afterPowerCut(new Random(operations));
    if (operations < whole.operations && left.get("/out/nsqd.dat") === undefined) continue;
    assertEquals([...readBack(left).values()].flat().length, 4);
  }
});
