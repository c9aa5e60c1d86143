// The codec of journal entries.

import { assertEquals } from "@std/assert";
import { assert } from "../../src/base/assert.ts";
import {
  decodeEntries,
  JOURNAL_OPERATIONS,
  JournalEncoder,
  type JournalEntry,
} from "../../src/log/journal_entries.ts";
import { readRecord } from "../../src/log/record.ts";
import { Random } from "../base/random.ts";

/** The entries of all records in `bytes`. */
function entriesOf(bytes: Uint8Array, segment = 9): JournalEntry[][] {
  const records: JournalEntry[][] = [];
  for (let at = 0; at < bytes.length;) {
    const record = readRecord(bytes, at, segment);
    assert(record.kind === "journal", "a record of kind journal");
    records.push([...record.entries]);
    at += record.length;
  }
  return records;
}

function writeAll(encoder: JournalEncoder): void {
  encoder.created("orders", 2 ** 52);
  encoder.paused("orders", true);
  encoder.topicPaused(false);
  encoder.topicEmptied(3, 9);
  encoder.emptied("orders", 12);
  encoder.finished("orders", 5, 2);
  encoder.requeued("orders", 8, 65_535, 1e12 + 0.5);
  encoder.settled("orders");
  encoder.deleted("a".repeat(64));
}

const ALL: JournalEntry[] = [
  { operation: "channelCreated", name: "orders", start: 2 ** 52 },
  { operation: "channelPaused", name: "orders", isPaused: true },
  { operation: "topicPaused", isPaused: false },
  { operation: "topicEmptied", from: 3, to: 9 },
  { operation: "channelEmptied", name: "orders", end: 12 },
  { operation: "finished", name: "orders", ranges: [5, 7] },
  { operation: "requeued", name: "orders", number: 8, attempts: 65_535, dueWallMs: 1e12 + 0.5 },
  { operation: "channelSettled", name: "orders" },
  { operation: "channelDeleted", name: "a".repeat(64) },
];

Deno.test("JournalEncoder.take() gives one record of every entry added", () => {
  const encoder = new JournalEncoder();
  writeAll(encoder);
  const length = encoder.length;
  const bytes = encoder.take(9)!;
  assertEquals(entriesOf(bytes), [ALL]);
  assertEquals(length, bytes.length);
  assertEquals(
    new Set(ALL.map(({ operation }) => operation)).size,
    Object.keys(JOURNAL_OPERATIONS).length,
  );
});

Deno.test("JournalEncoder.take() leaves an empty encoder that works on", () => {
  const encoder = new JournalEncoder();
  encoder.finished("a", 1);
  encoder.take(9);
  assertEquals([encoder.isEmpty, encoder.take(9)], [true, undefined]);
  encoder.finished("a", 2);
  assertEquals(entriesOf(encoder.take(9)!), [[{
    operation: "finished",
    name: "a",
    ranges: [2, 3],
  }]]);
});

Deno.test("JournalEncoder.finished() joins neighbours and lists the ranges of one channel", () => {
  const encoder = new JournalEncoder();
  for (const number of [0, 1, 2, 7, 8, 4]) encoder.finished("a", number);
  encoder.finished("b", 5, 3);
  encoder.finished("a", 9);
  assertEquals(entriesOf(encoder.take(9)!), [[
    { operation: "finished", name: "a", ranges: [0, 3, 7, 9, 4, 5] },
    { operation: "finished", name: "b", ranges: [5, 8] },
    { operation: "finished", name: "a", ranges: [9, 10] },
  ]]);
});

Deno.test("JournalEncoder cuts a long journal into several records and keeps the order", () => {
  const encoder = new JournalEncoder();
  const numbers: number[] = [];
  for (let number = 0; number < 20_000; number++) {
    encoder.finished("orders", number * 2);
    if (number % 5000 === 0) encoder.requeued("orders", number, 1, 0);
    numbers.push(number * 2);
  }
  const records = entriesOf(encoder.take(9)!);
  const finished = records.flat().flatMap((entry) =>
    entry.operation === "finished" ? entry.ranges.filter((_, index) => index % 2 === 0) : []
  );
  assert(records.length >= 4, "several records");
  assertEquals(finished, numbers);
});

Deno.test("decodeEntries() takes what is cut off for malformed, but between entries", () => {
  const encoder = new JournalEncoder();
  writeAll(encoder);
  const bytes = encoder.take(9)!.slice(16);
  const lengths = new Set<number>();
  for (let length = 0; length < bytes.length; length++) {
    const entries = decodeEntries(bytes.subarray(0, length));
    if (entries === undefined) continue;
    assertEquals(entries, ALL.slice(0, entries.length));
    lengths.add(entries.length);
  }
  assertEquals(lengths.size, ALL.length);
});

Deno.test("decodeEntries() never throws", () => {
  const random = new Random(2);
  const encoder = new JournalEncoder();
  writeAll(encoder);
  const sample = encoder.take(9)!.slice(16);
  for (let round = 0; round < 20_000; round++) {
    const bytes = sample.slice(0, random.below(sample.length));
    for (let spoiled = 1 + random.below(4); spoiled > 0 && bytes.length > 0; spoiled--) {
      bytes[random.below(bytes.length)] = random.below(256);
    }
    decodeEntries(bytes);
  }
});
