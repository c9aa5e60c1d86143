// The completion script for zsh, by its own `_arguments`. Pure.

import type { CompletedFlag, CompletedProgram } from "./completed_program.ts";

/** The script: for a file named _nsqd in $fpath, or to be sourced. Every text in it comes from our own tables. */
export function zshScript(programs: readonly CompletedProgram[]): string {
  const links = programs.map(({ linkName }) => linkName).join(" ");
  const others = programs.filter(({ name }) => name !== "nsqd");
  return `#compdef ${links}
# Completions of nsqd and its programs for zsh: a file named _nsqd in $fpath, or
#   source <(nsqd completions zsh)

_nsqd_programs() {
  local -a programs
  programs=(
${others.map(({ name, help }) => `    ${quoted(`${name}:${escaped(help)}`)}\n`).join("")}  )
  _describe -t programs program programs
}

_nsqd_arguments() {
  case $1 in
${programs.map(argumentsCase).join("")}  esac
}

_nsqd() {
  local program=\${words[1]:t}
  case $program in
${others.map(({ name, linkName }) => `    ${linkName}) program=${name} ;;\n`).join("")}    *)
      program=nsqd
      if (( CURRENT > 2 )); then
        case $words[2] in
          ${others.map(({ name }) => name).join("|")})
            program=$words[2]
            shift words
            (( CURRENT-- ))
            ;;
        esac
      fi
      ;;
  esac
  _nsqd_arguments $program
}

if [[ \${funcstack[1]} == _nsqd ]]; then
  _nsqd "$@"
else
  compdef _nsqd ${links}
fi
`;
}

function argumentsCase(program: CompletedProgram): string {
  const specs = [...program.flags.map(flagSpec), operandSpec(program)].filter((spec) =>
    spec !== ""
  );
  const lines = specs.map((spec) => ` \\\n        ${quoted(spec)}`).join("");
  return `    ${program.name})\n      _arguments${lines}\n      ;;\n`;
}

function flagSpec({ name, help, value, isRepeatable }: CompletedFlag): string {
  const start = `${isRepeatable ? "*" : ""}--${name}`;
  const text = `[${escaped(help)}]`;
  switch (value.kind) {
    case "none":
      return `${start}${text}`;
    case "words":
      return `${start}=${text}:value:(${value.words.join(" ")})`;
    case "joined words":
      return `${start}=-${text}::value:(${value.words.join(" ")})`;
    case "path":
      return `${start}=${text}:path:_files`;
    case "text":
      return `${start}=${text}:value: `;
  }
}

function operandSpec({ name, words, takesDirectories }: CompletedProgram): string {
  if (name === "nsqd") return "1:program:_nsqd_programs";
  if (takesDirectories) return "*:directory:_files -/";
  return words.length > 0 ? `*:word:(${words.join(" ")})` : "";
}

/** What ends a part of a specification loses its meaning. */
function escaped(text: string): string {
  return text.replace(/[\\[\]:]/g, "\\$&");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
