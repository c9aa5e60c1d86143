// The tools as processes of their own: signals and closed pipes, which nothing inside a process can show.

import { assertEquals } from "@std/assert";
import { FakeNsqd, messageFrame } from "../client/fake_nsqd.ts";
import { programUnderTest } from "../daemons/daemon_process.ts";
import { ToolProcess } from "./tool_process.ts";

Deno.test("nsq_tail as a process ends with 0 on SIGINT and SIGTERM", async () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    await using server = new FakeNsqd();
    const address = `--nsqd-tcp-address=${server.address}`;
    await using tail = new ToolProcess(["nsq_tail", "--topic=t", address]);
    await server.until(() =>
      server.peers[0]?.lines.some((line) => line.startsWith("RDY")) ?? false
    );
    const { code } = await tail.end(signal);
    assertEquals(code, 0);
    await server.until(() => server.peers[0]!.lines.at(-1) === "CLS");
  }
});

Deno.test("nsq_tail as a process ends quietly when its reader has gone", async () => {
  await using server = new FakeNsqd();
  server.reaction = ({ name }) => name === "RDY" ? [messageFrame(1, "a")] : undefined;
  const address = `--nsqd-tcp-address=${server.address}`;
  const { path, words } = programUnderTest();
  const process = new Deno.Command(path, {
    args: [...words, "nsq_tail", "--topic=t", address],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  await process.stdout.cancel();
  const errors = await new Response(process.stderr).text();
  assertEquals((await process.status).code, 0);
  assertEquals(errors.trimEnd().split("\n").length, 1);
});

Deno.test("nsq_pub as a process ends with 0 on SIGINT when everything it read is acknowledged", async () => {
  await using server = new FakeNsqd();
  const address = `--nsqd-tcp-address=${server.address}`;
  await using tool = new ToolProcess(["nsq_pub", "--topic=t", address], null);
  await tool.type("a\nb\n");
  await server.until(() => server.published.length === 2);
  const { code, errors } = await tool.end("SIGINT");
  assertEquals([code, errors], [0, ""]);
});
