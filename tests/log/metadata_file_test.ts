// nsqd.dat in its directory: what is read and refused, how many writes a burst costs, what waiting means, failures.

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { systemTimers } from "../../src/base/timers.ts";
import { encodeMetadata } from "../../src/log/metadata.ts";
import { MetadataError, MetadataFile } from "../../src/log/metadata_file.ts";
import { ManualTime } from "./manual_time.ts";

const settled = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

/** A file whose disk and time the test holds in its hands: each write ends when the test says so. */
function held() {
  const time = new ManualTime();
  const topics: { name: string; paused: boolean; channels: never[] }[] = [];
  const events: string[] = [];
  const writes: { text: string; end: () => void; fail: (error: Error) => void }[] = [];
  const signals = {
    writing: (text: string) => void events.push(text),
    failed: (text: string) => void events.push(text),
  };
  const replace = (_path: string, content: Uint8Array) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const end = () => {
      events.push("written");
      resolve();
    };
    writes.push({ text: new TextDecoder().decode(content), end, fail: reject });
    return promise;
  };
  const surroundings = { clock: time, timers: time, replace };
  const file = new MetadataFile("/data", { topics }, signals, surroundings);
  const add = (name: string) => {
    topics.push({ name, paused: false, channels: [] });
    file.changed();
  };
  const text = () => encodeMetadata({ topics });
  return { file, time, events, writes, add, text };
}

/** A file in a real directory. */
async function withDirectory(
  use: (directory: string, file: MetadataFile, add: (name: string) => void) => Promise<void> | void,
) {
  const directory = await Deno.makeTempDir();
  const topics: { name: string; paused: boolean; channels: never[] }[] = [];
  const signals = { writing() {}, failed() {} };
  const clock = { nowMs: () => performance.now() };
  const file = new MetadataFile(directory, { topics }, signals, { clock, timers: systemTimers });
  const add = (name: string) => {
    topics.push({ name, paused: false, channels: [] });
    file.changed();
  };
  try {
    await use(directory, file, add);
  } finally {
    await file.close();
    await Deno.remove(directory, { recursive: true });
  }
}

const namesIn = (directory: string) => [...Deno.readDirSync(directory)].map(({ name }) => name);

Deno.test("MetadataFile.load() finds nothing where there is no file", () =>
  withDirectory((_directory, file) => assertEquals(file.load(), { topics: [], warnings: [] })));

Deno.test("MetadataFile.load() reads what was saved, beside what a kill during a save left", () =>
  withDirectory(async (directory, file, add) => {
    add("orders");
    await file.saved();
    await Deno.writeTextFile(`${directory}/nsqd.dat.4711.tmp`, '{"topics":[{"na');
    assertEquals(file.load().topics.map(({ name }) => name), ["orders"]);
    add("more");
    await file.saved();
    assertEquals(file.load().topics.map(({ name }) => name), ["orders", "more"]);
    assertEquals(namesIn(directory).sort(), ["nsqd.dat", "nsqd.dat.4711.tmp"]);
  }));

Deno.test("MetadataFile saves readable by the owner only", () =>
  withDirectory(async (_directory, file) => {
    await file.saveNow();
    assertEquals((await Deno.stat(file.path)).mode! & 0o777, 0o600);
  }));

Deno.test("MetadataFile.load() refuses an empty, broken or ill-typed file with upstream's text", () =>
  withDirectory(async (_directory, file) => {
    const prefix = `failed to load metadata - failed to parse metadata in ${file.path} - `;
    for (const text of ["", "{", "[]", '{"topics":3}', "\ufeff{}"]) {
      await Deno.writeTextFile(file.path, text);
      assertThrows(() => file.load(), MetadataError, prefix);
    }
    await Deno.writeTextFile(file.path, "");
    assertThrows(() => file.load(), MetadataError, prefix + "unexpected end of JSON input");
  }));

Deno.test("MetadataFile.load() says why a file cannot be read", () =>
  withDirectory(async (_directory, file) => {
    await Deno.mkdir(file.path);
    const prefix = `failed to load metadata - failed to read metadata from ${file.path} - `;
    assertThrows(() => file.load(), MetadataError, prefix + "is a directory");
  }));

Deno.test("MetadataFile removes its temporary file when a save fails, and saves again later", () =>
  withDirectory(async (directory, file, add) => {
    await Deno.mkdir(`${file.path}/in-the-way`, { recursive: true });
    add("orders");
    await assertRejects(() => file.saved(), MetadataError, "failed to persist metadata - rename ");
    assertEquals(namesIn(directory), ["nsqd.dat"]);
    await Deno.remove(file.path, { recursive: true });
    await file.saved();
    assertEquals(file.load().topics.length, 1);
  }));

