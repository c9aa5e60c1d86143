/**
 * The first way: `deno compile`, with the runtime it downloads or the one that DENORT_BIN names.
 * It tells apart "there is no runtime to be had" (the other way may be tried) from every other
 * failure, which is a mistake of ours and must not be hidden by a fallback.
 */
import { folderOf, type Program, runtimeFlags } from "./program.ts";

/** What came of it; `reason` is the sentence for people. */
export type DenoCompileResult =
  | { readonly outcome: "made"; readonly reason: string }
  | { readonly outcome: "no runtime"; readonly reason: string }
  | { readonly outcome: "failed"; readonly reason: string };

/** True when the errors of `deno compile` say that it could not get its runtime, `denort`. */
export function runtimeIsMissing(errors: string): boolean {
  return /Setting up base binary|denort|dl\.deno\.land/.test(errors);
}

/** The last line of the errors that says what went wrong, for a one-line reason. */
function causeOf(errors: string): string {
  // deno-lint-ignore no-control-regex
  const plain = errors.replace(/\x1b\[[0-9;]*m/g, "");
  const line = plain.split("\n").find((text) => /error|No such file|failed/i.test(text));
  return (line ?? "no error text").replace(/^.*?error: /, "").trim().slice(0, 160);
}

/**
 * Runs `deno compile` of the Deno that runs this script, for this machine's target or another one that it knows. The
 * types are checked elsewhere.
 */
export async function denoCompile(
  program: Program,
  target: string = Deno.build.target,
): Promise<DenoCompileResult> {
  await Deno.mkdir(folderOf(program.output), { recursive: true });
  // Not over a file that is there: `deno compile` refuses when that is a self-extracting one.
  const partial = partialOf(program.output);
  const isForeign = target !== Deno.build.target;
  const command = new Deno.Command(Deno.execPath(), {
    args: [
      "compile",
      "--no-check",
      // All packages of the lock file would be in the executable, those of the tests too: 15 MB. The program's are pinned.
      "--no-lock",
      ...isForeign ? [`--target=${target}`] : [],
      ...runtimeFlags,
      ...program.included.flatMap((path) => ["--include", path]),
      "--output",
      partial,
      program.entry,
    ],
    // The runtime that DENORT_BIN names is this machine's, and deno would take it for any target.
    ...isForeign ? { clearEnv: true, env: environmentWithout("DENORT_BIN") } : {},
    stdin: "null",
    stdout: "inherit",
    stderr: "piped",
  });
  const { success, stderr } = await command.output();
  const errors = new TextDecoder().decode(stderr);
  const denort = isForeign ? undefined : Deno.env.get("DENORT_BIN");
  const source = denort === undefined ? "its runtime" : `DENORT_BIN=${denort}`;
  if (success) {
    await Deno.rename(partial, program.output);
    return { outcome: "made", reason: `deno compile with ${source}` };
  }
  if (runtimeIsMissing(errors)) {
    return { outcome: "no runtime", reason: `deno compile cannot get ${source}` };
  }
  return { outcome: "failed", reason: `deno compile failed: ${causeOf(errors)}\n${errors}` };
}

/** Beside the output; `deno compile` insists on `.exe` for Windows. */
function partialOf(output: string): string {
  return output.endsWith(".exe") ? output.replace(/exe$/, "partial.exe") : `${output}.partial`;
}

function environmentWithout(name: string): Record<string, string> {
  const { [name]: _, ...rest } = Deno.env.toObject();
  return rest;
}
