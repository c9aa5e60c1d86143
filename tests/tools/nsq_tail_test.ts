// nsq_tail inside this process, against a fake server that honours ready counts.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { bytesOf } from "../../src/base/byte_string.ts";
import { isoTime, visibleText } from "../../src/tools/message_text.ts";
import { runNsqTail } from "../../src/tools/nsq_tail.ts";
import { frame } from "../../src/wire/frames.ts";
import { FakeNsqd, idText, messageFrame, NOBODY, type Peer } from "../client/fake_nsqd.ts";
import { FakeLookupd } from "../lookup/fake_lookupd.ts";
import { FakeStreams } from "./fake_streams.ts";

/** A channel with endless messages that honours ready counts as nsqd does: never more in flight than asked for. */
function serveMessages(server: FakeNsqd, bodyOf = (id: number) => `body ${id}`): void {
  const clients = new Map<Peer, { ready: number; inFlight: number }>();
  let id = 0;
  server.reaction = ({ name, line }, peer) => {
    const client = clients.get(peer) ?? { ready: 0, inFlight: 0 };
    clients.set(peer, client);
    if (name === "RDY") client.ready = Number(line.split(" ")[1]);
    if (name === "FIN" || name === "REQ") client.inFlight--;
    if (name === "CLS") client.ready = 0;
    const frames: Uint8Array[] = name === "CLS" ? [frame("response", "CLOSE_WAIT")] : [];
    for (; client.inFlight < client.ready; client.inFlight++) {
      frames.push(messageFrame(++id, bodyOf(id)));
    }
    return frames.length > 0 ? frames : undefined;
  };
}

function deliverOnce(server: FakeNsqd, ...frames: Uint8Array[]): void {
  server.reaction = ({ name }) => name === "RDY" ? frames.splice(0) : undefined;
}

function tail(
  server: { address: string },
  streams: FakeStreams,
  ...words: string[]
): Promise<number> {
  return runNsqTail([`--nsqd-tcp-address=${server.address}`, ...words], streams);
}

/** All commands of a name. */
function linesOf(server: FakeNsqd, name: string): string[] {
  return server.peers.flatMap(({ lines }) => lines.filter((line) => line.startsWith(name)));
}

Deno.test("nsq_tail -n prints so many, finishes each of them and takes no more", async () => {
  for (const [count, maxInFlight] of [[1, 200], [7, 200], [50, 3], [500, 200]] as const) {
    await using server = new FakeNsqd();
    serveMessages(server);
    const streams = new FakeStreams();
    const words = ["--topic=t", "-n", `${count}`, `--max-in-flight=${maxInFlight}`];
    assertEquals(await tail(server, streams, ...words), 0);
    const expected = Array.from({ length: count }, (_, index) => index + 1);
    assertEquals(streams.outputText, expected.map((id) => `body ${id}\n`).join(""));
    assertEquals(linesOf(server, "FIN"), expected.map((id) => `FIN ${idText(id)}`));
    assertEquals(linesOf(server, "REQ"), []);
  }
});

Deno.test("nsq_tail --lookupd-http-address reads where the nsqlookupd says", async () => {
  await using server = new FakeNsqd();
  await using lookupd = new FakeLookupd();
  const [hostname, port] = server.address.split(":");
  lookupd.serve = () =>
    Response.json({ producers: [{ broadcast_address: hostname, tcp_port: Number(port) }] });
  serveMessages(server);
  const streams = new FakeStreams();
  const words = [`--lookupd-http-address=${lookupd.httpAddress}`, "--topic=t", "-n", "2"];
  assertEquals(await runNsqTail(words, streams), 0);
  assertEquals(streams.outputText, "body 1\nbody 2\n");
});

Deno.test("nsq_tail --topic-pattern reads the topics that match, those too that appear later", async () => {
  await using server = new FakeNsqd();
  await using lookupd = new FakeLookupd();
  const [hostname, port] = server.address.split(":");
  const producers = [{ broadcast_address: hostname, tcp_port: Number(port) }];
  let topics = ["orders.eu", "visits"];
  lookupd.serve = ({ url }) => Response.json(url.includes("/topics") ? { topics } : { producers });
  const streams = new FakeStreams();
  const flags = ["--topic-pattern=^orders", "--topic-refresh=20ms", "--channel=c"];
  const tailing = runNsqTail(
    [`--lookupd-http-address=${lookupd.httpAddress}`, ...flags],
    streams,
  );
  await server.until(() => linesOf(server, "SUB").length === 1);
  topics = ["orders.eu", "visits", "orders.us"];
  await server.until(() => linesOf(server, "RDY").length === 2);
  const [eu, us] = server.peers;
  eu!.send(messageFrame(1, "a"));
  await server.until(() => linesOf(server, "FIN").length === 1);
  us!.send(messageFrame(2, "b"));
  await server.until(() => linesOf(server, "FIN").length === 2);
  streams.interrupt();
  assertEquals(await tailing, 0);
  assertEquals(linesOf(server, "SUB"), ["SUB orders.eu c", "SUB orders.us c"]);
  assertEquals(streams.outputText, "orders.eu | a\norders.us | b\n");
  assertEquals(
    streams.errorText,
    "Adding consumer for topic: orders.eu\n" +
      "skipping topic visits (doesn't match pattern ^orders)\n" +
      "Adding consumer for topic: orders.us\n",
  );
});

