// Disk queues damaged at random: reading ends, throws nothing, invents nothing, and every byte is accounted for.

import { assert, assertEquals } from "@std/assert";
import { listQueues } from "../../../src/log/upstream/disk_queue_names.ts";
import { type Finding, readDiskQueue } from "../../../src/log/upstream/disk_queue_reader.ts";
import { Random } from "../../base/random.ts";
import { MemoryDisk } from "./memory_disk.ts";
import { idOf, joined, meta, record } from "./queue_data.ts";

const NAME = "q.diskqueue.000000.dat";

interface Extent {
  offset: number;
  bytes: number;
}

function randomBody(random: Random): Uint8Array {
  const size = random.chance(5) ? random.below(2000) : 1 + random.below(60);
  const isText = random.chance(50);
  // No hex digits: half an id and a body of these can imitate a header, which nothing can tell from one.
  return Uint8Array.from(
    { length: size },
    () => isText ? 103 + random.below(20) : random.below(256),
  );
}

function randomRecords(random: Random): Uint8Array[] {
  const count = random.below(20);
  return Array.from(
    { length: count },
    (_, index) => record(randomBody(random), { id: idOf(index + 1), attempts: random.below(4) }),
  );
}

function read(content: Uint8Array, metaContent?: Uint8Array) {
  const disk = new MemoryDisk();
  disk.put(`/data/${NAME}`, content);
  if (metaContent) disk.put("/data/q.diskqueue.meta.dat", metaContent);
  const [queue] = listQueues(disk.list("/data").map(({ name }) => name)).queues;
  const findings: Finding[] = [];
  const messages = readDiskQueue(disk, "/data", queue!, (finding) => findings.push(finding));
  const extents = [...messages].map(({ offset, body }) => ({ offset, bytes: 30 + body.length }));
  return { extents, findings };
}

/** What was read and what was skipped must cover the file once. */
function assertCovers(extents: Extent[], findings: Finding[], start: number, end: number): void {
  const skipped = findings.filter(({ bytes }) => bytes > 0);
  let at = start;
  for (const extent of [...extents, ...skipped].sort((one, other) => one.offset - other.offset)) {
    assertEquals(extent.offset, at);
    at += extent.bytes;
  }
  assertEquals(at, end);
}

function extentsOf(records: Uint8Array[]): Extent[] {
  let offset = 0;
  return records.map(({ length }) => {
    offset += length;
    return { offset: offset - length, bytes: length };
  });
}

function isWithin(one: Extent, other: Extent): boolean {
  return one.offset < other.offset + other.bytes && other.offset < one.offset + one.bytes;
}

Deno.test("readDiskQueue() loses at most the record that one flipped bit hits, at every bit", () => {
  // Bodies of different sizes: with equal ones a flipped bit of a length can lead to another record's end.
  const sizes = [3, 10, 1, 41, 90, 7];
  const records = sizes.map((size, index) =>
    record(new Uint8Array(size).fill(200 + index), { id: idOf(index) })
  );
  const content = joined(...records);
  const originals = extentsOf(records);
  for (let bit = 0; bit < content.length * 8; bit++) {
    const damaged = content.slice();
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    const { extents, findings } = read(damaged);
    assertCovers(extents, findings, 0, content.length);
    const hit = { offset: bit >> 3, bytes: 1 };
    const untouched = originals.filter((original) => !isWithin(original, hit));
    assertEquals(extents.filter((extent) => !isWithin(extent, hit)), untouched, `bit ${bit}`);
  }
});

Deno.test("readDiskQueue() reads every whole record of a file cut anywhere", () => {
  const records = randomRecords(new Random(3)).slice(0, 8);
  const content = joined(...records);
  for (let length = 0; length <= content.length; length++) {
    const { extents, findings } = read(content.subarray(0, length));
    assertCovers(extents, findings, 0, length);
    const whole = extentsOf(records).filter(({ offset, bytes }) => offset + bytes <= length);
    assertEquals(extents, whole);
  }
});

Deno.test("readDiskQueue() invents nothing from a zeroed or scribbled stretch, and keeps what it did not touch", () => {
  for (let seed = 0; seed < 2000; seed++) {
    const random = new Random(seed);
    const records = randomRecords(random);
    const content = joined(...records);
    if (content.length === 0) continue;
    const hit = { offset: random.below(content.length), bytes: 1 + random.below(300) };
    const isZeroed = random.chance(50);
    const stretch = content.subarray(hit.offset, hit.offset + hit.bytes);
    stretch.set(stretch.map(() => isZeroed ? 0 : random.below(256)));
    const { extents, findings } = read(content);
    assertCovers(extents, findings, 0, content.length);
    const untouched = extentsOf(records).filter((original) => !isWithin(original, hit));
    const kept = extents.filter((extent) => !isWithin(extent, hit));
    const text = `seed ${seed}`;
    // What a damaged record swallowed, or was swallowed with, is covered by an extent that was hit.
    for (const extent of kept) assert(untouched.some((original) => isSame(original, extent)), text);
    const lost = untouched.filter((original) => !kept.some((extent) => isSame(original, extent)));
    assertEquals(lost, [], text);
  }
});

function isSame(one: Extent, other: Extent): boolean {
  return one.offset === other.offset && one.bytes === other.bytes;
}

Deno.test("readDiskQueue() ends without a throw on anything, under any positions", () => {
  for (let seed = 0; seed < 3000; seed++) {
    const random = new Random(seed);
    const parts = randomRecords(random).flatMap((whole) => {
      const cut = random.chance(20) ? random.below(whole.length) : whole.length;
      return random.chance(10) ? [randomBody(random), whole] : [whole.subarray(0, cut)];
    });
    const content = joined(...parts);
    const positions = [0, random.below(content.length + 20), 0, random.below(content.length + 20)];
    const metaContent = meta(random.below(9), ...positions as [number, number, number, number]);
    const { extents, findings } = read(content, random.chance(70) ? metaContent : undefined);
    const start = [...extents, ...findings.filter(({ bytes }) => bytes > 0)]
      .reduce((least, { offset }) => Math.min(least, offset), content.length);
    assertCovers(extents, findings, start, content.length);
  }
});
