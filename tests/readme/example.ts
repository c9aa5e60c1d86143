// Examples of the documentation as files, and deno to check or run them.

import { repositoryFolder } from "./documents.ts";

/** Writes an example outside the repository, where nobody else looks for files. */
export async function writeExample(text: string): Promise<string> {
  const path = await Deno.makeTempFile({ prefix: "nsqd-example-", suffix: ".ts" });
  await Deno.writeTextFile(path, text.replaceAll('"./mod.ts"', `"${repositoryFolder}/mod.ts"`));
  return path;
}

/** Runs deno with the repository's settings. */
export async function deno(command: string, ...words: string[]) {
  const config = `--config=${repositoryFolder}/deno.json`;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [command, config, "--no-lock", ...words],
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
