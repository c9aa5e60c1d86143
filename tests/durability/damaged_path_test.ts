/**
 * A real broker on a real data path with a bit flipped or a file cut: it starts, is well, says what it found, and has
 * every message that was not hit. Every byte of nsqd.dat; of the log, which tests/log/damage_test.ts does in full, a sample.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { BrokerHere } from "../command_line/broker_here.ts";
import { until } from "../daemons/waiting.ts";
import { TemporaryFolder } from "../daemons/temporary_folder.ts";

const LOG_STEP = 61;
const CUT_STEP = 7;
const MESSAGES = 8;

/** Four messages from a run that was stopped, four from one that was killed. */
async function makeDataPath(path: string): Promise<void> {
  const killed = join(path, "killed");
  const checkpoint = join(killed, "topics", "t.topic", "checkpoint");
  await Deno.mkdir(killed);
  {
    await using first = await BrokerHere.start(killed, "--max-bytes-per-file=4096");
    const { topics } = first.broker;
    topics.channel(topics.topic("t", Date.now()), "c");
    await first.publish("t", "m0", "m1", "m2", "m3");
  }
  const covered = async () => (await Deno.readFile(checkpoint)).join();
  const ofStop = await covered();
  await using second = await BrokerHere.start(killed, "--max-bytes-per-file=4096");
  await second.publish("t", "m4", "m5", "m6", "m7");
  // The segment that this run begins has a checkpoint written beside everything else, once.
  await until(async () => await covered() !== ofStop, () => "the new segment has no checkpoint");
  await untilStill(killed);
  await copy(killed, join(path, "copy"));
}

/** Waits until nothing is being replaced and two looks see the same files. */
async function untilStill(path: string): Promise<void> {
  let before = "";
  await until(async () => {
    const files = await filesIn(path);
    if (files.some((name) => name.endsWith(".tmp"))) return false;
    const now = files.map((file) => {
      const { size, mtime } = Deno.statSync(join(path, file));
      return `${file} ${size} ${mtime?.getTime()}`;
    }).join();
    const isStill = now === before;
    before = now;
    return isStill;
  }, () => `the files do not come to rest: ${before}`);
}

async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copy(join(from, name), join(to, name));
    else await Deno.copyFile(join(from, name), join(to, name));
  }
}

async function filesIn(path: string): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(path)) {
    if (isDirectory) {
      files.push(...(await filesIn(join(path, name))).map((file) => join(name, file)));
    } else files.push(name);
  }
  return files.sort();
}

interface Found {
  readonly depth: number;
  readonly damageCount: number;
  readonly lines: string;
}

/** Starts on a copy of the data path in which one file has another content. */
async function startWith(path: string, file: string, content: Uint8Array): Promise<Found> {
  using folder = new TemporaryFolder();
  const dataPath = join(folder.path, "data");
  await copy(join(path, "copy"), dataPath);
  await Deno.writeFile(join(dataPath, file), content);
  await using here = await BrokerHere.start(dataPath, "--http-address=127.0.0.1:0");
  const lines = here.lines.join("");
  const origin = `http://${/HTTP: listening on (\S+)/.exec(lines)![1]}`;
  assertEquals(await (await fetch(`${origin}/ping`)).text(), "OK");
  const stats = await (await fetch(`${origin}/stats?format=json&topic=t`)).json();
  const [topic] = stats.topics;
  const { depth } = topic.channels.find((channel: { channel_name: string }) =>
    channel.channel_name === "c"
  );
  return { depth, damageCount: topic.damage_count ?? 0, lines };
}

function flipped(content: Uint8Array, at: number): Uint8Array {
  const damaged = content.slice();
  damaged[at]! ^= 1 << (at & 7);
  return damaged;
}

