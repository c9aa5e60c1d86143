// Names of topics, folders and segments.

import { assertEquals } from "@std/assert";
import {
  checkpointPath,
  listSegments,
  listTopics,
  removeTopicFolder,
  segmentFile,
  topicFolder,
  topicOfFolder,
} from "../../src/log/topic_folder.ts";
import { RealDisk } from "../../src/log/real_disk.ts";
import { TemporaryFolder } from "../daemons/temporary_folder.ts";
import { MemoryDisk } from "./memory_disk.ts";

Deno.test("topicFolder() and topicOfFolder() are each other's inverse, for any legal name", () => {
  for (const topic of ["orders", ".", "..", "a.topic", ".topic", "A-b_9"]) {
    const folder = topicFolder("/data", topic);
    assertEquals(folder, `/data/topics/${topic}.topic`);
    assertEquals(topicOfFolder(folder.slice("/data/topics/".length)), topic);
  }
});

Deno.test("topicOfFolder() knows no other folders", () => {
  for (
    const name of ["orders", ".topic", "a b.topic", "a#ephemeral.topic", "", "orders.topic.bad"]
  ) {
    assertEquals(topicOfFolder(name), undefined, name);
  }
});

Deno.test("listTopics() lists folders of topics, sorted", () => {
  const disk = new MemoryDisk();
  for (const path of ["b.topic/x", "..topic/x", "a.topic/x", "lost+found/x", "c.topic"]) {
    disk.files.set(`/data/topics/${path}`, new Uint8Array(0));
  }
  assertEquals(listTopics(disk, "/data"), [".", "a", "b"]);
  assertEquals(listTopics(disk, "/elsewhere"), []);
});

Deno.test("listSegments() lists segments in the order of their numbers and nothing else", () => {
  const disk = new MemoryDisk();
  const folder = "/data/topics/a.topic";
  const names = [
    "0000000000000012.log",
    "9007199254740991.log",
    "0000000000000002.log",
    "9007199254740992.log",
    "2.log",
    "0000000000000003.log.bad",
    "000000000000000a.log",
    "checkpoint",
    "0000000000000004.log/inside",
  ];
  for (const name of names) disk.files.set(`${folder}/${name}`, new Uint8Array(0));
  assertEquals(
    listSegments(disk, folder),
    [2, 12, Number.MAX_SAFE_INTEGER].map((first) => ({
      first,
      path: segmentFile(folder, first).path,
    })),
  );
  assertEquals(segmentFile(folder, 12).path, `${folder}/0000000000000012.log`);
  assertEquals(checkpointPath(folder), `${folder}/checkpoint`);
});

Deno.test("removeTopicFolder() removes a topic, and one that was never written", async () => {
  using data = new TemporaryFolder();
  const disk = new RealDisk();
  const folder = topicFolder(data.path, "t");
  await removeTopicFolder(disk, folder);
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(segmentFile(folder, 0).path, "x");
  await removeTopicFolder(disk, folder);
  assertEquals(listTopics(disk, data.path), []);
  assertEquals(disk.list(data.path).map(({ name }) => name), ["topics"]);
});
