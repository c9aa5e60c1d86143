// A small log of every kind of record, with a bit flipped in every byte of every file, and every file cut at every byte:
// it always starts, loses at most the messages of the records that were hit, and says so.
// Each time the real storage and topics start on the damaged files. DAMAGE_ALL=1 flips every bit instead of one a byte.

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { readCheckpoint } from "../../src/log/recovery.ts";
import type { LogRecord } from "../../src/log/record.ts";
import { readSalt, SEGMENT_HEADER_BYTES } from "../../src/log/segment_header.ts";
import { scanSegment } from "../../src/log/segment_scan.ts";
import { listSegments, topicFolder } from "../../src/log/topic_folder.ts";
import { MemoryDisk } from "./memory_disk.ts";
import { messagesRecord } from "./sample_records.ts";
import { type KnownChannels, StoredLife } from "./stored_life.ts";

const KNOWN: KnownChannels = { t: ["c", "d", "e"] };
const FOLDER = topicFolder("/data", "t");
const HOUR_MS = 3_600_000;
const isEveryBit = Deno.env.get("DAMAGE_ALL") === "1";
const TIME = { nowMs: 1e6, wallMs: 1.7e12 };

/** What lies in a file from `from` to `to`. */
interface Stretch {
  readonly path: string;
  readonly from: number;
  readonly to: number;
  /** Undefined for a segment's header and for what is no segment. */
  readonly record: LogRecord | undefined;
  /** The bodies of its messages. */
  readonly bodies: readonly string[];
  /** Read at the start, because the checkpoint does not cover it. */
  readonly isReplayed: boolean;
}

