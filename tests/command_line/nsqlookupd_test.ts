// nsqlookupd as a process: what it prints, how it ends, and that it still reaches the network when it has given up the
// rest.

import { assertEquals, assertMatch } from "@std/assert";

const REPOSITORY = new URL("../../", import.meta.url).pathname;

function command(...words: string[]): Deno.Command {
  const run = ["run", "-A", `--config=${REPOSITORY}deno.json`, `${REPOSITORY}mod.ts`, "nsqlookupd"];
  return new Deno.Command(Deno.execPath(), {
    args: [...run, ...words],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

async function ended(...words: string[]): Promise<{ code: number; stderr: string }> {
  const { code, stderr } = await command(...words).output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

Deno.test("nsqlookupd says in one line why it cannot start", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const { code, stderr } = await ended(`--tcp-address=127.0.0.1:${port}`, "--log-level=fatal");
  assertEquals(code, 1);
  assertMatch(
    stderr,
    /^\[nsqlookupd\] \S+ \S+ FATAL: failed to instantiate nsqlookupd - listen \(127\.0\.0\.1:\d+\) failed - address already in use[^\n]*\n$/,
  );
});

Deno.test("nsqlookupd refuses a number out of range", async () => {
  const { code, stderr } = await ended("--max-registrations=0");
  assertEquals(code, 1);
  assertMatch(stderr, /FATAL: --max-registrations must be >= 1\n$/);
});

Deno.test("nsqlookupd dials nsqd's when it has given up its other permissions", async () => {
  const child = command("--tcp-address=127.0.0.1:0", "--http-address=127.0.0.1:0").spawn();
  const output = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const until = async (pattern: RegExp): Promise<string> => {
    for (let match = pattern.exec(text);; match = pattern.exec(text)) {
      if (match !== null) return match[1] ?? "";
      const { value, done } = await output.read();
      if (done) throw new Error(`it ended without ${pattern}:\n${text}`);
      text += value;
    }
  };
  const port = Number(await until(/TCP: listening on 127\.0\.0\.1:(\d+)/));
  await until(/HTTP: listening on (.*)/);
  {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    const facts = { broadcast_address: "127.0.0.1", tcp_port: 1, http_port: 1, version: "1" };
    const body = new TextEncoder().encode(JSON.stringify(facts));
    await connection.write(new TextEncoder().encode("  V1IDENTIFY\n"));
    await connection.write(new Uint8Array([0, 0, 0, body.length, ...body]));
    assertMatch(await until(/cannot be reached - ([^;]*)/), /^TCP port 1: connection refused/);
  }
  child.kill("SIGTERM");
  while (!(await output.read()).done);
  await child.stdout.cancel();
  assertEquals((await child.status).code, 0);
});
