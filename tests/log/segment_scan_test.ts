// The walk over a segment: whole, damaged at every byte, and made by somebody who means harm.

import { assertEquals } from "@std/assert";
import { joinedBytes } from "../../src/base/joined_bytes.ts";
import { assert } from "../../src/base/assert.ts";
import { encodeSegmentHeader, SEGMENT_HEADER_BYTES } from "../../src/log/segment_header.ts";
import { type DamagedRange, scanSegment } from "../../src/log/segment_scan.ts";
import { segmentFile } from "../../src/log/topic_folder.ts";
import { Random } from "../base/random.ts";
import { MemoryDisk } from "./memory_disk.ts";
import { deferredRecord, journalRecord, keptRecord, messagesRecord } from "./sample_records.ts";

const SEGMENT = 4_000_000_000_000;
const SALT = 0xfeed_5a17;
const FILE = segmentFile("/topics/t.topic", SEGMENT);
const HEADER = encodeSegmentHeader({ nodeId: 7, first: SEGMENT, wallMs: 1700, salt: SALT });

interface Scan {
  /** Where each record found begins, with its length. */
  found: { offset: number; length: number }[];
  damage: DamagedRange[];
}

function scan(content: Uint8Array, fromOffset = 0, endOffset = Infinity): Scan {
  const disk = new MemoryDisk();
  disk.files.set(FILE.path, content);
  return scanOn(disk, fromOffset, endOffset);
}

function scanOn(disk: MemoryDisk, fromOffset = 0, endOffset = Infinity): Scan {
  const result: Scan = { found: [], damage: [] };
  for (const step of scanSegment(disk, { ...FILE, end: endOffset }, fromOffset)) {
    if (step.kind === "damage") result.damage.push(step);
    else result.found.push({ offset: step.offset, length: step.record.length });
  }
  assertEquals(disk.openCount, 0);
  return result;
}

/** Where the records of a segment made of these begin. */
function placesOf(records: readonly Uint8Array[]): Scan["found"] {
  let offset = SEGMENT_HEADER_BYTES;
  return records.map(({ length }) => {
    const place = { offset, length };
    offset += length;
    return place;
  });
}

function smallLog(): Uint8Array[] {
  return [
    messagesRecord(SALT, SEGMENT, ["one", "two"]),
    journalRecord(SALT, (journal) => journal.created("orders", SEGMENT)),
    messagesRecord(SALT, SEGMENT + 2, ["three"]),
    deferredRecord(SALT, SEGMENT + 3, 9000),
    messagesRecord(SALT, SEGMENT + 4, ["four", "five"]),
    keptRecord(SALT, 12, "orders"),
    journalRecord(SALT, (journal) => journal.finished("orders", SEGMENT)),
  ];
}

Deno.test("scanSegment() yields every record of a whole segment, in order", () => {
  const records = smallLog();
  assertEquals(scan(joinedBytes([HEADER, ...records])), { found: placesOf(records), damage: [] });
});

Deno.test("scanSegment() begins and ends where it is told", () => {
  const records = smallLog();
  const places = placesOf(records);
  const content = joinedBytes([HEADER, ...records]);
  assertEquals(scan(content, places[2]!.offset, places[5]!.offset).found, places.slice(2, 5));
  assertEquals(scan(content, content.length), { found: [], damage: [] });
  assertEquals(scan(content, content.length + 100), { found: [], damage: [] });
});

Deno.test("scanSegment() yields nothing for a segment that is not there or empty", () => {
  assertEquals([...scanSegment(new MemoryDisk(), FILE)], []);
  assertEquals(scan(new Uint8Array(0)), { found: [], damage: [] });
});

Deno.test("scanSegment() loses the one record that a byte was changed in, and says where", () => {
  const records = smallLog();
  const places = placesOf(records);
  const content = joinedBytes([HEADER, ...records]);
  for (let at = SEGMENT_HEADER_BYTES; at < content.length; at++) {
    for (const change of [0x01, 0x80, 0xff]) {
      const damaged = content.slice();
      damaged[at]! ^= change;
      const hit = places.findIndex(({ offset, length }) => at >= offset && at < offset + length);
      const { offset, length } = places[hit]!;
      const { found, damage } = scan(damaged);
      assertEquals(found, places.toSpliced(hit, 1), `byte ${at}`);
      assertEquals(damage.map(({ path, from, to, isTail }) => ({ path, from, to, isTail })), [{
        path: FILE.path,
        from: offset,
        to: offset + length,
        isTail: hit === places.length - 1,
      }]);
    }
  }
});

