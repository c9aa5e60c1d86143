// Batches, the builder of batches, and the log in memory.

import { assertEquals, assertNotStrictEquals, assertStrictEquals, assertThrows } from "@std/assert";
import {
  type Batch,
  BATCH_BYTES_MAX,
  BatchBuilder,
  HEADROOM_BYTES,
} from "../../src/queue/batch.ts";
import { MemoryLog } from "../../src/queue/memory_log.ts";
import { batchOf, bodiesOf, bytesOfMessages, messages, test } from "./queue_parts.ts";

test("Batch.offsetOf() finds each message, in any order", () => {
  const batch = batchOf(10, ["a", "", "ccc", "dd"]);

  assertEquals([3, 1, 2, 0].map((index) => batch.offsetOf(index)), [16, 5, 9, 0]);
  assertEquals([batch.end, batch.bodyBytes], [14, 6]);
  assertThrows(() => batch.offsetOf(4));
  assertThrows(() => batch.offsetOf(-1));
});

test("Batch.timestamp is exact to the microsecond", () => {
  assertEquals(batchOf(0, ["a"], 1_800_000_000_123.456).timestamp, 1_800_000_000_123_456_000n);
  assertEquals(batchOf(0, ["a"], 0).timestamp, 0n);
});

test("Batch.extract() copies one message under its own number", () => {
  const batch = batchOf(10, ["a", "bb", "c"], 5);

  const single = batch.extract(1);

  assertEquals([single.first, single.count, single.wallMs], [11, 1, 5]);
  assertEquals(bodiesOf(single), ["bb"]);
  assertNotStrictEquals(single.bytes.buffer, batch.bytes.buffer);
  assertEquals(single.bytes.buffer.byteLength, HEADROOM_BYTES + 6);
});

test("Batch.take() keeps the first messages", () => {
  const batch = batchOf(10, ["a", "bb", "c"]);

  assertEquals(bodiesOf(batch.take(2)), ["a", "bb"]);
  assertEquals([batch.take(2).first, batch.take(2).end], [10, 12]);
  assertEquals(batch.take(3), batch);
});

test("BatchBuilder.seal() gives what was collected, and begins anew", () => {
  const builder = new BatchBuilder();
  for (const [wallMs, body] of [[5, "a"], [6, "b"]] as const) {
    const bytes = bytesOfMessages(["skipped", body]);
    builder.append(bytes, 11, bytes.length, 1, wallMs);
  }

  const batch = builder.seal(100);

  assertEquals(bodiesOf(batch), ["a", "b"]);
  assertEquals([batch.first, batch.wallMs, builder.count], [100, 5, 0]);
});

test("BatchBuilder keeps what it collected apart from what its sources become", () => {
  const builder = new BatchBuilder();
  const bytes = bytesOfMessages(["abc"]);
  builder.append(bytes, 0, bytes.length, 1, 0);
  bytes.fill(0xee);
  const batch = builder.seal(0);
  const others = bytesOfMessages(["xyz"]);
  builder.append(others, 0, others.length, 1, 0);

  assertEquals(bodiesOf(batch), ["abc"]);
});

/** Seals so many batches of one message of `size` bytes each. */
function sealed(count: number, size: number): Batch[] {
  const builder = new BatchBuilder();
  return Array.from({ length: count }, (_, number) => {
    const bytes = bytesOfMessages([`${number}`.padStart(size, "-")]);
    builder.append(bytes, 0, bytes.length, 1, 0);
    return builder.seal(number);
  });
}

test("BatchBuilder.seal() puts small batches into slabs, each with headroom nobody else uses", () => {
  for (const size of [1, 200, 2004, 2005, 9000]) {
    const batches = sealed(100, size);
    for (const { bytes } of batches) {
      new Uint8Array(bytes.buffer, bytes.byteOffset - HEADROOM_BYTES, HEADROOM_BYTES).fill(0xff);
    }

    const slabs = new Set(batches.map(({ bytes }) => bytes.buffer));
    assertEquals(
      batches.map(bodiesOf),
      batches.map(({ first }) => [`${first}`.padStart(size, "-")]),
    );
    assertEquals([slabs.size < 100, batches[0]!.bytes.buffer.byteLength], [
      size <= 2004,
      size + 4 + HEADROOM_BYTES,
    ]);
  }
});

test("Batch.extract() of a batch in a slab copies it out of the slab", () => {
  const batch = sealed(100, 200)[99]!;

  const single = batch.extract(0);

  assertEquals([single.first, bodiesOf(single)], [99, bodiesOf(batch)]);
  assertEquals(single.bytes.buffer.byteLength, single.bytes.length + HEADROOM_BYTES);
  assertStrictEquals(single.extract(0), single);
});

test("BatchBuilder.hasRoomFor() bounds a batch", () => {
  const builder = new BatchBuilder();
  const bytes = bytesOfMessages(["x".repeat(BATCH_BYTES_MAX - 104)]);
  builder.append(bytes, 0, bytes.length, 1, 0);

  assertEquals([builder.hasRoomFor(100), builder.hasRoomFor(101)], [true, false]);
});

/** A log of batches at 0-4, 5-9, then a gap, 20-24. */
function givenLog(): MemoryLog {
  const log = new MemoryLog();
  for (const first of [0, 5, 20]) log.append(batchOf(first, messages(5)));
  return log;
}

test("MemoryLog.at() finds the batch of a number, or the first behind it", () => {
  const log = givenLog();

  const firsts = [0, 4, 5, 9, 10, 19, 20, 24, 25].map((number) => log.at(number)?.first);

  assertEquals(firsts, [0, 0, 5, 5, 20, 20, 20, 20, undefined]);
});

test("MemoryLog.discardBefore() drops only batches that end there", () => {
  const log = givenLog();

  log.discardBefore(9);
  assertEquals(log.at(0)?.first, 5);
  log.discardBefore(10);
  assertEquals(log.at(0)?.first, 20);
  log.discardBefore(1000);
  assertEquals(log.at(0), undefined);
});

test("MemoryLog.discardFrom() cuts inside a batch", () => {
  const log = givenLog();

  log.discardFrom(7);

  assertEquals([log.at(6)?.end, log.at(7)], [7, undefined]);
});

test("MemoryLog.discardLast() counts messages, not numbers", () => {
  const log = givenLog();

  log.discardLast(7);
  assertEquals([log.at(5)?.end, log.at(8)], [8, undefined]);
  log.discardLast(8);
  assertEquals(log.at(0), undefined);
});
