// to_nsq against fake servers: every piece to every nsqd.

import { assertEquals, assertStringIncludes } from "@std/assert";
import { runToNsq } from "../../src/tools/to_nsq.ts";
import { frame } from "../../src/wire/frames.ts";
import { FakeNsqd, NOBODY } from "../client/fake_nsqd.ts";
import { FakeStreams } from "./fake_streams.ts";

function copy(
  servers: { address: string }[],
  streams: FakeStreams,
  ...words: string[]
): Promise<number> {
  const addresses = servers.map(({ address }) => `--nsqd-tcp-address=${address}`);
  return runToNsq(["--topic=t", ...addresses, ...words], streams);
}

Deno.test("to_nsq publishes every piece to every nsqd, the last without delimiter whole", async () => {
  await using one = new FakeNsqd();
  await using two = new FakeNsqd();
  assertEquals(await copy([one, two], new FakeStreams("a\n\nb", "c\nlast-no-newline")), 0);
  for (const { published } of [one, two]) {
    assertEquals(published, ["a", "bc", "last-no-newline"]);
  }
  assertEquals(await copy([one], new FakeStreams("x;y\n"), "--delimiter=;"), 0);
  assertEquals(one.published.slice(3), ["x", "y\n"]);
});

Deno.test("to_nsq reads nothing when an nsqd cannot be reached", async () => {
  await using one = new FakeNsqd();
  const streams = new FakeStreams(new Promise<string>(() => {}));
  assertEquals(await copy([one, NOBODY], streams), 1);
  assertStringIncludes(streams.errorText, `Cannot connect to nsqd at ${NOBODY.address}`);
  assertStringIncludes(streams.errorText, "nothing was sent");
});

Deno.test("to_nsq stops after a refusal and names what was not acknowledged, and by whom", async () => {
  await using one = new FakeNsqd();
  await using two = new FakeNsqd();
  two.reaction = ({ bodies }) =>
    bodies.includes("b") ? [frame("error", "E_BAD_MESSAGE PUB message too big")] : undefined;
  const streams = new FakeStreams("a\nb\n", new Promise<string>(() => {}));
  assertEquals(await copy([one, two], streams), 1);
  assertEquals(one.published, ["a", "b"]);
  assertStringIncludes(streams.errorText, `not acknowledged: ${two.address}: line 2\n`);
});

Deno.test("to_nsq interrupted leaves the piece it has half of, and ends with 0", async () => {
  await using server = new FakeNsqd();
  const streams = new FakeStreams("a\nhalf", new Promise<string>(() => {}));
  const copying = copy([server], streams);
  await server.until(() => server.published.length === 1);
  streams.interrupt();
  assertEquals(await copying, 0);
  assertEquals(server.published, ["a"]);
});

Deno.test("to_nsq interrupted while it keeps to a rate says what is missing", async () => {
  await using server = new FakeNsqd();
  const streams = new FakeStreams("a\nb\nc\n");
  const copying = copy([server], streams, "--rate=0.001");
  await server.until(() => server.published.length === 1);
  streams.interrupt();
  assertEquals(await copying, 1);
  assertStringIncludes(streams.errorText, "Throttling messages rate to max:0.001/second\n");
  assertStringIncludes(streams.errorText, `not acknowledged: ${server.address}: lines 2-3\n`);
});

Deno.test("to_nsq refuses command lines it cannot mean", async () => {
  const cases: [string[], number, string][] = [
    [[], 1, "--topic required\n"],
    [["--topic=a b"], 1, "invalid topic name\n"],
    [["--topic=t", "--delimiter=ab"], 1, "--delimiter must be a single byte\n"],
    [["--topic=t"], 1, "--nsqd-tcp-address required\n"],
    [["--topic=t", "word"], 1, "unknown arguments: [word]\n"],
    [["--topic=t", "--nsqd-tcp-address=x"], 1, '"x" is no address'],
    [["--topic=t", "--rate=-1"], 1, "--rate must be >= 0\n"],
    [["--nonsense"], 2, "flag provided but not defined: -nonsense\n"],
  ];
  for (const [words, code, text] of cases) {
    const streams = new FakeStreams();
    assertEquals(await runToNsq(words, streams), code, text);
    assertStringIncludes(streams.errorText, text);
  }
});
