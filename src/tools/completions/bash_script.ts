// The completion script for bash, 3.2 of macOS included. Pure.
// bash takes `--flag=value` apart at the `=`, as it stands in COMP_WORDBREAKS by default: the script copes with both.

import type { CompletedFlag, CompletedProgram, FlagValue } from "./completed_program.ts";

/** The script. Every text in it comes from our own tables. */
export function bashScript(programs: readonly CompletedProgram[]): string {
  const links = programs.map(({ linkName }) => linkName).join(" ");
  return `# Completions of nsqd and its programs for bash:
#   source <(nsqd completions bash)

${tables(programs)}
${COMPLETER.replace("@LINKS@", programs.filter(isNotNsqd).map(linkCase).join(""))}
complete -F _nsqd ${links}
`;
}

/** What is on offer, a line each. */
function tables(programs: readonly CompletedProgram[]): string {
  const nameList = programs.filter(isNotNsqd).map(({ name }) => name);
  const words = programs.filter(isNotNsqd).map((program) =>
    shellCase(program.name, wordsOf(program))
  );
  return `_nsqd_flags() {
  case $1 in
${programs.map((program) => shellCase(program.name, flagTexts(program))).join("")}  esac
}

_nsqd_words() {
  case $1 in
${shellCase("nsqd", nameList)}${words.join("")}  esac
}

# What stands behind a flag: words, @path or @text; nothing behind a switch. $3 is = where it is joined to the flag.
_nsqd_values() {
  case $1:$2$3 in
${programs.flatMap(valuesCases).join("")}  esac
}
`;
}

const COMPLETER = `_nsqd_reply() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen "$@"))
}

# The words of a flag or program that go on as $2 begins; $1 is one of @path, @text, @directory or words in lines.
_nsqd_offer() {
  case $1 in
    @path) compopt -o filenames 2>/dev/null; _nsqd_reply -P "$3" -f -- "$2" ;;
    @directory) compopt -o filenames 2>/dev/null; _nsqd_reply -P "$3" -d -- "$2" ;;
    @text) ;;
    *) local IFS=$'\\n'; _nsqd_reply -P "$3" -W "$1" -- "$2" ;;
  esac
}

_nsqd() {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]}
  local program=\${COMP_WORDS[0]##*/} flag='' joint='=' prefix='' values='' place=1
  COMPREPLY=()
  case $program in
@LINKS@    *)
      program=nsqd
      if [ "$COMP_CWORD" -gt 1 ]; then
        case $'\\n'$(_nsqd_words nsqd)$'\\n' in
          *$'\\n'"\${COMP_WORDS[1]}"$'\\n'*) program=\${COMP_WORDS[1]} place=2 ;;
        esac
      fi
      ;;
  esac
  if [ "$current" = = ]; then
    flag=$before current=''
  elif [ "$before" = = ]; then
    flag=\${COMP_WORDS[COMP_CWORD - 2]}
  else
    case $current in
      -*=*) flag=\${current%%=*} prefix=\${current%%=*}= current=\${current#*=} ;;
      -*) ;;
      *) case $before in -*) flag=$before joint=' ' ;; esac ;;
    esac
  fi
  if [ -n "$flag" ]; then
    flag=\${flag#-}
    values=$(_nsqd_values "$program" "\${flag#-}" "$joint")
    if [ -n "$values" ]; then
      _nsqd_offer "$values" "$current" "$prefix"
      return
    fi
  fi
  case $current in
    -*)
      current=\${current#-}
      _nsqd_offer "$(_nsqd_flags "$program")" "--\${current#-}" ''
      case "\${#COMPREPLY[@]}\${COMPREPLY[0]}" in 1*=) compopt -o nospace 2>/dev/null ;; esac
      ;;
    *)
      if [ "$program" = nsqd ] && [ "$COMP_CWORD" -gt "$place" ]; then return; fi
      values=$(_nsqd_words "$program")
      if [ -n "$values" ]; then _nsqd_offer "$values" "$current" ''; fi
      ;;
  esac
}
`;

function isNotNsqd({ name }: CompletedProgram): boolean {
  return name !== "nsqd";
}

function flagTexts({ flags }: CompletedProgram): string[] {
  return flags.map(({ name, value }) => `--${name}${value.kind === "none" ? "" : "="}`);
}

function wordsOf({ words, takesDirectories }: CompletedProgram): readonly string[] {
  return takesDirectories ? ["@directory"] : words;
}

function shellCase(pattern: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : `    ${pattern}) printf '%s\\n' ${lines.join(" ")} ;;\n`;
}

function valuesCases({ name, flags }: CompletedProgram): string[] {
  const groups = Map.groupBy(flags, ({ value }) => valueTexts(value).join(" "));
  return [...groups.values()].map((members) =>
    shellCase(
      members.map((flag) => valuePattern(name, flag)).join(" | "),
      valueTexts(members[0]!.value),
    )
  );
}

function valuePattern(program: string, { name, value }: CompletedFlag): string {
  return `${program}:${name}${value.kind === "joined words" ? "=" : "[=\\ ]"}`;
}

function valueTexts(value: FlagValue): readonly string[] {
  if (value.kind === "none") return [];
  return "words" in value ? value.words : [`@${value.kind}`];
}

function linkCase({ name, linkName }: CompletedProgram): string {
  return `    ${linkName}) program=${name} ;;\n`;
}
