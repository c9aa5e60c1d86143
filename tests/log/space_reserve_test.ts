// The room that is kept for the time when the disk is full.

import { assertEquals } from "@std/assert";
import { SpaceReserve } from "../../src/log/space_reserve.ts";
import { MemoryDisk } from "./memory_disk.ts";

const PATH = "/data/topics/reserve";
const MEBIBYTE = 1024 * 1024;

Deno.test("SpaceReserve.look() keeps nothing on a disk with much space", () => {
  const disk = new MemoryDisk();
  assertEquals(new SpaceReserve(disk, "/data/topics").look(2 ** 40), true);
  assertEquals(disk.files.size, 0);
});

Deno.test("SpaceReserve.look() keeps a mebibyte where space is short, and a sixteenth of less", () => {
  for (const [free, kept] of [[100 * MEBIBYTE, MEBIBYTE], [8 * MEBIBYTE, MEBIBYTE / 2]] as const) {
    const disk = new MemoryDisk();
    const reserve = new SpaceReserve(disk, "/data/topics");
    assertEquals([reserve.look(free), reserve.look(0)], [true, true]);
    assertEquals(disk.files.get(PATH)!.length, kept);
    reserve.remove();
    assertEquals(disk.files.size, 0);
  }
});

Deno.test("SpaceReserve.look() is false from the release until there is room for it and as much again", () => {
  const disk = new MemoryDisk();
  const reserve = new SpaceReserve(disk, "/data/topics");
  reserve.look(100 * MEBIBYTE);
  reserve.release();
  assertEquals(disk.files.size, 0);
  assertEquals(reserve.look(MEBIBYTE), false);
  assertEquals(disk.files.size, 0);
  assertEquals(reserve.look(2 * MEBIBYTE), true);
  assertEquals(disk.files.get(PATH)!.length, MEBIBYTE);
});
