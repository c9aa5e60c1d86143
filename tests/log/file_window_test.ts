// The window on a file.

import { assertEquals } from "@std/assert";
import { FileWindow, WINDOW_BYTES } from "../../src/log/file_window.ts";
import { Random } from "../base/random.ts";
import { MemoryDisk } from "./memory_disk.ts";

Deno.test("FileWindow.hold() brings in any stretch of the file, forwards and backwards", () => {
  const disk = new MemoryDisk();
  const content = new Uint8Array(3 * WINDOW_BYTES + 123);
  const random = new Random(4);
  for (let index = 0; index < content.length; index += 7) content[index] = random.below(256);
  disk.files.set("/a", content);
  const window = new FileWindow(disk.open("/a", "read")!);
  for (let round = 0; round < 300; round++) {
    const offset = random.below(content.length);
    const lengthMax = random.pick([16, 50_000, WINDOW_BYTES, 2 * WINDOW_BYTES])!;
    const length = Math.min(random.below(lengthMax), content.length - offset);
    const at = window.hold(offset, length);
    assertEquals(at >= 0 && at + length <= window.filled, true);
    const held = window.bytes.subarray(at, at + length);
    assertEquals(held.every((byte, index) => byte === content[offset + index]), true);
  }
  assertEquals(window.hold(content.length - 3, 4), -1);
  assertEquals(disk.readBytesMax <= 2 * WINDOW_BYTES, true);
});

Deno.test("FileWindow.hold() says so when the file has become shorter", () => {
  const disk = new MemoryDisk();
  disk.files.set("/a", new Uint8Array(100));
  const window = new FileWindow(disk.open("/a", "read")!);
  disk.files.set("/a", new Uint8Array(10));
  assertEquals([window.hold(0, 11), window.hold(0, 10)], [-1, 0]);
});
