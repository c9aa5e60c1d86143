// The checkpoint codec: both ways, damaged at every bit, and large.

import { assertEquals } from "@std/assert";
import { crc32 } from "node:zlib";
import { decodeCheckpoint, encodeCheckpoint } from "../../src/log/checkpoint.ts";
import { emptyChannelState, emptyTopicState, type TopicState } from "../../src/log/topic_state.ts";
import { Random } from "../base/random.ts";

const POSITION = { segment: 2 ** 52, offset: 2 ** 33 };

function sampleState(): TopicState {
  const state = emptyTopicState(1000);
  state.next = 2 ** 52 + 5;
  state.distributed = 2 ** 52;
  state.isPaused = true;
  state.holes.add(1001, 1002);
  state.holes.add(2000, 3000);
  state.undistributed.set(2 ** 52 + 1, 0, 77.5, POSITION);
  const orders = emptyChannelState(1001, false);
  orders.isPaused = true;
  orders.finished.add(1500, 1600);
  orders.pending.set(1700, 3, 0);
  orders.pending.set(1800, 65_535, 99, POSITION);
  state.channels.set("orders", orders);
  state.channels.set("a".repeat(64), emptyChannelState(1000, true));
  return state;
}

Deno.test("decodeCheckpoint() gives back what encodeCheckpoint() was given", () => {
  const state = sampleState();
  const decoded = decodeCheckpoint(encodeCheckpoint(state, POSITION))!;
  assertEquals(decoded.position, POSITION);
  assertEquals(encodeCheckpoint(decoded.state, POSITION), encodeCheckpoint(state, POSITION));
  const { holes, undistributed, channels, ...rest } = decoded.state;
  assertEquals(rest, { next: 2 ** 52 + 5, distributed: 2 ** 52, isPaused: true });
  assertEquals([...holes.ranges()], [[1001, 1002], [2000, 3000]]);
  assertEquals([...undistributed], [...state.undistributed]);
  assertEquals([...channels.keys()], ["orders", "a".repeat(64)]);
  const orders = channels.get("orders")!;
  assertEquals([orders.cursor, orders.isPaused, orders.isAssumed], [1001, true, false]);
  assertEquals([...orders.finished.ranges()], [[1500, 1600]]);
  assertEquals(orders.pending.get(1700), state.channels.get("orders")!.pending.get(1700));
  assertEquals(orders.pending.get(1800), state.channels.get("orders")!.pending.get(1800));
});

Deno.test("decodeCheckpoint() refuses every single flipped bit, every cut and what is appended", () => {
  const bytes = encodeCheckpoint(sampleState(), POSITION);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const damaged = bytes.slice();
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    assertEquals(decodeCheckpoint(damaged), undefined, `bit ${bit}`);
  }
  for (let length = 0; length < bytes.length; length++) {
    assertEquals(decodeCheckpoint(bytes.subarray(0, length)), undefined);
    assertEquals(decodeCheckpoint(resealed(bytes.slice(0, length))), undefined);
  }
  const longer = new Uint8Array(bytes.length + 1);
  longer.set(bytes);
  assertEquals(decodeCheckpoint(resealed(longer)), undefined);
});

Deno.test("decodeCheckpoint() never throws, whatever the bytes are under a right checksum", () => {
  const random = new Random(3);
  const sample = encodeCheckpoint(sampleState(), POSITION);
  for (let round = 0; round < 20_000; round++) {
    const bytes = sample.slice();
    for (let spoiled = 1 + random.below(4); spoiled > 0; spoiled--) {
      bytes[16 + random.below(bytes.length - 16)] = random.pick([
        0,
        0xff,
        0x7f,
        random.below(256),
      ])!;
    }
    decodeCheckpoint(resealed(bytes));
  }
});

Deno.test("encodeCheckpoint() takes 34 bytes for a pending message", () => {
  const state = emptyTopicState(0);
  const orders = emptyChannelState(0, false);
  state.channels.set("orders", orders);
  const before = encodeCheckpoint(state, POSITION).length;
  for (let number = 0; number < 100_000; number++) orders.pending.set(number, 1, 5, POSITION);
  const bytes = encodeCheckpoint(state, POSITION);
  assertEquals(bytes.length - before, 3_400_000);
  const decoded = decodeCheckpoint(bytes)!.state.channels.get("orders")!.pending;
  assertEquals([decoded.size, decoded.get(99_999)?.place], [100_000, POSITION]);
});

function resealed(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (bytes.length < 16) return bytes;
  new DataView(bytes.buffer).setUint32(8, crc32(bytes.subarray(12)));
  return bytes;
}