Deno.test("MetadataFile takes many concurrent changes to the disk", () =>
  withDirectory(async (directory, file, add) => {
    const all = Array.from({ length: 200 }, async (_, number) => {
      await settled();
      add(`topic-${number}`);
      await file.saved();
      const names = file.load().topics.map(({ name }) => name);
      assertEquals(names.includes(`topic-${number}`), true);
    });
    await Promise.all(all);
    assertEquals(namesIn(directory), ["nsqd.dat"]);
  }));

Deno.test("MetadataFile writes a burst of 10,000 topics a few times", async () => {
  const { file, time, writes, add, text } = held();
  for (let burst = 0; burst < 10; burst++) {
    for (let number = 0; number < 1000; number++) add(`topic-${burst}-${number}`);
    time.advance(30);
    writes.at(-1)?.end();
    await settled();
  }
  time.advance(100);
  assertEquals(writes.at(-1)!.text, text());
  assertEquals(writes.length, 4);
  writes.at(-1)!.end();
  await file.close();
});

Deno.test("MetadataFile has one write under way, and another follows for what changed meanwhile", async () => {
  const { file, time, writes, add, text, events } = held();
  add("a");
  time.advance(0);
  assertEquals(writes.length, 1);
  add("b");
  time.advance(1000);
  assertEquals(writes.length, 1);
  writes[0]!.end();
  await settled();
  time.advance(0);
  assertEquals(writes[1]!.text, text());
  writes[1]!.end();
  await settled();
  const line = "NSQ: persisting topic/channel metadata to /data/nsqd.dat";
  assertEquals(events, [line, "written", line, "written"]);
  assertEquals([file.path, time.waiting], ["/data/nsqd.dat", 0]);
});

Deno.test("MetadataFile.saved() resolves at once when nothing changed", async () => {
  const { file, writes } = held();
  await file.saved();
  assertEquals(writes.length, 0);
});

Deno.test("MetadataFile.saved() does not wait for the pause", async () => {
  const { file, time, writes, add } = held();
  add("a");
  time.advance(0);
  writes[0]!.end();
  await settled();
  add("b");
  const saved = file.saved();
  assertEquals(writes.length, 2);
  writes[1]!.end();
  await saved;
  assertEquals(time.waiting, 0);
});

Deno.test("MetadataFile.saved() waits for the write that began after the change", async () => {
  const { file, writes, add } = held();
  const order: string[] = [];
  add("a");
  const first = file.saved().then(() => order.push("a"));
  add("b");
  const second = file.saved().then(() => order.push("b"));
  writes[0]!.end();
  await first;
  await settled();
  assertEquals([order, writes.length], [["a"], 2]);
  writes[1]!.end();
  await second;
  assertEquals(order, ["a", "b"]);
});

Deno.test("MetadataFile reports a failed write and tries again at the next change", async () => {
  const { file, time, writes, add, events } = held();
  add("a");
  time.advance(0);
  writes[0]!.fail(new Error("No space left on device (os error 28)"));
  await settled();
  assertEquals(events.at(-1), "failed to persist metadata - no space left on device");
  add("b");
  time.advance(100);
  assertEquals(writes.length, 2);
  writes[1]!.end();
  await settled();
  assertEquals([events.at(-1), time.waiting], ["written", 0]);
  await file.saved();
});

Deno.test("MetadataFile tries again by itself after a while", async () => {
  const { time, writes, add, events } = held();
  add("a");
  time.advance(0);
  writes[0]!.fail(new Error("broken"));
  await settled();
  time.advance(9_999);
  assertEquals(writes.length, 1);
  time.advance(1);
  writes[1]!.end();
  await settled();
  assertEquals(events.at(-1), "written");
});

Deno.test("MetadataFile.saved() rejects when its write fails, and not the next time", async () => {
  const { file, writes, add } = held();
  add("a");
  const failed = file.saved();
  writes[0]!.fail(new Error("broken"));
  await assertRejects(() => failed, MetadataError, "failed to persist metadata - broken");
  const again = file.saved();
  writes[1]!.end();
  await again;
});

Deno.test("MetadataFile.saved() may be left unhandled when it rejects", async () => {
  const { file, writes, add } = held();
  add("a");
  void file.saved();
  writes[0]!.fail(new Error("broken"));
  await settled();
  await file.close();
});

Deno.test("MetadataFile.saveNow() writes although nothing changed, after a write under way", async () => {
  const { file, writes, add } = held();
  add("a");
  void file.saved();
  const now = file.saveNow();
  assertEquals(writes.length, 1);
  writes[0]!.end();
  await settled();
  writes[1]!.end();
  await now;
  assertEquals(writes[1]!.text, writes[0]!.text);
});

Deno.test("MetadataFile.close() waits for the write under way and begins no other", async () => {
  const { file, time, writes, add } = held();
  add("a");
  const first = file.saved();
  add("b");
  const second = file.saved();
  const closed = file.close();
  writes[0]!.end();
  await closed;
  await first;
  await assertRejects(() => second, MetadataError, "closed");
  add("c");
  await assertRejects(() => file.saved(), MetadataError, "closed");
  assertEquals([writes.length, time.waiting], [1, 0]);
});