Deno.test("nsq_tail --topic-pattern goes on asking when no nsqlookupd answers", async () => {
  await using server = new FakeNsqd();
  await using lookupd = new FakeLookupd();
  serveMessages(server);
  const [hostname, port] = server.address.split(":");
  const producers = [{ broadcast_address: hostname, tcp_port: Number(port) }];
  let askedCount = 0;
  lookupd.serve = ({ url }) => {
    if (url.includes("/lookup")) return Response.json({ producers });
    return askedCount++ === 0
      ? new Response("", { status: 500 })
      : Response.json({ topics: ["t"] });
  };
  const streams = new FakeStreams();
  const flags = ["--topic-pattern=.*", "--topic-refresh=10ms", "-n=1"];
  const words = [`--lookupd-http-address=${lookupd.httpAddress}`, ...flags];
  assertEquals(await runNsqTail(words, streams), 0);
  assertEquals(streams.outputText, "t | body 1\n");
  assertStringIncludes(streams.errorText, "WRN No nsqlookupd says which topics there are: ");
});

Deno.test("nsq_tail shows a status line where the messages go elsewhere", async () => {
  await using server = new FakeNsqd();
  serveMessages(server);
  const streams = new FakeStreams();
  streams.areErrorsTerminal = true;
  assertEquals(await tail(server, streams, "--topic=t", "-n=3"), 0);
  assertStringIncludes(streams.errorText, "3 messages  ");
  streams.isOutputTerminal = true;
  const before = streams.errorText.length;
  assertEquals(await tail(server, streams, "--topic=t", "-n=3"), 0);
  assert(!streams.errorText.slice(before).includes("messages"));
});

Deno.test("nsq_tail -n counts all topics and servers together, and hands back what came on top", async () => {
  await using one = new FakeNsqd();
  await using two = new FakeNsqd();
  serveMessages(one);
  serveMessages(two);
  const streams = new FakeStreams();
  const words = [`--nsqd-tcp-address=${two.address}`, "--from=a,b", "-n=9"];
  assertEquals(await tail(one, streams, ...words), 0);
  assertEquals(streams.outputText.match(/^[ab] \| body \d+$/gm)?.length, 9);
  assertEquals(linesOf(one, "FIN").length + linesOf(two, "FIN").length, 9);
});

Deno.test("nsq_tail prints bodies as they are, with the topic when asked", async () => {
  await using server = new FakeNsqd();
  deliverOnce(server, messageFrame(1, "\x00\xff\x1b[m"));
  const streams = new FakeStreams();
  assertEquals(await tail(server, streams, "--topic=t", "-n=1", "--print-topic"), 0);
  assertEquals(streams.outputBytes, bytesOf("t | \x00\xff\x1b[m\n"));
});

Deno.test("nsq_tail --json prints an object a line", async () => {
  await using server = new FakeNsqd();
  deliverOnce(server, messageFrame(1, "a\n\xc3\xa9", 2), messageFrame(2, "\xff"));
  const streams = new FakeStreams();
  assertEquals(await tail(server, streams, "--topic=t", "-n=2", "--json"), 0);
  const [first, second] = streams.outputText.trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(first, {
    topic: "t",
    id: idText(1),
    timestamp: "2020-09-13T12:26:40.123456789Z",
    attempts: 2,
    body: "a\né",
  });
  assertEquals(second.bodyBase64, "/w==");
});

Deno.test("nsq_tail makes control characters visible on a terminal, in colour unless refused", async () => {
  for (
    const [isColourRefused, expected] of [
      [true, "t | a\\x1b[2Jb\n"],
      [false, "\x1b[36mt\x1b[0m | a\x1b[33m\\x1b\x1b[0m[2Jb\n"],
    ] as const
  ) {
    await using server = new FakeNsqd();
    deliverOnce(server, messageFrame(1, "a\x1b[2Jb"));
    const streams = new FakeStreams();
    streams.isOutputTerminal = true;
    streams.isColourRefused = isColourRefused;
    assertEquals(await tail(server, streams, "--from=t", "-n=1"), 0);
    assertEquals(streams.outputText, expected);
  }
});

