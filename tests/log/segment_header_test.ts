// The header of a segment.

import { assert, assertEquals, assertFalse } from "@std/assert";
import {
  decodeSegmentHeader,
  encodeSegmentHeader,
  isHeaderWhole,
  readSegmentHeader,
  SEGMENT_HEADER_BYTES,
} from "../../src/log/segment_header.ts";
import { segmentFile } from "../../src/log/topic_folder.ts";
import { MemoryDisk } from "./memory_disk.ts";

const HEADER = { nodeId: 1023, first: 2 ** 52, wallMs: 1_700_000_000_000.25, salt: 0xfeed_5a17 };

Deno.test("decodeSegmentHeader() gives back what encodeSegmentHeader() was given", () => {
  const bytes = encodeSegmentHeader(HEADER);
  assertEquals(bytes.length, SEGMENT_HEADER_BYTES);
  assertEquals(decodeSegmentHeader(bytes), HEADER);
  for (const before of [{ previousEnd: { segment: 17, offset: 4096 } }, { previousSize: 5000 }]) {
    const continued = { ...HEADER, ...before };
    assertEquals(decodeSegmentHeader(encodeSegmentHeader(continued)), continued);
  }
});

Deno.test("decodeSegmentHeader() finds the copy that is left, whatever happens to the others", () => {
  const bytes = encodeSegmentHeader(HEADER);
  const copyBytes = bytes.length / 3;
  assert(isHeaderWhole(bytes, HEADER.first));
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const damaged = bytes.slice();
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    assertEquals(decodeSegmentHeader(damaged), HEADER, `bit ${bit}`);
    assertFalse(isHeaderWhole(damaged, HEADER.first));
  }
  for (let left = 0; left < 3; left++) {
    const damaged = new Uint8Array(bytes.length).fill(0x4e);
    damaged.set(bytes.subarray(0, copyBytes), left * copyBytes);
    assertEquals(decodeSegmentHeader(damaged), HEADER);
  }
});

Deno.test("decodeSegmentHeader() refuses every flipped bit and every cut where no other copy is left", () => {
  const only = encodeSegmentHeader(HEADER);
  only.fill(0, only.length / 3);
  for (let bit = 0; bit < only.length / 3 * 8; bit++) {
    const damaged = only.slice();
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    assertEquals(decodeSegmentHeader(damaged), undefined, `bit ${bit}`);
  }
  for (let length = 0; length < only.length / 3; length++) {
    assertEquals(decodeSegmentHeader(only.subarray(0, length)), undefined);
  }
});

Deno.test("decodeSegmentHeader() refuses numbers out of range under a right checksum", () => {
  for (const header of [{ first: -5 }, { first: 0.5 }, { wallMs: NaN }, { nodeId: 1024 }]) {
    assertEquals(decodeSegmentHeader(encodeSegmentHeader({ ...HEADER, ...header })), undefined);
  }
});

Deno.test("readSegmentHeader() reads the header of the segment that the name says, if it is whole", () => {
  const disk = new MemoryDisk();
  const file = segmentFile("/topics/t.topic", HEADER.first);
  assertEquals(readSegmentHeader(disk, file), undefined);
  disk.files.set(file.path, encodeSegmentHeader(HEADER).subarray(0, 47));
  assertEquals(readSegmentHeader(disk, file), undefined);
  disk.files.set(file.path, encodeSegmentHeader({ ...HEADER, first: 1 }));
  assertEquals(readSegmentHeader(disk, file), undefined);
  disk.files.set(file.path, encodeSegmentHeader(HEADER));
  assertEquals([readSegmentHeader(disk, file), disk.openCount], [HEADER, 0]);
});
