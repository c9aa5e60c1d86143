// to_nsq as a process against a broker process.

import { assertEquals } from "@std/assert";
import { BrokerOnPath } from "../durability/broker_on_path.ts";
import { TemporaryFolder } from "../daemons/temporary_folder.ts";
import { ToolProcess } from "./tool_process.ts";

Deno.test("to_nsq as a process publishes its input to a broker", async () => {
  using folder = new TemporaryFolder();
  await using broker = await BrokerOnPath.start(folder.path, []);
  const address = `--nsqd-tcp-address=127.0.0.1:${broker.tcpPort}`;
  const lines = Array.from({ length: 5000 }, (_, index) => `line ${index}`);
  await using tool = new ToolProcess(["to_nsq", "--topic=t", address], lines.join("\n"));
  const { code, errors } = await tool.end();
  assertEquals([code, errors], [0, ""]);
  const { message_count, message_bytes } = await broker.topic("t");
  assertEquals([message_count, message_bytes], [5000, lines.join("").length]);
});
