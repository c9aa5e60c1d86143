// nsqd as a process: what it prints and how it ends, confined and not.

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { programs } from "../../src/command_line/programs.ts";
import { TemporaryFolder } from "../daemons/temporary_folder.ts";

const MAIN = fromFileUrl(new URL("../../src/command_line/main.ts", import.meta.url));

function nsqd(...flags: string[]): Deno.ChildProcess {
  const addresses = ["--tcp-address=127.0.0.1:0", "--http-address=127.0.0.1:0"];
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-prompt", "--no-check", MAIN, ...addresses, ...flags],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Sends the signals, each when a line of the log asks for it; resolves with exit code, output and log. */
async function life(
  child: Deno.ChildProcess,
  signals: readonly (readonly [line: string, signal: Deno.Signal])[] = [],
) {
  const output = new Response(child.stdout).text();
  let log = "";
  for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
    const lines = text.split("\n");
    // A line may come in two pieces.
    const before = log.slice(log.lastIndexOf("\n") + 1);
    log += text;
    for (const line of [before + lines[0], ...lines.slice(1)].slice(0, -1)) {
      for (const [part, signal] of signals) if (line.includes(part)) child.kill(signal);
    }
  }
  const { code } = await child.status;
  return { code, output: await output, log };
}

for (const confined of [true, false]) {
  const flag = `--confined=${confined}`;

  Deno.test(`nsqd ${flag} reads files again at SIGHUP, and stops at SIGTERM`, async () => {
    using folder = new TemporaryFolder();
    const { code, log } = await life(nsqd(`--data-path=${folder.path}`, flag), [
      ["HTTP: listening", "SIGHUP"],
      ["reading files again", "SIGTERM"],
    ]);
    assertEquals(code, 0);
    assertMatch(log, /NSQ: closing topics\n(.*\n)*.*INFO: NSQ: bye\n$/);
  });

  Deno.test(`nsqd ${flag} that cannot start says so and ends with 1`, async () => {
    const { code, log } = await life(nsqd("--data-path=/nowhere", flag));
    assertEquals(code, 1);
    assertMatch(log, /^\[nsqd\] .* FATAL: failed to instantiate nsqd - .*\/nowhere.*\n$/);
  });
}

Deno.test("nsqd --show-permissions prints them and starts nothing", async () => {
  const { code, output, log } = await life(nsqd("--data-path=/nowhere", "--show-permissions"));
  assertEquals([code, log], [0, ""]);
  assertStringIncludes(output, "--allow-net=127.0.0.1:0\n");
  assertStringIncludes(output, "--allow-write=/nowhere\n");
});

Deno.test("nsqd --help names the other programs of the executable", async () => {
  const { code, log } = await life(nsqd("--help"));
  assertEquals(code, 0);
  for (const name of Object.keys(programs)) assertStringIncludes(log, ` ${name}`);
});
