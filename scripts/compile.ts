// deno-lint-ignore-file no-console -- a script speaks to its terminal
/**
 * `deno task compile`: makes one executable file, dist/nsqd, and says which way it was made and why.
 * Ways: `deno compile` (runtime downloaded, or named by DENORT_BIN); where no runtime can be had, a
 * self-extracting file around the running Deno. `--way=` forces one; `--entry=` and `--output=` exist
 * for tests.
 */
// @ts-types="../src/base/std_types/parse_args.d.ts"
import { parseArgs } from "@std/cli/parse-args";
import { denoCompile } from "./compile/deno_compile.ts";
import { includedFiles, type Program } from "./compile/program.ts";
import { selfExtract } from "./compile/self_extracting.ts";

/** How to make the executable; `any` tries `deno compile` first. */
export type Way = "any" | "deno-compile" | "self-extracting";

/** Makes the executable and returns the sentence that says how. Throws when it cannot be made. */
export async function compile(program: Program, way: Way): Promise<string> {
  let why = "asked for by --way";
  if (way !== "self-extracting") {
    const result = await denoCompile(program);
    if (result.outcome === "made") return `${program.output}: made by ${result.reason}.`;
    if (result.outcome === "failed" || way === "deno-compile") throw new Error(result.reason);
    why = result.reason;
  }
  await selfExtract(program);
  return `${program.output}: made as a self-extracting file around Deno ` +
    `${Deno.version.deno} (${why}).`;
}

async function main(): Promise<number> {
  const flags = parseArgs(Deno.args, { string: ["entry", "output", "way"] });
  const way = String(flags["way"] ?? "any");
  if (way !== "any" && way !== "deno-compile" && way !== "self-extracting") {
    console.error(`--way must be any, deno-compile or self-extracting, not "${way}".`);
    return 2;
  }
  const entry = String(flags["entry"] ?? "src/command_line/main.ts");
  const output = String(flags["output"] ?? "dist/nsqd");
  try {
    console.log(await compile({ entry, output, included: includedFiles }, way));
    const megabytes = (await Deno.stat(output)).size / 1e6;
    console.log(`${megabytes.toFixed(0)} MB, Deno ${Deno.version.deno}, ${Deno.build.target}`);
    return 0;
  } catch (error) {
    console.error(`Cannot make ${output}: ${error instanceof Error ? error.message : error}`);
    return 1;
  }
}

if (import.meta.main) Deno.exit(await main());
