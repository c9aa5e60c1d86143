// Frames, wherever their bytes were split.

import { assertEquals, assertThrows } from "@std/assert";
import { byteString } from "../../src/base/byte_string.ts";
import { FrameReader } from "../../src/client/frame_reader.ts";
import { NsqError } from "../../src/client/nsq_error.ts";
import { frame, HEARTBEAT_FRAME, OK_FRAME } from "../../src/wire/frames.ts";
import { messageFrame } from "./fake_nsqd.ts";

function push(reader: FrameReader, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    const space = reader.space();
    const count = Math.min(space.length, bytes.length - at);
    space.set(bytes.subarray(at, at + count));
    reader.filled(count);
    at += count;
  }
}

function frames(reader: FrameReader): [number, string][] {
  const found: [number, string][] = [];
  while (reader.next()) found.push([reader.type, byteString(reader.copyData())]);
  return found;
}

Deno.test("FrameReader takes frames split at every byte", () => {
  const parts = [OK_FRAME, messageFrame(7, "a body"), HEARTBEAT_FRAME, frame("error", "E_X y")];
  const all = new Uint8Array(parts.flatMap((part) => [...part]));
  const whole = new FrameReader();
  push(whole, all);
  const expected = frames(whole);
  assertEquals(expected.map(([type]) => type), [0, 2, 0, 1]);
  for (let first = 0; first <= all.length; first++) {
    for (let second = first; second <= all.length; second += 7) {
      const reader = new FrameReader();
      const found: [number, string][] = [];
      for (const piece of [all.slice(0, first), all.slice(first, second), all.slice(second)]) {
        push(reader, piece);
        found.push(...frames(reader));
      }
      assertEquals(found, expected);
    }
  }
});

Deno.test("FrameReader takes a frame larger than its buffer", () => {
  const reader = new FrameReader();
  push(reader, frame("response", "x".repeat(1_000_000)));
  push(reader, OK_FRAME);
  assertEquals(frames(reader).map(([, data]) => data.length), [1_000_000, 2]);
});

Deno.test("FrameReader.copyData() is not disturbed by later bytes", () => {
  const reader = new FrameReader();
  push(reader, frame("response", "first"));
  reader.next();
  const data = reader.copyData();
  push(reader, frame("response", "other"));
  assertEquals(byteString(data), "first");
});

Deno.test("FrameReader refuses sizes that cannot be", () => {
  for (const size of [-1, 0, 3, 0x7fffffff]) {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setInt32(0, size);
    const reader = new FrameReader();
    push(reader, bytes);
    assertThrows(() => reader.next(), NsqError);
  }
});