Deno.test("scanSegment() loses no record to a damaged header", () => {
  const records = smallLog();
  for (let at = 0; at < SEGMENT_HEADER_BYTES; at++) {
    const damaged = joinedBytes([HEADER, ...records]);
    damaged[at]! ^= 0x10;
    const { found, damage } = scan(damaged);
    assertEquals(found, placesOf(records));
    assertEquals(damage.map(({ from, to, isTail, reason }) => [from, to, isTail, reason]), [
      [0, SEGMENT_HEADER_BYTES, false, "damaged segment header"],
    ]);
  }
});

Deno.test("scanSegment() finds every whole record of a segment cut at any byte", () => {
  const records = smallLog();
  const places = placesOf(records);
  const content = joinedBytes([HEADER, ...records]);
  for (let length = 1; length < content.length; length++) {
    const { found, damage } = scan(content.subarray(0, length));
    const whole = places.filter((place) => place.offset + place.length <= length);
    assertEquals(found, whole);
    const last = whole.at(-1);
    const end = last === undefined ? SEGMENT_HEADER_BYTES : last.offset + last.length;
    if (length === end) assertEquals(damage, []);
    else {
      const from = length < SEGMENT_HEADER_BYTES ? 0 : end;
      assertEquals(damage.map((range) => [range.from, range.to, range.isTail]), [
        [from, length, true],
      ]);
    }
  }
});

Deno.test("scanSegment() covers every byte once and keeps what was not touched, whatever is written over it", () => {
  const random = new Random(5);
  const records = smallLog();
  const places = placesOf(records);
  for (let round = 0; round < 2000; round++) {
    const content = joinedBytes([HEADER, ...records]);
    const at = SEGMENT_HEADER_BYTES + random.below(content.length - SEGMENT_HEADER_BYTES);
    const end = Math.min(content.length, at + 1 + random.below(120));
    const filling = random.pick([0, 0xff, 0x4e])!;
    const before = content.slice();
    content.fill(filling, at, end);
    const untouched = places.filter(({ offset, length }) =>
      content.subarray(offset, offset + length).every((byte, index) =>
        byte === before[offset + index]
      )
    );
    const { found, damage } = scan(content);
    assertEquals(found, untouched);
    let covered = SEGMENT_HEADER_BYTES;
    const pieces = [
      ...found.map(({ offset, length }) => [offset, offset + length] as const),
      ...damage.map(({ from, to }) => [from, to] as const),
    ].sort((one, other) => one[0] - other[0]);
    for (const [from, to] of pieces) {
      assertEquals(from, covered);
      covered = to;
    }
    assertEquals(covered, content.length);
  }
});

Deno.test("scanSegment() loses one of many records of equal length when its length is changed", () => {
  const records: Uint8Array[] = [];
  for (let index = 0; index < 40; index++) {
    records.push(messagesRecord(SALT, SEGMENT + index, [new Uint8Array(128 - 44)]));
  }
  const content = joinedBytes([HEADER, ...records]);
  const places = placesOf(records);
  for (let bit = 0; bit < 32; bit++) {
    const damaged = content.slice();
    damaged[places[5]!.offset + 4 + (bit >> 3)]! ^= 1 << (bit & 7);
    assertEquals(scan(damaged).found, places.toSpliced(5, 1), `bit ${bit}`);
  }
});

Deno.test("scanSegment() takes no piece of a message's body for a record", () => {
  const foreign = journalRecord(SALT + 1, (journal) => journal.deleted("orders"));
  const own = journalRecord(SALT, (journal) => journal.deleted("orders"));
  for (const embedded of [foreign, own]) {
    const records = [
      messagesRecord(SALT, SEGMENT, [embedded, "last"]),
      messagesRecord(SALT, SEGMENT + 2, ["next"]),
    ];
    const content = joinedBytes([HEADER, ...records]);
    content[SEGMENT_HEADER_BYTES + records[0]!.length - 1]! ^= 1;
    assertEquals(scan(content).found, placesOf(records).slice(1));
  }
  // Torn in the middle: nothing behind it says where the record ended.
  const torn = joinedBytes([HEADER, messagesRecord(SALT, SEGMENT, [foreign, "more"])]);
  assertEquals(scan(torn.subarray(0, torn.length - 1)).found, []);
});

