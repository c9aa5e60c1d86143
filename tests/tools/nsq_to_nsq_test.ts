// nsq_to_nsq as a process between broker processes: what arrives, what is left out, and a destination that is gone.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { filtered } from "../../src/tools/json_filter.ts";
import { runNsqToNsq } from "../../src/tools/nsq_to_nsq.ts";
import { BrokerOnPath } from "../durability/broker_on_path.ts";
import { FakeStreams } from "./fake_streams.ts";
import { TemporaryFolder, ToolProcess, until } from "./tool_process.ts";

async function broker(folder: TemporaryFolder, name: string): Promise<BrokerOnPath> {
  await Deno.mkdir(`${folder.path}/${name}`);
  return await BrokerOnPath.start(`${folder.path}/${name}`, []);
}

function start(source: BrokerOnPath, destinations: number[], ...words: string[]): ToolProcess {
  const to = destinations.map((port) => `--destination-nsqd-tcp-address=127.0.0.1:${port}`);
  const from = `--nsqd-tcp-address=127.0.0.1:${source.tcpPort}`;
  return new ToolProcess(["nsq_to_nsq", "--topic=t", from, ...to, ...words]);
}

async function drained(source: BrokerOnPath): Promise<void> {
  await until(async () => {
    const channel = (await source.stats())[0]?.channels[0];
    return channel ? channel.depth + channel.in_flight_count + channel.deferred_count : -1;
  }, (left) => left === 0);
}

Deno.test("nsq_to_nsq passes every message on, around a destination that is gone", async () => {
  await using folder = new TemporaryFolder();
  await using source = await broker(folder, "source");
  await using target = await broker(folder, "target");
  const bodies = Array.from({ length: 1000 }, (_, index) => `body ${index}`);
  await source.post("/mpub?topic=t", bodies.join("\n"));
  const opts = ["default_requeue_delay,10ms", "backoff_multiplier,10ms", "max_attempts,0"];
  await using tool = start(
    source,
    [1, target.tcpPort],
    "--destination-topic=u",
    ...opts.map((opt) => `--consumer-opt=${opt}`),
  );
  await drained(source);
  const { code, errors } = await tool.end("SIGTERM");
  assertEquals(code, 0, errors);
  const { message_count, message_bytes } = await target.topic("u");
  assertEquals([message_count, message_bytes], [1000, bodies.join("").length]);
  assertStringIncludes(errors, "publishing to 127.0.0.1:1: ");
  assertStringIncludes(errors, "[aggregate]: finished 250 - 99th: ");
});

Deno.test("nsq_to_nsq leaves out what has not the field, and says what is no object", async () => {
  await using folder = new TemporaryFolder();
  await using source = await broker(folder, "source");
  await using target = await broker(folder, "target");
  await source.post("/mpub?topic=t", ['{"a":1,"b":2}', '{"b":1}', "no json"].join("\n"));
  const flags = ["--require-json-field=a", "--whitelist-json-field=b"];
  await using tool = start(source, [target.tcpPort], ...flags);
  await drained(source);
  const { code, errors } = await tool.end("SIGINT");
  assertEquals(code, 0, errors);
  const { message_count, message_bytes } = await target.topic("t");
  assertEquals([message_count, message_bytes], [1, '{"b":2}'.length]);
  assertStringIncludes(errors, "is no JSON object: left out");
});

/** The body that is passed on, or what else becomes of it. */
function outcome(body: string, field = "", value = "", ...kept: string[]): string {
  const settings = {
    requiredField: field || undefined,
    requiredValue: value || undefined,
    keptFields: kept,
  };
  const result = filtered(new TextEncoder().encode(body), settings);
  return result.kind === "pass" ? new TextDecoder().decode(result.body) : result.kind;
}

Deno.test("filtered() compares text, numbers and booleans", () => {
  assertEquals(outcome("no json"), "no json");
  for (
    const [json, value, isPassed] of [
      ['"x"', "x", true],
      ['"x"', "y", false],
      ["1.0", "1", true],
      ["1", "x", false],
      ["0", " ", false],
      ["true", "true", true],
      ["null", "null", false],
      ["[1]", "1", false],
    ] as const
  ) {
    const body = `{ "a": ${json} }`;
    assertEquals(outcome(body, "a", value), isPassed ? body : "drop");
  }
  assertEquals(outcome("{}", "a", "x"), "drop");
  assert(["[1]", "null", "1", "{", "\xff"].every((body) => outcome(body, "a") === "no object"));
});

Deno.test("filtered() keeps fields with every digit, sorted", () => {
  const body = '{"n": 12345678901234567890, "b":[1.50,{"c":"<é"}], "x":1, "__proto__":2}';
  assertEquals(
    outcome(body, "", "", "n", "b", "gone", "__proto__"),
    '{"__proto__":2,"b":[1.50,{"c":"<é"}],"n":12345678901234567890}',
  );
  assertEquals(outcome(body, "", "", "gone"), "{}");
});

Deno.test("nsq_to_nsq refuses command lines it cannot mean", async () => {
  const from = "--nsqd-tcp-address=127.0.0.1:1";
  const to = "--destination-nsqd-tcp-address=127.0.0.1:1";
  const cases: [string[], number, string][] = [
    [[], 1, "--topic and --channel are required\n"],
    [["--topic=a b"], 1, "--topic is invalid\n"],
    [["--topic=t", "--destination-topic=a b"], 1, "--destination-topic is invalid\n"],
    [["--topic=t", "--channel=a b"], 1, "--channel is invalid\n"],
    [["--topic=t"], 1, "--nsqd-tcp-address or --lookupd-http-address required\n"],
    [["--topic=t", from], 1, "--destination-nsqd-tcp-address required\n"],
    [["--topic=t", from, to, "--require-json-value=x"], 1, "needs --require-json-field\n"],
    [["--topic=t", from, to, "--mode=some"], 2, "some"],
    [["--topic=t", from, to], 1, "Cannot connect to nsqd at 127.0.0.1:1"],
  ];
  for (const [words, code, text] of cases) {
    const streams = new FakeStreams();
    assertEquals(await runNsqToNsq(words, streams), code, text);
    assertStringIncludes(streams.errorText, text);
  }
});
