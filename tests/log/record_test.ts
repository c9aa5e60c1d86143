// The record codec: both ways, damaged at every bit, and with content that makes no sense under a right checksum.

import { assert, assertEquals } from "@std/assert";
import { joinedBytes } from "../../src/base/joined_bytes.ts";
import { type LogRecord, readRecord } from "../../src/log/record.ts";
import { sealRecord } from "../../src/log/record_head.ts";
import { Random } from "../base/random.ts";
import {
  bodiesOf,
  deferredRecord,
  journalRecord,
  keptRecord,
  messagesRecord,
} from "./sample_records.ts";

const SEGMENT = 5_000_000_000_001;
const SALT = 0xffff_ffff;

function samples(): Uint8Array<ArrayBuffer>[] {
  return [
    messagesRecord(SALT, SEGMENT, ["one", "", "three"]),
    deferredRecord(SALT, SEGMENT + 3, 99_999),
    keptRecord(SALT, 7, "orders"),
    journalRecord(SALT, (journal) => journal.finished("orders", 7)),
  ];
}

Deno.test("readRecord() gives back messages as sealMessages() made them", () => {
  const bytes = joinedBytes([new Uint8Array(3), messagesRecord(SALT, 12, ["one", "", "three"])]);
  assertEquals(readRecord(bytes, 3, SALT), {
    kind: "messages",
    length: bytes.length - 3,
    first: 12,
    wallMs: 1700.5,
    count: 3,
    bodies: bodiesOf("one", "", "three"),
  });
});

Deno.test("readRecord() gives back a deferred message as sealDeferred() made it", () => {
  const bytes = deferredRecord(SALT, 12, 99_999.25);
  assertEquals(readRecord(bytes, 0, SALT), {
    kind: "deferred",
    length: bytes.length,
    number: 12,
    wallMs: 1700,
    dueWallMs: 99_999.25,
    bodies: bodiesOf("later"),
  });
});

Deno.test("readRecord() gives back a kept message as encodeKept() made it", () => {
  const bytes = keptRecord(SALT, 12, "orders", 65_535, 8);
  assertEquals(readRecord(bytes, 0, SALT), {
    kind: "kept",
    length: bytes.length,
    number: 12,
    dueWallMs: 8,
    timestamp: 17n,
    id: new TextEncoder().encode("0123456789abcdef"),
    attempts: 65_535,
    channel: "orders",
    bodies: bodiesOf("kept"),
  });
});

Deno.test("readRecord() finds every single flipped bit and every cut", () => {
  for (const sample of samples()) {
    for (let bit = 0; bit < sample.length * 8; bit++) {
      const damaged = sample.slice();
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      assertEquals(readRecord(damaged, 0, SALT).kind, "damage", `bit ${bit}`);
    }
    for (let length = 0; length < sample.length; length++) {
      assertEquals(readRecord(sample.subarray(0, length), 0, SALT).kind, "damage");
    }
  }
});

Deno.test("readRecord() refuses a record of another segment", () => {
  for (const sample of samples()) {
    assertEquals(readRecord(sample, 0, SALT - 1), {
      kind: "damage",
      reason: "wrong checksum",
      length: 0,
    });
  }
});

Deno.test("readRecord() finds no record where the salt is lost", () => {
  for (const sample of samples()) {
    assertEquals(readRecord(sample, 0, undefined).kind, "damage");
  }
});

Deno.test("readRecord() calls senseless content malformed, and knows its extent", () => {
  const senseless: [string, number, (record: Uint8Array, view: DataView) => void][] = [
    ["count too large", 0, (_record, view) => view.setUint32(32, 4_000_000_000)],
    ["count too small", 0, (_record, view) => view.setUint32(32, 2)],
    ["no message", 0, (_record, view) => view.setUint32(32, 0)],
    ["negative size", 0, (_record, view) => view.setInt32(40, -1)],
    ["size too large", 0, (_record, view) => view.setInt32(40, 0x7fffffff)],
    ["number no integer", 0, (_record, view) => view.setFloat64(16, 0.5)],
    ["number negative", 0, (_record, view) => view.setFloat64(16, -1)],
    ["number too large", 0, (_record, view) => view.setFloat64(16, 2 ** 53 - 2)],
    ["time not a number", 0, (_record, view) => view.setFloat64(24, NaN)],
    ["due time infinite", 1, (_record, view) => view.setFloat64(32, Infinity)],
    ["body longer than its record", 1, (_record, view) => view.setInt32(40, 6)],
    ["name not valid", 2, (record) => record[64] = 0x20],
    ["number not a number", 2, (_record, view) => view.setFloat64(16, NaN)],
    ["unknown operation", 3, (record) => record[16] = 200],
    ["name too long", 3, (record) => record[17] = 255],
    ["too many ranges", 3, (_record, view) => view.setUint32(24, 0xffffffff)],
  ];
  for (const [name, index, spoil] of senseless) {
    const record = samples()[index]!;
    spoil(record, new DataView(record.buffer));
    const nameBytes = index === 2 ? "orders".length : 0;
    const kind = (["messages", "deferred", "kept", "journal"] as const)[index]!;
    sealRecord(record, kind, SALT, nameBytes);
    const damage = { kind: "damage", reason: "malformed content", length: record.length };
    assertEquals<unknown>(readRecord(record, 0, SALT), damage, name);
  }
});

Deno.test("readRecord() never throws, whatever the bytes are under a right checksum", () => {
  const random = new Random(1);
  for (let round = 0; round < 20_000; round++) {
    const record = random.pick(samples())!.slice(0, 17 + random.below(80));
    for (let spoiled = random.below(6); spoiled > 0; spoiled--) {
      record[16 + random.below(record.length - 16)] = random.below(256);
    }
    const kind = random.pick(["messages", "deferred", "kept", "journal"] as const)!;
    sealRecord(record, kind, SALT, random.below(80));
    const found: LogRecord | { kind: "damage"; length: number } = readRecord(record, 0, SALT);
    assert(found.length === record.length);
  }
});
