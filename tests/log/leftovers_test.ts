// What kills left of files that were being replaced goes at the next start, and nothing else does.

import { assert, assertEquals } from "@std/assert";
import { temporaryPathOf } from "../../src/log/atomic_file.ts";
import { clearLeftovers, isLeftoverOf } from "../../src/log/leftovers.ts";
import { MemoryDisk } from "./memory_disk.ts";

Deno.test("isLeftoverOf() knows the names under which files are replaced, and no others", () => {
  assert(isLeftoverOf("nsqd.dat", temporaryPathOf("nsqd.dat")));
  const others = [
    "nsqd.dat",
    "nsqd.dat.tmp",
    "nsqd.dat..tmp",
    "nsqd.dat.7.tmp.bad",
    "xnsqd.dat.7.tmp",
  ];
  for (const name of [...others, "nsqd.dat.x7.tmp", "checkpoint.7.tmp"]) {
    assert(!isLeftoverOf("nsqd.dat", name), name);
  }
});

Deno.test("clearLeftovers() leaves the file, its neighbours and folders alone", () => {
  const disk = new MemoryDisk();
  const kept = ["/data/nsqd.dat", "/data/t.diskqueue.meta.dat.5.tmp", "/data/nsqd.dat.6.tmp/mine"];
  for (const path of [...kept, "/data/nsqd.dat.4711.tmp", temporaryPathOf("/data/nsqd.dat")]) {
    disk.open(path, "append").close();
  }
  clearLeftovers(disk, "/data/nsqd.dat");
  assertEquals([...disk.files.keys()].sort(), kept.sort());
  clearLeftovers(disk, "/elsewhere/nsqd.dat");
});
