// nsq_stat against servers that answer as told, and its rows by themselves.

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  channelFigures,
  FIGURES_HEAD,
  figuresRow,
  sumOf,
} from "../../src/tools/channel_figures.ts";
import { runNsqStat } from "../../src/tools/nsq_stat.ts";
import { FakeStreams } from "./fake_streams.ts";

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