Deno.test("nsq_tail makes an ephemeral channel of its own and lowers what may be in flight to -n", async () => {
  await using server = new FakeNsqd();
  serveMessages(server);
  assertEquals(await tail(server, new FakeStreams(), "--topic=t", "-n=2"), 0);
  const [subscribe, ready] = server.peers[0]!.lines;
  assertEquals(/^SUB t tail\d{6}#ephemeral$/.test(subscribe!), true);
  assertEquals(ready, "RDY 2");
});

Deno.test("nsq_tail ends with 0 when interrupted, after CLS", async () => {
  await using server = new FakeNsqd();
  deliverOnce(server, messageFrame(1, "a"));
  const streams = new FakeStreams();
  const tailing = tail(server, streams, "--topic=t", "--channel=c");
  await server.until(() => linesOf(server, "FIN").length === 1);
  streams.interrupt();
  assertEquals(await tailing, 0);
  assertEquals(server.peers[0]!.lines.at(-1), "CLS");
  assertEquals(streams.errorText, "Adding consumer for topic: t\n");
});

Deno.test("nsq_tail ends quietly when nobody reads its output, and hands back what was not printed", async () => {
  await using server = new FakeNsqd();
  deliverOnce(server, messageFrame(1, "a"), messageFrame(2, "b"));
  const streams = new FakeStreams();
  streams.outputError = new Deno.errors.BrokenPipe("broken pipe");
  assertEquals(await tail(server, streams, "--topic=t"), 0);
  assertEquals(streams.errorText, "Adding consumer for topic: t\n");
  assertEquals(linesOf(server, "REQ"), [`REQ ${idText(1)} 0`, `REQ ${idText(2)} 0`]);
});

Deno.test("nsq_tail says clearly that nobody listens", async () => {
  const streams = new FakeStreams();
  assertEquals(await tail(NOBODY, streams, "--topic=t"), 1);
  const lines = streams.errorText.trimEnd().split("\n");
  assertEquals(lines.length, 2);
  assertStringIncludes(lines[1]!, `Cannot connect to nsqd at ${NOBODY.address}: `);
});

Deno.test("nsq_tail refuses command lines it cannot mean", async () => {
  const cases: [string[], number, string][] = [
    [[], 1, "--nsqd-tcp-address or --lookupd-http-address required\n"],
    [
      ["--nsqd-tcp-address=a:1", "--lookupd-http-address=b:1"],
      1,
      "use --nsqd-tcp-address or --lookupd-http-address not both\n",
    ],
    [["--lookupd-http-address=b:1"], 1, "--topic required\n"],
    [["--nsqd-tcp-address=a:1"], 1, "--topic required\n"],
    [["--nsqd-tcp-address=a:1", "--topic=a b"], 1, "invalid topic name\n"],
    [["--nsqd-tcp-address=a:1", "--topic=t", "--channel=a b"], 1, "invalid channel name\n"],
    [["--nsqd-tcp-address=a:1", "--topic=t", "--max-in-flight=0"], 1, "--max-in-flight must be"],
    [
      ["--nsqd-tcp-address=a:1", "--topic-pattern=x"],
      1,
      "--lookupd-http-address must be specified when no --topic specified\n",
    ],
    [
      ["--lookupd-http-address=a:1", "--topic-pattern=("],
      1,
      "--topic-pattern is no expression of RE2: ",
    ],
    [
      ["--nsqd-tcp-address=a:1", "--topic=t", "--topic-pattern=x"],
      1,
      "--topic-pattern=x matches none of the topics given\n",
    ],
    [["--nsqd-tcp-address=x", "--topic=t"], 1, '"x" is no address'],
    [["--what"], 2, "flag provided but not defined: -what\n"],
    [["-h"], 0, "Usage: nsq_tail"],
  ];
  for (const [words, code, text] of cases) {
    const streams = new FakeStreams();
    assertEquals(await runNsqTail(words, streams), code);
    assertStringIncludes(streams.errorText, text);
  }
});

Deno.test("isoTime() keeps nanoseconds", () => {
  assertEquals(isoTime(1_000_000_001n), "1970-01-01T00:00:01.000000001Z");
  assertEquals(isoTime(2n ** 63n - 1n), "2262-04-11T23:47:16.854775807Z");
});

Deno.test("visibleText() keeps text, lines and tabs", () => {
  assertEquals(visibleText(new TextEncoder().encode("é\ta\nb\r\x7f"), false), "é\ta\nb\\x0d\\x7f");
  assertEquals(visibleText(bytesOf("a\xe9"), false), "a\\xe9");
});
