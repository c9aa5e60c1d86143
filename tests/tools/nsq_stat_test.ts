// nsq_stat as a process against broker processes, and its rows by themselves.

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  channelFigures,
  FIGURES_HEAD,
  figuresRow,
  sumOf,
} from "../../src/tools/channel_figures.ts";
import { runNsqStat } from "../../src/tools/nsq_stat.ts";
import { BrokerOnPath } from "../durability/broker_on_path.ts";
import { FakeStreams } from "./fake_streams.ts";
import { TemporaryFolder, ToolProcess } from "./tool_process.ts";

const NONE = {
  depth: 0,
  backendDepth: 0,
  inFlight: 0,
  deferred: 0,
  requeued: 0,
  timedOut: 0,
  messages: 0,
  clients: 0,
};

Deno.test("figuresRow() has upstream's columns, whole rates and what is in memory", () => {
  const now = { ...NONE, depth: 30, backendDepth: 10, inFlight: 3, messages: 101, clients: 2 };
  assertEquals(
    FIGURES_HEAD + figuresRow(NONE, now, 2000),
    "------rate------+----------------depth----------------+--------------metadata---------------\n" +
      "ingress  egress |   total     mem    disk inflt   def |     req     t-o         msgs clients\n" +
      "     50      35 |      30      20      10     3     0 |       0       0          101       2\n",
  );
  assertEquals(sumOf([now, now]).messages, 202);
});

Deno.test("channelFigures() finds a channel or says that there is none, and refuses other documents", () => {
  const channels = [{ channel_name: "c", depth: 4, clients: [{}, {}] }];
  const document = JSON.stringify({ topics: [{ topic_name: "t", channels }] });
  assertEquals(channelFigures(document, "t", "c"), { ...NONE, depth: 4, clients: 2 });
  assertEquals(channelFigures(document, "t", "d"), undefined);
  assertEquals(channelFigures(document, "u", "c"), undefined);
  for (const other of ["[]", '"x"', "{", "{}"]) {
    assertThrows(() => channelFigures(other, "t", "c"), SyntaxError);
  }
});

Deno.test("nsq_stat adds up what brokers say, and leaves out one that is silent", async () => {
  await using folder = new TemporaryFolder();
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
  await using folder = new TemporaryFolder();
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

Deno.test("nsq_stat refuses command lines it cannot mean", async () => {
  const names = ["--topic=t", "--channel=c"];
  const address = "--nsqd-http-address=127.0.0.1:1";
  const cases: [string[], number, string][] = [
    [["--topic=t"], 1, "--topic and --channel are required\n"],
    [names, 1, "--nsqd-http-address or --lookupd-http-address required\n"],
    [[...names, address, "--interval=0"], 1, "--interval should be positive\n"],
    [[...names, address, "--count=0"], 1, "--count should be positive\n"],
    [[...names, address, "--count=x"], 2, "invalid value"],
    [[...names, "--nsqd-http-address=http://a:1"], 1, "address should not contain scheme\n"],
    [
      [...names, address, "--http-client-request-timeout=-1s"],
      1,
      "--http-client-request-timeout should be positive\n",
    ],
  ];
  for (const [words, code, text] of cases) {
    const streams = new FakeStreams();
    assertEquals(await runNsqStat(words, streams), code, text);
    assertStringIncludes(streams.errorText, text);
  }
});
