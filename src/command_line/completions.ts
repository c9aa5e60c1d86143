// `nsqd completions SHELL`: prints the script that makes a shell complete programs, flags and values. It is made of the
// tables the programs run on, so that it cannot drift from them.

import { OptionError } from "../options/option_error.ts";
import { bashScript } from "../tools/completions/bash_script.ts";
import { completedFlags, type CompletedProgram } from "../tools/completions/completed_program.ts";
import { fishScript } from "../tools/completions/fish_script.ts";
import { zshScript } from "../tools/completions/zsh_script.ts";
import { type ProcessStreams, withProcessStreams, writeAll } from "../tools/process_streams.ts";
import { runTool, versionFlag } from "../tools/tool_options.ts";
import { linkName, type ProgramTable } from "./program_row.ts";

/** How the script for each shell is made. */
export const SHELLS = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
} as const satisfies Record<string, (programs: readonly CompletedProgram[]) => string>;

/** The flags of completions. */
export const completionsTable = versionFlag;

/** What completions is, for its help. */
const completionsTool = {
  program: "nsqd completions",
  about: "Prints the completions for a shell: bash, zsh or fish, named as the last word. " +
    "For bash: source <(nsqd completions bash)",
  table: completionsTable,
} as const;

/** Runs completions with these words of a command line, for these programs; resolves with the exit code. */
export function main(words: string[], programs: ProgramTable): Promise<number> {
  return withProcessStreams((streams) => runCompletions(words, streams, programs));
}

/** The same with other streams. */
export function runCompletions(
  words: readonly string[],
  streams: ProcessStreams,
  programs: ProgramTable,
): Promise<number> {
  return runTool(completionsTool, words, streams, async ({ rest }) => {
    const [shell = "", ...more] = rest;
    if (!isShell(shell) || more.length > 0) {
      const known = Object.keys(SHELLS).join(", ");
      throw new OptionError(`name one shell of ${known}`, 2);
    }
    await writeAll(streams.output, SHELLS[shell](await completedPrograms(programs)));
    return 0;
  });
}

/** Every program of this executable, as completions know it. */
export function completedPrograms(programs: ProgramTable): Promise<CompletedProgram[]> {
  const rows = Object.entries(programs);
  return Promise.all(rows.map(async ([name, { help, describe }]) => {
    const { table, words = [], takesDirectories = false } = await describe();
    const flags = completedFlags(table);
    return { name, linkName: linkName(name), help, flags, words, takesDirectories };
  }));
}

function isShell(name: string): name is keyof typeof SHELLS {
  return Object.hasOwn(SHELLS, name);
}
