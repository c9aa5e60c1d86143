// nsq_stat against servers that answer as told, and its rows by themselves.

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  channelFigures,
  FIGURES_HEAD,
  figuresRow,
  rowBetween,
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

Deno.test("rowBetween() takes no rate from an nsqd that came, went or counts anew", () => {
  const had = { ...NONE, messages: 100 };
  const before = new Map([["a", had], ["gone", had], ["restarted", had]]);
  const has = { ...NONE, messages: 120 };
  const anew = { ...NONE, messages: 7 };
  const now = new Map([["a", has], ["came", has], ["restarted", anew]]);
  const row = rowBetween(before, now, 1000);
  assertEquals(
    row,
    "     20      20 |       0       0       0     0     0 |       0       0          247       0\n",
  );
});

/** An nsqd whose channel has so many messages, and whoever asks for its topic finds it here. */
class StatsServer implements AsyncDisposable {
  messages = 0;
  isLookupdGone = false;
  readonly #server: Deno.HttpServer<Deno.NetAddr> = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen() {},
  }, (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/stats") {
      const channels = [{ channel_name: "c", message_count: this.messages++ }];
      return Response.json({ topics: [{ topic_name: "t", channels }] });
    }
    if (this.isLookupdGone) return new Response("", { status: 500 });
    const topic = new URL(request.url).searchParams.get("topic");
    const { port } = this.#server.addr;
    const producers = [{ broadcast_address: "127.0.0.1", tcp_port: 1, http_port: port }];
    return topic === "t" ? Response.json({ producers }) : new Response("{}", { status: 404 });
  });

  get address(): string {
    return `127.0.0.1:${this.#server.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

Deno.test("nsq_stat --lookupd-http-address asks the nsqds that have the topic", async () => {
  await using server = new StatsServer();
  const lookup = `--lookupd-http-address=${server.address}`;
  const streams = new FakeStreams();
  const words = ["--topic=t", "--channel=c", lookup, "--interval=10ms", "--count=2"];
  assertEquals(await runNsqStat(words, streams), 0);
  assertEquals(streams.outputText.match(/^ +\d+ +\d+ \|/gm)?.length, 2);
  const lost = new FakeStreams();
  assertEquals(await runNsqStat(["--topic=u", "--channel=c", lookup], lost), 1);
  assertEquals(
    lost.errorText,
    "ERROR: failed to get topic producers - no nsqd has topic u\n",
  );
});

Deno.test("nsq_stat repeats its head every 25 looks, of which the first makes no row", async () => {
  await using server = new StatsServer();
  const streams = new FakeStreams();
  const from = `--nsqd-http-address=${server.address}`;
  const words = ["--topic=t", "--channel=c", from, "--interval=1ms", "--count=50"];
  assertEquals(await runNsqStat(words, streams), 0);
  const lines = streams.outputText.trimEnd().split("\n");
  const heads = lines.flatMap((line, index) => line.startsWith("---") ? [index] : []);
  assertEquals(heads, [0, 26, 53]);
});

Deno.test("nsq_stat goes on with the nsqds it knows when the nsqlookupds fall silent", async () => {
  await using server = new StatsServer();
  const streams = new FakeStreams();
  const lookup = `--lookupd-http-address=${server.address}`;
  const watching = runNsqStat(
    ["--topic=t", "--channel=c", lookup, "--interval=10ms", "--count=4"],
    streams,
  );
  while (server.messages === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  server.isLookupdGone = true;
  assertEquals(await watching, 0);
  assertEquals(streams.outputText.split("\n").length, 2 + 4 + 1);
  const warnings = streams.errorText.trimEnd().split("\n");
  assertEquals(warnings.length, 1);
  assertStringIncludes(warnings[0]!, "WARNING: failed to get topic producers - No nsqlookupd says");
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
    [
      [...names, address, "--lookupd-http-address=a:1"],
      1,
      "use --nsqd-http-address or --lookupd-http-address not both\n",
    ],
    [
      [...names, "--lookupd-http-address=http://a:1"],
      1,
      "--lookupd-http-address error - address should not contain scheme\n",
    ],
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
