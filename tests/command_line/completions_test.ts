// Completions: bash, and where they are installed zsh and fish, really complete what the tables say.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { completedPrograms, runCompletions, SHELLS } from "../../src/command_line/completions.ts";
import { programs } from "../../src/command_line/programs.ts";
import { FakeStreams } from "../tools/fake_streams.ts";

/** Runs a shell on a script; undefined when there is no such shell. */
async function run(shell: string, ...words: string[]): Promise<string | undefined> {
  try {
    const command = new Deno.Command(shell, { args: words, stdin: "null", stderr: "piped" });
    const { code, stdout, stderr } = await command.output();
    const decoder = new TextDecoder();
    assertEquals(code, 0, decoder.decode(stderr));
    return decoder.decode(stdout);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

const isThere = async (shell: string) => await run(shell, "-c", "true") !== undefined;
const hasBash = await isThere("bash");
const hasZsh = await isThere("zsh");
const hasFish = await isThere("fish");

/** What bash offers for each command line, of which the words are parted as bash parts them. */
async function offeredByBash(lines: readonly (readonly string[])[]): Promise<string[][]> {
  const script = SHELLS.bash(await completedPrograms(programs));
  const calls = lines.map((words) => {
    const quoted = words.map((word) => `'${word}'`).join(" ");
    return `COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; COMPREPLY=(); ` +
      `_nsqd 2>/dev/null; echo "\${COMPREPLY[*]}"`;
  });
  const output = await run("bash", "--norc", "-c", [script, ...calls].join("\n"));
  return (output ?? "").trimEnd().split("\n").map((line) => line.split(" ").filter(Boolean));
}

Deno.test({ name: "bash completes programs, flags and values", ignore: !hasBash }, async () => {
  const offered = await offeredByBash([
    ["nsqd", "nsq_ta"],
    ["nsqd", "--durab"],
    ["nsqd", "--durability", "=", "f"],
    ["nsqd", "--durability=f"],
    ["nsqd", "nsq_tail", "-top"],
    ["/usr/local/bin/nsq_tail", "--print"],
    ["nsqd-top", "--view", "no"],
    ["nsqd", "completions", "z"],
    ["nsqd", "bench", "latency-"],
    ["nsqd", "--topology-zone", ""],
    ["nsqd", "fsck", "--repair", "--js"],
    ["nsqd", "--data-path", "/dev/nul"],
  ]);
  assertEquals(offered, [
    ["nsq_tail"],
    ["--durability="],
    ["fsync"],
    ["--durability=fsync"],
    ["--topic=", "--topic-pattern=", "--topic-refresh="],
    ["--print-topic"],
    ["nodes"],
    ["zsh"],
    ["latency-half"],
    [],
    ["--json"],
    ["/dev/null"],
  ]);
});

Deno.test({ name: "bash takes no value for a switch but behind =", ignore: !hasBash }, async () => {
  const offered = await offeredByBash([["nsqd", "--deflate", ""], ["nsqd", "--deflate", "=", ""]]);
  assertEquals(offered, [[], ["true", "false"]]);
});

Deno.test({ name: "bash knows every flag of every program", ignore: !hasBash }, async () => {
  const known = await completedPrograms(programs);
  const offered = await offeredByBash(known.map(({ name }) => ["nsqd", name, "--"]));
  for (const [index, { name, flags }] of known.entries()) {
    // The broker is what there is without a name.
    if (name === "nsqd") continue;
    assertEquals(
      offered[index]!.map((flag) => flag.replace(/^--|=$/g, "")),
      flags.map((each) => each.name),
    );
  }
});

Deno.test({
  name: hasZsh ? "zsh accepts its script" : "zsh accepts its script (ignored: no zsh here)",
  ignore: !hasZsh,
}, async () => {
  const script = SHELLS.zsh(await completedPrograms(programs));
  // As compinit would have it, in a hundredth of the time.
  const setUp = "compdef() { echo $@ }\n";
  const output = await run(
    "zsh",
    "-f",
    "-c",
    `${setUp}${script}\nwhich _nsqd >/dev/null && echo ready`,
  );
  assertEquals(output?.split("\n").map((line) => line.split(" ").slice(0, 3).join(" ")), [
    "_nsqd nsqd nsqlookupd",
    "ready",
    "",
  ]);
});

Deno.test({
  name: hasFish ? "fish completes" : "fish completes (ignored: no fish here)",
  ignore: !hasFish,
}, async () => {
  const script = SHELLS.fish(await completedPrograms(programs));
  const lines = ["nsqd nsq_ta", "nsqd --durability=f", "nsq_stat --chan", "nsqd completions z"];
  const asked = lines.map((line) => `complete -C '${line}'`).join("\n");
  const output = await run("fish", "--no-config", "-c", `${script}\n${asked}`);
  const offered = output?.trim().split("\n").map((line) => line.split("\t")[0]);
  assertEquals(offered, ["nsq_tail", "--durability=fsync", "--channel", "zsh"]);
});

Deno.test("completedPrograms() has every program, flags without duplicates, and none of the deprecated", async () => {
  const known = await completedPrograms(programs);
  assertEquals(known.map(({ name }) => name), Object.keys(programs));
  for (const { name, flags } of known) {
    const names = flags.map((flag) => flag.name);
    assertEquals(names, [...new Set(names)], name);
    assert(names.includes("help"), name);
  }
  assert(!known[0]!.flags.some((flag) => flag.name === "verbose"));
});

Deno.test("completions prints a script for a shell it knows, and refuses others", async () => {
  const streams = new FakeStreams();
  assertEquals(await runCompletions(["bash"], streams, programs), 0);
  assertStringIncludes(streams.outputText, "complete -F _nsqd nsqd nsqlookupd");
  for (const words of [[], ["tcsh"], ["bash", "zsh"]]) {
    assertEquals(await runCompletions(words, new FakeStreams(), programs), 2);
  }
});
