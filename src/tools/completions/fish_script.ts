// The completion script for fish. Pure.

import type { CompletedFlag, CompletedProgram } from "./completed_program.ts";

/** The script. Every text in it comes from our own tables. */
export function fishScript(programs: readonly CompletedProgram[]): string {
  const others = programs.filter(({ name }) => name !== "nsqd");
  const names = others.map(({ name }) => name).join(" ");
  return `# Completions of nsqd and its programs for fish:
#   nsqd completions fish > ~/.config/fish/completions/nsqd.fish
# and, for the symlinks, that line in config.fish as well: nsqd completions fish | source

function __nsqd_program
    set -l typed (commandline -opc)
    if set -q typed[2]; and contains -- $typed[2] ${names}
        echo $typed[2]
    else
        echo nsqd
    end
end

function __nsqd_is
    test (__nsqd_program) = $argv[1]
end

function __nsqd_is_first
    test (count (commandline -opc)) -eq 1
end

complete -c nsqd -f
${
    others.map(({ name, help }) =>
      `complete -c nsqd -n __nsqd_is_first -a ${name} -d ${quoted(help)}\n`
    ).join("")
  }
${programs.map(programLines).join("\n")}`;
}

function programLines(program: CompletedProgram): string {
  const asWord = `complete -c nsqd -n '__nsqd_is ${program.name}'`;
  const lines = linesOf(program, asWord);
  if (program.name === "nsqd") return lines;
  const asCommand = `complete -c ${program.linkName}`;
  return `${lines}${asCommand} -f\n${linesOf(program, asCommand)}`;
}

function linesOf({ flags, words, takesDirectories }: CompletedProgram, start: string): string {
  const lines = flags.map((flag) => `${start} ${flagText(flag)}\n`);
  if (words.length > 0) lines.push(`${start} -a ${quoted(words.join(" "))}\n`);
  if (takesDirectories) lines.push(`${start} -a '(__fish_complete_directories)'\n`);
  return lines.join("");
}

function flagText({ name, help, value }: CompletedFlag): string {
  const text = `-l ${name} -d ${quoted(help)}`;
  switch (value.kind) {
    case "none":
      return text;
    case "words":
      return `${text} -x -a ${quoted(value.words.join(" "))}`;
    case "joined words":
      return `${text} -f -a ${quoted(value.words.join(" "))}`;
    case "path":
      return `${text} -r -F`;
    case "text":
      return `${text} -x`;
  }
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