Deno.test("scanSegment() takes no planted record for one, whatever is damaged in front of it", () => {
  const other = messagesRecord(SALT + 1, SEGMENT + 1, ["planted"]);
  const guessed = [0, 1, SEGMENT >>> 0, SALT - 1, ~SALT >>> 0].map((salt) =>
    messagesRecord(salt, SEGMENT + 1, ["planted"])
  );
  const records = [
    messagesRecord(SALT, SEGMENT, [other, ...guessed]),
    messagesRecord(SALT, SEGMENT + 6, [other]),
    messagesRecord(SALT, SEGMENT + 7, ["next"]),
  ];
  const places = placesOf(records);
  const content = joinedBytes([HEADER, ...records]);
  for (let from = 0; from < places[1]!.offset; from++) {
    // One byte, and everything in front of some byte: what follows may begin with a planted record.
    for (const start of [from, Math.min(from, SEGMENT_HEADER_BYTES)]) {
      const damaged = content.slice();
      damaged.fill(0xff, start, from + 1);
      const isPlace = ({ offset }: { offset: number }) => places.some((at) => at.offset === offset);
      assert(scan(damaged).found.every(isPlace), `byte ${from} from ${start}`);
    }
  }
});

Deno.test("scanSegment() takes nothing for a record where every copy of the salt is lost", () => {
  const records = smallLog();
  const content = joinedBytes([HEADER, ...records]);
  content.fill(0, 0, SEGMENT_HEADER_BYTES);
  const { found, damage } = scan(content);
  assertEquals(found, []);
  assertEquals(damage.map(({ from, to, isTail }) => [from, to, isTail]), [
    [0, SEGMENT_HEADER_BYTES, false],
    [SEGMENT_HEADER_BYTES, content.length, false],
  ]);
});

Deno.test("scanSegment() reads records larger than a block, and only blocks where a length is wrong", () => {
  const records = [
    messagesRecord(SALT, SEGMENT, ["small"]),
    messagesRecord(SALT, SEGMENT + 1, [new Uint8Array(3_000_000).fill(7)]),
    messagesRecord(SALT, SEGMENT + 2, [new Uint8Array(900_000).fill(8)]),
    messagesRecord(SALT, SEGMENT + 3, [new Uint8Array(900_000).fill(9)]),
    messagesRecord(SALT, SEGMENT + 4, ["small"]),
  ];
  const places = placesOf(records);
  const content = joinedBytes([HEADER, ...records]);
  assertEquals(scan(content).found, places);

  const disk = new MemoryDisk();
  const damaged = content.slice();
  damaged[places[1]!.offset + 2_000_000]! ^= 1;
  disk.files.set(FILE.path, damaged);
  assertEquals(scanOn(disk).found, places.toSpliced(1, 1));
  assert(disk.readBytesMax <= 1024 * 1024, "no buffer for a record whose checksum is wrong");
});

Deno.test("scanSegment() finds a record whose first bytes lie across two blocks", () => {
  for (let shift = 0; shift < 5; shift++) {
    const records = [
      journalRecord(SALT, (journal) => journal.topicPaused(true)),
      keptRecord(SALT, 12, "orders"),
    ];
    // The first block begins with the header and ends within the first bytes of the record.
    const gap = new Uint8Array(1024 * 1024 - SEGMENT_HEADER_BYTES - shift);
    const content = joinedBytes([HEADER, gap, ...records]);
    const places = placesOf([gap, ...records]);
    assertEquals(scan(content).found, places.slice(1));
  }
});

Deno.test("scanSegment() goes to where a damaged record claims to end when the search becomes expensive", () => {
  const records = [
    messagesRecord(SALT, SEGMENT, [bytesFullOfHeads()]),
    messagesRecord(SALT, SEGMENT + 5, [new Uint8Array(300_000)]),
    messagesRecord(SALT, SEGMENT + 6, ["small"]),
  ];
  const content = joinedBytes([HEADER, ...records]);
  content[SEGMENT_HEADER_BYTES + 100]! ^= 1;
  assertEquals(scan(content).found, placesOf(records).slice(1));
});

function bytesFullOfHeads(): Uint8Array {
  const heads = new Uint8Array(400_000);
  const view = new DataView(heads.buffer);
  for (let at = 0; at + 16 <= heads.length; at += 16) {
    heads.set([0x4e, 0x53, 0x51, 0x52], at);
    view.setUint32(at + 4, 200_000 + at % 4096);
    heads[at + 12] = 1;
  }
  return heads;
}

Deno.test("scanSegment() finds its way out of a body full of record heads", () => {
  const records = [
    messagesRecord(SALT, SEGMENT, [bytesFullOfHeads()]),
    journalRecord(SALT, (journal) => journal.topicPaused(true)),
    messagesRecord(SALT, SEGMENT + 1, [new Uint8Array(2_000_000)]),
  ];
  const content = joinedBytes([HEADER, ...records]);
  content[SEGMENT_HEADER_BYTES + 100]! ^= 1;
  assertEquals(scan(content).found, placesOf(records).slice(1));
});
