// What a crash leaves of files and folders on their way out is removed at the next start, and nothing else is.

import { assertEquals } from "@std/assert";
import { nameBeforeRemoval, removedPath } from "../../src/log/removed_name.ts";
import { clearRemovedTopics, clearTemporaryFiles } from "../../src/log/topic_folder.ts";
import { MemoryDisk } from "./memory_disk.ts";

const SEGMENT = "0000000000000001.log";

Deno.test("removedPath() gives a name of its own each time, which nameBeforeRemoval() reads back", () => {
  const [one, other] = [removedPath("/data/x"), removedPath("/data/x")];
  assertEquals(one === other, false);
  assertEquals([one, other].map((path) => nameBeforeRemoval(path)), ["/data/x", "/data/x"]);
  for (const name of ["x", "x.removed", "x.1.removed.log", ".1.removed"]) {
    assertEquals(nameBeforeRemoval(name), undefined, name);
  }
});

Deno.test("A start clears topics and segments that were being removed, and leaves other files alone", () => {
  const disk = new MemoryDisk();
  const kept = [
    `/data/topics/t.topic/${SEGMENT}`,
    `/data/topics/t.topic/notes.1.removed`,
    `/data/topics/t.topic/notes.1.tmp`,
    `/data/topics/t.topic/checkpoint`,
    `/data/topics/mine.1.removed/${SEGMENT}`,
  ];
  const left = [
    `/data/topics/t.topic.7.removed/${SEGMENT}`,
    `/data/topics/t.topic/${SEGMENT}.3.removed`,
    `/data/topics/t.topic/${SEGMENT}.tmp`,
    `/data/topics/t.topic/checkpoint.4711.tmp`,
  ];
  for (const path of [...kept, ...left]) disk.open(path, "append").close();
  clearRemovedTopics(disk, "/data");
  clearTemporaryFiles(disk, "/data/topics/t.topic");
  assertEquals([...disk.files.keys()].sort(), kept.sort());
});