interface SmallLog {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly stretches: readonly Stretch[];
  /** What each channel is owed when nothing is damaged. */
  readonly owed: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Two runs: one that was stopped, or killed as well and without a checkpoint; one that was killed. */
async function smallLog(isStopped: boolean): Promise<SmallLog> {
  const disk = new MemoryDisk();
  const clock = { ...TIME };
  const durability = isStopped ? "memory" : "async";
  const first = new StoredLife(disk, clock, { durability });
  for (const name of ["c", "d"]) first.channel("t", name);
  for (const bodies of [["a0", "a1", "a2"], ["a3"], ["a4", "a5"]]) first.publish("t", bodies);
  first.publish("t", ["late"], HOUR_MS);
  const early = first.subscribe("t", "c", 5);
  await first.rest([early]);
  early.finish(["a0", "a3"]);
  early.requeue(["a2"], HOUR_MS);
  first.publish("t", ["a6"]);
  if (isStopped) await first.stop();
  clock.wallMs += 1000;
  const second = new StoredLife(disk, clock);
  second.publish("t", ["b0", "b1"]);
  second.channel("t", "e");
  second.publish("t", ["b2"]);
  second.publish("t", ["b3", "b4", "b5"]);
  second.publish("t", ["later"], HOUR_MS);
  const late = [second.subscribe("t", "c", 100), second.subscribe("t", "d", 3)];
  await second.rest(late);
  late[0]!.finish(["a4", "b0", "b4"]);
  late[0]!.requeue(["b1"], 0);
  late[1]!.requeue(["a1"], HOUR_MS);
  second.publish("t", ["b6"]);
  if (!isStopped) disk.files.delete(`${FOLDER}/checkpoint`);
  const files = new Map([...disk.files].map(([path, bytes]) => [path, bytes.slice()]));
  return { files, stretches: stretchesOf(files), owed: (await lived(files)).came };
}

function stretchesOf(files: ReadonlyMap<string, Uint8Array>): Stretch[] {
  const disk = diskWith(files);
  const position = readCheckpoint(disk, FOLDER)?.position ?? { segment: 0, offset: 0 };
  const stretches: Stretch[] = [];
  for (const segment of listSegments(disk, FOLDER)) {
    let end = 0;
    const add = (from: number, to: number, record: LogRecord | undefined) => {
      const isReplayed = segment.first > position.segment ||
        segment.first === position.segment && from >= position.offset;
      const bodies = record === undefined ? [] : bodiesIn(record);
      stretches.push({ path: segment.path, from, to, record, bodies, isReplayed });
    };
    for (const found of scanSegment(disk, segment)) {
      if (found.kind === "damage") {
        throw new Error(`damaged before anything happened: ${found.path}`);
      }
      const { offset, record } = found;
      if (end === 0) add(0, offset, undefined);
      end = offset + record.length;
      add(offset, end, { ...record });
    }
  }
  const path = `${FOLDER}/checkpoint`;
  const to = files.get(path)?.length ?? 0;
  stretches.push({ path, from: 0, to, record: undefined, bodies: [], isReplayed: true });
  return stretches.filter(({ to }) => to > 0);
}

function bodiesIn(record: LogRecord): string[] {
  if (record.kind === "journal") return [];
  const view = new DataView(record.bodies.buffer, record.bodies.byteOffset, record.bodies.length);
  const bodies: string[] = [];
  for (let at = 0; at < view.byteLength;) {
    const length = view.getInt32(at);
    bodies.push(new TextDecoder().decode(record.bodies.slice(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  return bodies;
}

function diskWith(files: ReadonlyMap<string, Uint8Array>): MemoryDisk {
  const disk = new MemoryDisk();
  for (const [path, bytes] of files) disk.files.set(path, bytes.slice());
  return disk;
}

interface Lived {
  readonly life: StoredLife;
  readonly disk: MemoryDisk;
  readonly came: Map<string, Set<string>>;
}

/** Starts on these files, takes in everything, finishes it. */
async function lived(files: ReadonlyMap<string, Uint8Array>): Promise<Lived> {
  const disk = diskWith(files);
  // Two hours later everything is due.
  const clock = { nowMs: 50, wallMs: TIME.wallMs + 2 * HOUR_MS };
  const life = new StoredLife(disk, clock, {}, KNOWN);
  const subscriptions = KNOWN["t"]!.map((name) => life.subscribe("t", name, 1000));
  await life.rest(subscriptions);
  for (const { channel } of subscriptions) assertEquals(channel.depth + channel.deferredCount, 0);
  for (const subscription of subscriptions) subscription.finish();
  assertEquals(life.failures, []);
  return {
    life,
    disk,
    came: new Map(subscriptions.map((s) => [s.channel.name, new Set(s.bodies)])),
  };
}

/** Starts on damaged files and looks at what came; `hit` are the stretches that were. */
async function check(log: SmallLog, files: Map<string, Uint8Array>, hit: readonly Stretch[]) {
  const { life, disk, came } = await lived(files);
  const lines = life.lines.join("\n");
  const lost = new Set<string>();
  const mayBeLost = new Set(hit.flatMap(({ bodies }) => bodies));
  // A finished message may come again when what is hit said that it was.
  const mayComeAgain = hit.some(({ record, bodies }) =>
    bodies.length === 0 || record?.kind === "kept"
  );
  for (const [channel, owed] of log.owed) {
    const missing = owed.difference(came.get(channel)!);
    for (const body of missing) lost.add(body);
    assertEquals(missing.difference(mayBeLost), new Set(), `lost to ${channel}`);
    if (!mayComeAgain) assertEquals(came.get(channel)!.difference(owed), new Set(), channel);
  }
  return { life, disk, lines, lost };
}

async function checkAgain(disk: MemoryDisk): Promise<void> {
  const life = new StoredLife(disk, { nowMs: 1, wallMs: TIME.wallMs + 3 * HOUR_MS }, {}, KNOWN);
  for (const channel of life.topic("t").channels.values()) {
    assertEquals(channel.depth + channel.deferredCount, 0, `left in ${channel.name}`);
  }
  assertEquals(life.lines, []);
  await life.stop();
}

async function everywhere(
  test: Deno.TestContext,
  story: (log: SmallLog, stretch: Stretch, at: number) => Promise<void>,
): Promise<void> {
  for (const isStopped of [true, false]) {
    const log = await smallLog(isStopped);
    const before = isStopped ? "stopped, then killed" : "killed twice";
    for (const path of new Set(log.stretches.map(({ path }) => path))) {
      await test.step(`${path}, ${before}`, () => throughout(log, path, story));
    }
  }
}

async function throughout(
  log: SmallLog,
  path: string,
  story: (log: SmallLog, stretch: Stretch, at: number) => Promise<void>,
): Promise<void> {
  for (const stretch of log.stretches.filter((stretch) => stretch.path === path)) {
    for (let at = stretch.from; at < stretch.to; at++) {
      try {
        await story(log, stretch, at);
      } catch (error) {
        const what = stretch.record?.kind ?? "no record";
        const where = `byte ${at} of ${path}, ${what} from ${stretch.from}`;
        throw new Error(`${where}: ${error}`, { cause: error });
      }
    }
  }
}

Deno.test("A small log has two segments, a checkpoint and every kind of record", async () => {
  const { stretches, owed } = await smallLog(true);
  const kinds = new Set(stretches.map(({ record }) => record?.kind));
  assertEquals(kinds, new Set([undefined, "messages", "deferred", "kept", "journal"]));
  assertEquals(new Set(stretches.map(({ path }) => path)).size, 3);
  assertEquals([...owed].map(([name, { size }]) => [name, size]), [["c", 11], ["d", 16], ["e", 6]]);
});

Deno.test("A flipped bit costs the messages of its record at most, and is told, counted and set aside", async (test) => {
  await everywhere(test, async (log, stretch, at) => {
    if (!isEveryBit) return await flip(log, stretch, at, at & 7);
    for (let bit = 0; bit < 8; bit++) await flip(log, stretch, at, bit);
  });
});

async function flip(log: SmallLog, stretch: Stretch, at: number, bit: number): Promise<void> {
  const { path, record, from, to, isReplayed } = stretch;
  const files = new Map(log.files);
  const damaged = files.get(path)!.slice();
  damaged[at]! ^= 1 << bit;
  files.set(path, damaged);
  const { life, disk, lines, lost } = await check(log, files, [stretch]);
  if (lost.size > 0 || isReplayed) {
    assert(lines.includes(path), `not told: ${lines}`);
    assertNotEquals(life.topic("t").log.damageCount, 0);
  }
  if (record !== undefined && lines.includes(path)) {
    assert(lines.includes(`${path} at ${from} `), `told another place: ${lines}`);
    assertEquals(disk.files.get(`${path}.${from}.bad`), damaged.slice(from, to));
  }
  await life.stop();
  await checkAgain(disk);
}

Deno.test("A file that is cut costs the messages behind the cut at most", async (test) => {
  await everywhere(test, async (log, { path, from, isReplayed }, at) => {
    const files = new Map(log.files);
    files.set(path, files.get(path)!.slice(0, at));
    const hit = log.stretches.filter((stretch) => stretch.path === path && stretch.to > at);
    const { life, disk, lines, lost } = await check(log, files, hit);
    // Between two records of the last segment nothing tells that there was more.
    const isUnseen = at === from && isReplayed && path.endsWith(".log");
    if (lost.size > 0 && !isUnseen) {
      assert(lines.includes(path), `not told: ${lines}`);
      assertNotEquals(life.topic("t").log.damageCount, 0);
    }
    await life.stop();
    await checkAgain(disk);
  });
});

Deno.test("A header of which nothing is left costs nothing where the next segment knows the salt", async () => {
  for (const isStopped of [true, false]) {
    const log = await smallLog(isStopped);
    const [header] = log.stretches;
    const files = new Map(log.files);
    const damaged = files.get(header!.path)!.slice().fill(0, header!.from, header!.to);
    files.set(header!.path, damaged);
    const { lost } = await check(log, files, [header!]);
    assertEquals(lost, new Set());
  }
});

Deno.test("A message that is a copy of a record never becomes one, whatever is damaged in front of it", async () => {
  assertEquals(await plantedComes((own, other) => [other, own + 1, 0]), false);
  // A test of the test: whoever knew the salt could do it.
  assertEquals(await plantedComes((own) => [own]), true);
});

/** Publishes records made for these salts, damages everything in front of them in turn, and says if one came. */
async function plantedComes(salts: (own: number, other: number) => number[]): Promise<boolean> {
  const disk = new MemoryDisk();
  const clock = { ...TIME };
  new StoredLife(disk, clock).publish("t", ["genuine"]);
  clock.wallMs += 1000;
  const life = new StoredLife(disk, clock);
  life.publish("t", ["before"]);
  const [other, own] = listSegments(disk, FOLDER).map((segment) => {
    const file = disk.open(segment.path, "read")!;
    const salt = readSalt(file, segment)!;
    file.close();
    return { ...segment, salt };
  });
  const guessed = [own!.first, own!.first + 1];
  const planted = [...salts(own!.salt, other!.salt), ...guessed].map((salt) =>
    messagesRecord(salt % 2 ** 32, own!.first + 1, ["planted"])
  );
  life.publish("t", [...planted, "after"]);
  const whole = disk.files.get(own!.path)!;
  let hasCome = false;
  for (let at = 0; at < whole.length; at++) {
    // One byte, and everything from the header on.
    for (const from of [at, Math.min(at, SEGMENT_HEADER_BYTES)]) {
      const damaged = whole.slice().fill(0xff, from, at + 1);
      const { came } = await lived(new Map([...disk.files, [own!.path, damaged]]));
      hasCome ||= came.get("c")!.has("planted");
    }
  }
  return hasCome;
}
