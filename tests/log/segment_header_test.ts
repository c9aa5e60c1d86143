// The header of a segment.

import { assertEquals } from "@std/assert";
import {
  decodeSegmentHeader,
  encodeSegmentHeader,
  readSegmentHeader,
  SEGMENT_HEADER_BYTES,
} from "../../src/log/segment_header.ts";
import { segmentFile } from "../../src/log/topic_folder.ts";
import { MemoryDisk } from "./memory_disk.ts";

const HEADER = { nodeId: 1023, first: 2 ** 52, wallMs: 1_700_000_000_000.25 };

Deno.test("decodeSegmentHeader() gives back what encodeSegmentHeader() was given", () => {
  const bytes = encodeSegmentHeader(HEADER);
  assertEquals(bytes.length, SEGMENT_HEADER_BYTES);
  assertEquals(decodeSegmentHeader(bytes), HEADER);
  const continued = { ...HEADER, previousEnd: 4096 };
  assertEquals(decodeSegmentHeader(encodeSegmentHeader(continued)), continued);
});

Deno.test("decodeSegmentHeader() refuses every single flipped bit and every cut", () => {
  const bytes = encodeSegmentHeader(HEADER);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const damaged = bytes.slice();
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    assertEquals(decodeSegmentHeader(damaged), undefined, `bit ${bit}`);
  }
  for (let length = 0; length < bytes.length; length++) {
    assertEquals(decodeSegmentHeader(bytes.subarray(0, length)), undefined);
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
  disk.files.set(file.path, encodeSegmentHeader(HEADER).subarray(0, 39));
  assertEquals(readSegmentHeader(disk, file), undefined);
  disk.files.set(file.path, encodeSegmentHeader({ ...HEADER, first: 1 }));
  assertEquals(readSegmentHeader(disk, file), undefined);
  disk.files.set(file.path, encodeSegmentHeader(HEADER));
  assertEquals([readSegmentHeader(disk, file), disk.openCount], [HEADER, 0]);
});