Deno.test("A broker starts whatever happened to nsqd.dat, and has everything", async () => {
  using folder = new TemporaryFolder();
  await makeDataPath(folder.path);
  const whole = await Deno.readFile(join(folder.path, "copy", "nsqd.dat"));
  for (let at = 0; at < whole.length; at++) {
    const { depth } = await startWith(folder.path, "nsqd.dat", flipped(whole, at));
    assertEquals(depth, MESSAGES, `byte ${at}`);
    if (at % CUT_STEP > 0) continue;
    const cut = await startWith(folder.path, "nsqd.dat", whole.slice(0, at));
    assertEquals(cut.depth, MESSAGES, `cut at ${at}`);
    assertStringIncludes(cut.lines, "nsqd.dat.bad");
  }
});

Deno.test("A broker that cannot write nsqd.dat says so in its log; /ping speaks of messages", async () => {
  using folder = new TemporaryFolder();
  await using broker = await BrokerHere.start(folder.path, "--http-address=127.0.0.1:0");
  const origin = `http://${/HTTP: listening on (\S+)/.exec(broker.lines.join(""))![1]}`;
  const metadata = join(folder.path, "nsqd.dat");
  await Deno.remove(metadata);
  await Deno.mkdir(join(metadata, "in the way"), { recursive: true });
  await broker.publish("t", "m");
  const created = await fetch(`${origin}/topic/create?topic=u`, { method: "POST" });
  const ping = await fetch(`${origin}/ping`);
  assertEquals([await created.text(), created.status, await ping.text()], ["", 200, "OK"]);
  assertStringIncludes(broker.lines.join(""), "ERROR: failed to persist metadata - ");
  await Deno.remove(metadata, { recursive: true });
});

Deno.test("A broker starts on a damaged log, is well and counts what it found", async () => {
  using folder = new TemporaryFolder();
  await makeDataPath(folder.path);
  const files = (await filesIn(join(folder.path, "copy"))).filter((file) => file !== "nsqd.dat");
  assertEquals(files.length, 3, "two segments and a checkpoint");
  for (const file of files) {
    const whole = await Deno.readFile(join(folder.path, "copy", file));
    for (let at = 0; at < whole.length; at += LOG_STEP) {
      const found = await startWith(folder.path, file, flipped(whole, at));
      assert(found.depth >= MESSAGES - 1, `byte ${at} of ${file}: ${found.depth} are left`);
      if (found.depth < MESSAGES) assert(found.damageCount > 0, `byte ${at} of ${file}`);
      if (found.damageCount > 0) assertStringIncludes(found.lines, file);
      const cut = await startWith(folder.path, file, whole.slice(0, at));
      if (file.endsWith("checkpoint")) assertEquals(cut.depth, MESSAGES);
    }
  }
});

Deno.test("A broker whose checkpoint is gone takes pauses from nsqd.dat, and only then", async () => {
  using folder = new TemporaryFolder();
  const dataPath = join(folder.path, "data");
  await Deno.mkdir(dataPath);
  {
    await using here = await BrokerHere.start(dataPath, "--max-bytes-per-file=4096");
    const { topics } = here.broker;
    const topic = topics.topic("t", Date.now());
    topics.setChannelPaused(topic, topics.channel(topic, "c"), true);
    topics.channel(topic, "d");
    // The segment that tells of the pause goes with what was emptied.
    for (let round = 0; round < 4; round++) await here.publish("t", "x".repeat(3000));
    for (const channel of topic.channels.values()) topic.emptyChannel(channel);
    await here.publish("t", "x".repeat(3000), "last");
  }
  for (const hasCheckpoint of [true, false]) {
    const copied = join(folder.path, `${hasCheckpoint}`);
    await copy(dataPath, copied);
    const metadata = join(copied, "nsqd.dat");
    const text = await Deno.readTextFile(metadata);
    // What it says counts only where the log does not know better.
    if (hasCheckpoint) await Deno.writeTextFile(metadata, text.replaceAll(":true", ":false"));
    else await Deno.remove(join(copied, "topics", "t.topic", "checkpoint"));
    await using here = await BrokerHere.start(copied);
    const { channels } = here.broker.topics.get("t")!;
    assertEquals([...channels.values()].map(({ isPaused }) => isPaused), [true, false]);
  }
});
