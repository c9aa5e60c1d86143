// Blocks of snappy that are sound, and some that a codec must never see.

import { assert, assertEquals } from "@std/assert";
import { compress } from "snappyjs";
import { isSoundBlock } from "../../src/transport/snappy_block.ts";
import { Random } from "../soak/random.ts";

Deno.test("isSoundBlock() is true for whatever the codec makes", () => {
  const random = new Random(1);
  for (const size of [1, 2, 59, 60, 61, 62, 255, 256, 257, 4000, 65_536]) {
    const noise = random.bytes(size);
    const text = new Uint8Array(size).map((_, index) => noise[index % 50]!);
    for (const data of [noise, text, new Uint8Array(size)]) {
      assert(isSoundBlock(new Uint8Array(compress(data))), `${size}`);
    }
  }
});

Deno.test("isSoundBlock() is false for what points outside, or makes up another length", () => {
  const blocks = [
    [],
    [0x80],
    [0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    [1],
    [2, 0, 65],
    [1, 0],
    [1, 0, 65, 66],
    // A literal of 2^31 and more bytes.
    [4, 63 << 2, 0xff, 0xff, 0xff, 0xff, 65],
    [4, 63 << 2, 0, 0],
    // Copies from before the beginning, from nowhere, and of missing offset.
    [5, 0, 65, 1, 2],
    [5, 0, 65, 1, 0],
    [5, 0, 65, 2],
    [5, 0, 65, 3, 1, 0, 0, 0x80],
    [9, 0, 65, (7 << 2) | 1, 1],
  ];
  for (const block of blocks) assertEquals(isSoundBlock(Uint8Array.from(block)), false, `${block}`);
  assertEquals(isSoundBlock(Uint8Array.of(5, 0, 65, 1, 1)), true);
});
