// Ids and frames: what stands where, and that a number survives its way into an id and back.

import { assertEquals } from "@std/assert";
import { bytesOf, byteString } from "../../src/base/byte_string.ts";
import {
  CLOSE_WAIT_FRAME,
  frame,
  FRAME_HEADER_BYTES,
  frameTypes,
  HEARTBEAT_FRAME,
  OK_FRAME,
} from "../../src/wire/frames.ts";
import { idHigh, MESSAGE_ID_BYTES, numberOfId, writeId } from "../../src/wire/message.ts";
import { Random } from "../base/random.ts";

function test(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

/** The id of a message as text, and the bytes around it untouched. */
function idOf(nodeId: number, number: number): string {
  const bytes = bytesOf("x".repeat(MESSAGE_ID_BYTES + 2));
  writeId(new DataView(bytes.buffer), 1, idHigh(nodeId, number), number % 2 ** 32);
  assertEquals(byteString(bytes, 0, 1) + byteString(bytes, MESSAGE_ID_BYTES + 1), "xx");
  return byteString(bytes, 1, MESSAGE_ID_BYTES + 1);
}

function numberOf(id: string, nodeId: number): number {
  return numberOfId(bytesOf(`--${id}`), 2, nodeId);
}

test("writeId() writes node and number as lower-case hex", () => {
  assertEquals(idOf(0, 0), "0000000000000000");
  assertEquals(idOf(0, 0xabc), "0000000000000abc");
  assertEquals(idOf(1, 0), "0020000000000000");
  assertEquals(idOf(1023, 2 ** 53 - 1), "7fffffffffffffff");
});

test("numberOfId() gives back what writeId() wrote, for any node and number", () => {
  const random = new Random(1);
  const nodes = [0, 1, 2, 511, 1022, 1023];
  const numbers = [0, 1, 255, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 52, 2 ** 53 - 2, 2 ** 53 - 1];
  for (let round = 0; round < 200; round++) {
    numbers.push(random.below(2 ** 21) * 2 ** 32 + random.below(2 ** 32));
  }
  for (const node of nodes) {
    for (const number of numbers) assertEquals(numberOf(idOf(node, number), node), number);
  }
});

test("numberOfId() knows no id of another node, nor one that is not lower-case hex", () => {
  assertEquals(numberOf(idOf(7, 1), 8), -1);
  const others = ["000000000000000A", "000000000000000g", "00000000 0000001", "-000000000000001"];
  for (const other of [...others, "\xff".repeat(16), "ffffffffffffffff"]) {
    assertEquals(numberOf(other, 0), -1, other);
  }
});

test("frame() puts size, type and data after each other", () => {
  assertEquals(
    [...OK_FRAME],
    [0, 0, 0, 6, 0, 0, 0, 0, 0x4f, 0x4b],
  );
  assertEquals(byteString(HEARTBEAT_FRAME), "\0\0\0\x0f\0\0\0\0_heartbeat_");
  assertEquals(byteString(CLOSE_WAIT_FRAME, FRAME_HEADER_BYTES), "CLOSE_WAIT");
  assertEquals(byteString(frame("error", "\xff")), "\0\0\0\x05\0\0\0\x01\xff");
  assertEquals(frameTypes, { response: 0, error: 1, message: 2 });
});
