// nsq_to_nsq as a process between broker processes: what arrives, what is left out, and a destination that is gone.

import { assertEquals, assertStringIncludes } from "@std/assert";
import { BrokerOnPath } from "../durability/broker_on_path.ts";
import { TemporaryFolder } from "../daemons/temporary_folder.ts";
import { seen } from "../daemons/waiting.ts";
import { ToolProcess } from "./tool_process.ts";

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
  await seen(async () => {
    const channel = (await source.stats())[0]?.channels[0];
    return channel ? channel.depth + channel.in_flight_count + channel.deferred_count : -1;
  }, (left) => left === 0);
}

Deno.test("nsq_to_nsq passes every message on, around a destination that is gone", async () => {
  using folder = new TemporaryFolder();
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
  using folder = new TemporaryFolder();
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
