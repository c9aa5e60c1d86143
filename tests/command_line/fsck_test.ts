// nsqd fsck: what is there, what is damaged, and what is set aside.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { runFsck } from "../../src/command_line/fsck.ts";
import { FakeStreams } from "../tools/fake_streams.ts";
import { BrokerHere } from "./broker_here.ts";
import { TemporaryFolder } from "../daemons/temporary_folder.ts";

async function checked(dataPath: string, ...flags: string[]) {
  const streams = new FakeStreams();
  const code = await runFsck([`--data-path=${dataPath}`, ...flags], streams);
  return { code, output: streams.outputText, errors: streams.errorText };
}

/** 20 messages in t, one a record; c is done with 5 of them, d is paused. */
async function traffic(dataPath: string): Promise<void> {
  await using broker = await BrokerHere.start(dataPath);
  const { topics } = broker.broker;
  const topic = topics.topic("t", Date.now());
  topics.channel(topic, "c");
  topics.setChannelPaused(topic, topics.channel(topic, "d"), true);
  for (let number = 0; number < 20; number++) await broker.publish("t", `body ${number}`);
  await broker.consume("t", "c", 5);
  await broker.publish("other", "x");
}

function segmentOf(dataPath: string): string {
  const folder = join(dataPath, "topics", "t.topic");
  const name = [...Deno.readDirSync(folder)].map(({ name }) => name)
    .find((name) => name.endsWith(".log"));
  return join(folder, name!);
}

function flipBodyOf(dataPath: string, number: number): void {
  const path = segmentOf(dataPath);
  const bytes = Deno.readFileSync(path);
  const body = new TextEncoder().encode(`body ${number}`);
  const at = bytes.findIndex((_, at) => body.every((byte, index) => bytes[at + index] === byte));
  bytes[at]! ^= 1;
  Deno.writeFileSync(path, bytes);
}

Deno.test("nsqd fsck says what is there, as a table and as JSON", async () => {
  using folder = new TemporaryFolder();
  await traffic(folder.path);
  const { code, output, errors } = await checked(folder.path);
  assertEquals([code, errors], [0, ""]);
  assertMatch(output, /^t +1 +[\d,]+ +20 +0 +0$/m);
  assertMatch(output, /^ {2}c +15 +0$/m);
  assertMatch(output, /^ {2}d +20 +0 +paused$/m);
  assert(output.endsWith("\nclean\n"), output);
  const { topics, isClean } = JSON.parse((await checked(folder.path, "--json")).output);
  assertEquals(isClean, true);
  assertEquals(topics.map(({ name, depth }: { name: string; depth: number }) => [name, depth]), [
    ["other", 1],
    ["t", 0],
  ]);
  assertEquals(topics[1].channels[0], { name: "c", paused: false, depth: 15, deferred: 0 });
});

Deno.test("nsqd fsck finds a flipped bit, and sets it aside when it is asked to", async () => {
  using folder = new TemporaryFolder();
  await traffic(folder.path);
  flipBodyOf(folder.path, 13);
  const before = Deno.readFileSync(segmentOf(folder.path));
  const found = await checked(folder.path);
  assertEquals(found.code, 1);
  assertStringIncludes(found.output, `damaged: ${segmentOf(folder.path)} at`);
  assertStringIncludes(found.output, "wrong checksum");
  assertEquals(Deno.readFileSync(segmentOf(folder.path)), before);
  const repaired = await checked(folder.path, "--repair");
  assertEquals(repaired.code, 1);
  assertStringIncludes(repaired.output, "(set aside now)");
  const again = await checked(folder.path);
  assertEquals(again.code, 0);
  assertStringIncludes(again.output, "clean but for what is set aside already");
});

Deno.test("nsqd fsck tells an unfinished write at the end and cuts it off when it is asked to", async () => {
  using folder = new TemporaryFolder();
  await traffic(folder.path);
  const path = segmentOf(folder.path);
  const { size } = Deno.statSync(path);
  Deno.writeFileSync(path, new TextEncoder().encode("NSQR cut sh"), { append: true });
  const found = await checked(folder.path, "--json");
  assertEquals(found.code, 1);
  const { isUnfinishedWrite, from, to } = JSON.parse(found.output).topics[1].damage[0];
  assertEquals([isUnfinishedWrite, from, to], [true, size, size + 11]);
  assertStringIncludes((await checked(folder.path, "--repair")).output, "(cut off now)");
  assertEquals(Deno.statSync(path).size, size);
  assertStringIncludes((await checked(folder.path)).output, "\nclean\n");
});

Deno.test("nsqd fsck tells of a damaged checkpoint", async () => {
  using folder = new TemporaryFolder();
  await traffic(folder.path);
  const path = join(folder.path, "topics", "t.topic", "checkpoint");
  Deno.writeTextFileSync(path, "no checkpoint");
  const found = await checked(folder.path);
  assertEquals(found.code, 1);
  assertStringIncludes(found.output, "t: the checkpoint is damaged");
  await checked(folder.path, "--repair");
  assertEquals((await checked(folder.path)).code, 0);
});

Deno.test("nsqd fsck shows progress to a person only", async () => {
  using folder = new TemporaryFolder();
  await traffic(folder.path);
  const streams = new FakeStreams();
  streams.areErrorsTerminal = true;
  assertEquals(await runFsck([`--data-path=${folder.path}`], streams), 0);
  assertMatch(streams.errorText, /21 messages .* in 00:00\n/);
});

Deno.test("nsqd fsck refuses a data path in use, and one that is not there", async () => {
  using folder = new TemporaryFolder();
  await using _broker = await BrokerHere.start(folder.path);
  const { code, errors } = await checked(folder.path);
  assertEquals(code, 2);
  assertStringIncludes(errors, "stop the broker");
  assertEquals((await checked(join(folder.path, "none"))).code, 2);
});

Deno.test("nsqd fsck says which file it cannot understand", async () => {
  using folder = new TemporaryFolder();
  Deno.writeTextFileSync(join(folder.path, "nsqd.dat"), "{");
  const { code, errors } = await checked(folder.path);
  assertEquals(code, 2);
  assertStringIncludes(errors, join(folder.path, "nsqd.dat"));
});
