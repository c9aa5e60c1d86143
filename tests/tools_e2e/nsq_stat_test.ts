// nsq_stat against broker processes.

import { assertEquals, assertStringIncludes } from "@std/assert";
import { FIGURES_HEAD } from "../../src/tools/channel_figures.ts";
import { runNsqStat } from "../../src/tools/nsq_stat.ts";
import { BrokerOnPath } from "../durability/broker_on_path.ts";
import { FakeStreams } from "../tools/fake_streams.ts";
import { TemporaryFolder } from "../daemons/temporary_folder.ts";
import { ToolProcess } from "./tool_process.ts";

Deno.test("nsq_stat adds up what brokers say, and leaves out one that is silent", async () => {
  using folder = new TemporaryFolder();
  await Deno.mkdir(`${folder.path}/one`);
  await Deno.mkdir(`${folder.path}/two`);
  await using one = await BrokerOnPath.start(`${folder.path}/one`, []);
  await using two = await BrokerOnPath.start(`${folder.path}/two`, []);
  for (const broker of [one, two]) {
    await broker.post("/topic/create?topic=t");
    await broker.post("/channel/create?topic=t&channel=c");
    await broker.post("/mpub?topic=t", "a\nb\nc");
  }
  const words = ["nsq_stat", "--topic=t", "--channel=c", "--interval=50ms", "--count=2"];
  const addresses = [one, two].map(({ httpPort }) => `--nsqd-http-address=127.0.0.1:${httpPort}`);
  await using tool = new ToolProcess([...words, ...addresses, "--nsqd-http-address=127.0.0.1:1"]);
  const { code, output, errors } = await tool.end();
  assertEquals(code, 0, errors);
  const row =
    "      0       0 |       6       6       0     0     0 |       0       0            6       0\n";
  assertEquals(output, FIGURES_HEAD + row + row);
  assertEquals(errors.match(/127\.0\.0\.1:1 is left out/g)?.length, 1);
  const lost = new FakeStreams();
  const flags = [...words.slice(1, 2), "--channel=none", ...addresses];
  assertEquals(await runNsqStat(flags, lost), 1);
  assertStringIncludes(
    lost.errorText,
    "ERROR: failed to find channel(none) in stats metadata for topic(t)\n",
  );
});

Deno.test("nsq_stat ends with 0 when interrupted and with 1 when nobody answers", async () => {
  using folder = new TemporaryFolder();
  await using broker = await BrokerOnPath.start(folder.path, []);
  await broker.post("/topic/create?topic=t");
  await broker.post("/channel/create?topic=t&channel=c");
  const address = `--nsqd-http-address=127.0.0.1:${broker.httpPort}`;
  const streams = new FakeStreams();
  const watching = runNsqStat(["--topic=t", "--channel=c", address, "--interval=1h"], streams);
  while (streams.outputText === "") await new Promise((resolve) => setTimeout(resolve, 10));
  streams.interrupt();
  assertEquals(await watching, 0);
  assertEquals(streams.outputText, FIGURES_HEAD);
  const alone = new FakeStreams();
  const gone = ["--topic=t", "--channel=c", "--nsqd-http-address=127.0.0.1:1"];
  assertEquals(await runNsqStat(gone, alone), 1);
  assertStringIncludes(alone.errorText, "ERROR: failed to get nsqd stats - 127.0.0.1:1: ");
});

Deno.test("nsq_stat as a process ends with 0 on SIGHUP", async () => {
  using folder = new TemporaryFolder();
  await using broker = await BrokerOnPath.start(folder.path, []);
  await broker.post("/topic/create?topic=t");
  await broker.post("/channel/create?topic=t&channel=c");
  const address = `--nsqd-http-address=127.0.0.1:${broker.httpPort}`;
  const words = ["nsq_stat", "--topic=t", "--channel=c", address, "--interval=1h"];
  await using tool = new ToolProcess(words);
  await tool.printed(/(ingress)/);
  assertEquals((await tool.end("SIGHUP")).code, 0);
});
