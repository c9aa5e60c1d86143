// The tools as processes of their own: signals and closed pipes, which nothing inside a process can show.

import { assertEquals } from "@std/assert";
import { FakeNsqd, messageFrame } from "../client/fake_nsqd.ts";

const modPath = new URL("../../mod.ts", import.meta.url).pathname;

function start(words: string[], stdin: "piped" | "null"): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", modPath, ...words],
    stdin,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

Deno.test("nsq_tail as a process ends with 0 on SIGINT and SIGTERM", async () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    await using server = new FakeNsqd();
    const address = `--nsqd-tcp-address=${server.address}`;
    const process = start(["nsq_tail", "--topic=t", address], "null");
    await server.until(() =>
      server.peers[0]?.lines.some((line) => line.startsWith("RDY")) ?? false
    );
    process.kill(signal);
    const { code } = await process.output();
    assertEquals([code, server.peers[0]!.lines.at(-1)], [0, "CLS"]);
  }
});

Deno.test("nsq_tail as a process ends quietly when its reader has gone", async () => {
  await using server = new FakeNsqd();
  server.reaction = ({ name }) => name === "RDY" ? [messageFrame(1, "a")] : undefined;
  const address = `--nsqd-tcp-address=${server.address}`;
  const process = start(["nsq_tail", "--topic=t", address], "null");
  await process.stdout.cancel();
  const errors = await new Response(process.stderr).text();
  assertEquals((await process.status).code, 0);
  assertEquals(errors.trimEnd().split("\n").length, 1);
});

Deno.test("nsq_pub as a process ends with 0 on SIGINT when everything it read is acknowledged", async () => {
  await using server = new FakeNsqd();
  const address = `--nsqd-tcp-address=${server.address}`;
  const process = start(["nsq_pub", "--topic=t", address], "piped");
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode("a\nb\n"));
  await server.until(() => server.published.length === 2);
  process.kill("SIGINT");
  const [{ code }, errors] = await Promise.all([
    process.status,
    new Response(process.stderr).text(),
  ]);
  await process.stdout.cancel();
  await writer.close().catch(() => {});
  assertEquals([code, errors], [0, ""]);
});
