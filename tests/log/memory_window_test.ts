// How far the window of a log went to disk: in slices, each batch once, and again where it became another one.

import { assertEquals, assertThrows } from "@std/assert";
import { MemoryWindow } from "../../src/log/memory_window.ts";
import { Batch } from "../../src/queue/batch.ts";
import { MemoryDisk } from "./memory_disk.ts";
import { StoredLife } from "./stored_life.ts";

/** A batch of two messages. */
function batchAt(first: number): Batch {
  return new Batch(first, 2, new Uint8Array([0, 0, 0, 1, 120, 0, 0, 0, 1, 120]), 0);
}

/** A window of ten batches of two messages, and a clock of which each look takes a millisecond. */
function scene() {
  const window = new MemoryWindow();
  for (let index = 0; index < 10; index++) window.append(batchAt(index * 2));
  let nowMs = 0;
  const clock = { nowMs: () => nowMs++ };
  const written: number[] = [];
  const write = ({ first }: Batch) => void written.push(first);
  return { window, clock, written, write };
}

Deno.test("MemoryWindow.writeOut() gives each batch once, a slice at a time", () => {
  const { window, clock, written, write } = scene();
  assertEquals(window.writeOut(write, clock, 4), false);
  assertEquals(written, [0, 2, 4]);
  window.shift();
  assertEquals(window.writeOut(write, clock, 4), false);
  assertEquals(window.writeOut(write, clock, Infinity), true);
  assertEquals(written, [0, 2, 4, 6, 8, 10, 12, 14, 16, 18]);
  assertEquals(window.writeOut(write, clock, 4), true);
});

Deno.test("MemoryWindow.writeOut() gives a batch again that could not be written, or was cut", () => {
  const { window, clock, written, write } = scene();
  const fail = ({ first }: Batch) => {
    if (first === 4) throw new Error("disk full");
  };
  assertThrows(() => window.writeOut(fail, clock, Infinity), Error, "disk full");
  assertEquals(window.writeOut(write, clock, Infinity), true);
  assertEquals(written[0], 4);
  written.length = 0;
  window.discardFrom(7);
  window.writeOut(write, clock, Infinity);
  assertEquals(written.at(-1), 6);
});

Deno.test("MemoryWindow.inSlices() ends although as much comes as is written", async () => {
  const { window, clock, written, write } = scene();
  const slice = () => window.writeOut(write, clock, 3);
  let end = 20;
  const pause = () => {
    for (let count = 0; count < 3; count++, end += 2) window.append(batchAt(end));
    return Promise.resolve();
  };
  await window.inSlices(slice, 20, pause);
  assertEquals([written.length, end > 40], [10, true]);
});

Deno.test("TopicLog in memory has all in its checkpoint that was published while it wrote its window in slices", async () => {
  const disk = new MemoryDisk();
  let looks = 0;
  const start = (nowMs: () => number) => {
    const clock = {
      get nowMs() {
        return nowMs();
      },
      set nowMs(_nowMs) {
        // Nobody sets this one: each look moves it on.
      },
      wallMs: 1.7e12,
    };
    const durability = "memory";
    return new StoredLife(disk, clock, { durability, maxBytesPerFile: 2000, memQueueSize: 200 });
  };
  const life = start(() => looks++);
  life.channel("t", "c");
  const publish = async (count: number) => {
    for (let index = 0; index < count; index++) life.publish("t", ["x".repeat(90)]);
    for (let turn = 0; turn < 5; turn++) await undefined;
  };
  for (let round = 0; round < 30; round++) await publish(10);
  for (let turn = 0; turn < 10_000; turn++) await undefined;
  // Killed: of what is only in memory nothing is left, but the window went out for the checkpoint.
  const { depth } = start(() => 0).channel("t", "c");
  assertEquals(depth > 250, true, `${depth} of 300`);
});
