// nsqd export: what a broker left is written in the other form, and comes back from it.

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { runExport } from "../../src/command_line/export.ts";
import { FakeStreams } from "../tools/fake_streams.ts";
import { BrokerHere } from "./broker_here.ts";
import { TemporaryFolder } from "../daemons/temporary_folder.ts";
import { Producer } from "../../src/client/producer.ts";

async function exported(dataPath: string, directory: string, ...flags: string[]) {
  const streams = new FakeStreams();
  const words = [`--data-path=${dataPath}`, `--to=${directory}`, ...flags];
  const code = await runExport(words, streams);
  return { code, output: streams.outputText, errors: streams.errorText };
}

const bodies = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(3, "0")}`);

/** t: c is done with 10 of 30 and gave 5 back for later, d has all; u: a backlog; p: paused, with a deferred message. */
async function traffic(dataPath: string): Promise<void> {
  await using broker = await BrokerHere.start(dataPath, "--mem-queue-size=4");
  const { topics } = broker.broker;
  const t = topics.topic("t", Date.now());
  topics.channel(t, "c");
  topics.channel(t, "d");
  await broker.publish("t", ...bodies("t", 30));
  await broker.consume("t", "c", 10);
  await broker.consume("t", "c", 5, "defer");
  await broker.publish("u", ...bodies("u", 7));
  const p = topics.topic("p", Date.now());
  topics.channel(p, "c");
  topics.setTopicPaused(p, true);
  await broker.publish("p", "now");
  const producer = new Producer({ address: broker.address });
  await producer.publishDeferred("p", 3_000_000, "later");
  await producer.close();
  topics.channel(p, "gone#ephemeral");
}

Deno.test("nsqd export writes what its own start takes over: each message once, with its attempts", async () => {
  using folder = new TemporaryFolder();
  await traffic(folder.path);
  const there = join(folder.path, "there");
  const { code, output, errors } = await exported(folder.path, there, "--max-bytes-per-file=200");
  assertEquals(code, 0, errors);
  assertMatch(output, /^59 messages of 3 topics \(\d+ bytes\) written to \S+there\n$/);
  assertMatch(errors, /^6 messages waited for a time .*\n$/);
  await using broker = await BrokerHere.start(there);
  const { topics } = broker.broker;
  assertEquals([broker.depth("t", "c"), broker.depth("t", "d")], [20, 30]);
  assertEquals([topics.get("u")?.depth, topics.get("p")?.depth], [7, 2]);
  assertEquals(topics.get("p")?.isPaused, true);
  assertEquals([...topics.get("p")!.channels.keys()], ["c"]);
  const c = await broker.consume("t", "c", 20);
  const d = await broker.consume("t", "d", 30);
  assertEquals(d.map(({ body }) => body).sort(), bodies("t", 30));
  assertEquals(c.filter(({ attempts }) => attempts === 2).length, 5);
  assertEquals(new Set(c.map(({ body }) => body)).size, 20);
  assertEquals((await broker.consume("u", "c", 7)).map(({ body }) => body).sort(), bodies("u", 7));
});

Deno.test("nsqd export leaves the logs as they are", async () => {
  using folder = new TemporaryFolder();
  await traffic(folder.path);
  await exported(folder.path, join(folder.path, "there"));
  await using broker = await BrokerHere.start(folder.path);
  assertEquals([broker.depth("t", "c"), broker.depth("t", "d")], [15, 30]);
});

Deno.test("nsqd export refuses a data path in use, a directory in use, and no directory", async () => {
  using folder = new TemporaryFolder();
  await using broker = await BrokerHere.start(folder.path);
  const there = join(folder.path, "there");
  const inUse = await exported(folder.path, there);
  assertEquals(inUse.code, 1);
  assertStringIncludes(inUse.errors, "stop the broker");
  await broker.stop();
  const notEmpty = await exported(folder.path, folder.path);
  assertEquals(notEmpty.code, 1);
  assertStringIncludes(notEmpty.errors, "is not empty");
  assertStringIncludes((await exported(folder.path, "")).errors, "--to required");
  assertEquals((await exported(folder.path, there, "more")).code, 2);
});

Deno.test("nsqd export refuses files of another nsqd that nobody took over yet", async () => {
  using folder = new TemporaryFolder();
  Deno.writeTextFileSync(join(folder.path, "t.diskqueue.meta.dat"), "0\n0,0\n0,0\n");
  const { code, errors } = await exported(folder.path, join(folder.path, "there"));
  assertEquals(code, 1);
  assertStringIncludes(errors, "start nsqd on it once");
});
