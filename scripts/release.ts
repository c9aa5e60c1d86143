// deno-lint-ignore-file no-console -- a script speaks to its terminal
/**
 * `deno task release`: everything a download page needs, into one folder: an executable for every target that
 * `deno compile --target` knows, SHA256SUMS, the licences, a bill of materials. A target whose runtime this machine
 * cannot get is named and skipped; for this machine itself the self-extracting file takes its place then.
 */
// @ts-types="../src/base/std_types/parse_args.d.ts"
import { parseArgs } from "@std/cli/parse-args";
import { VERSION } from "../src/base/version.ts";
import { denoCompile } from "./compile/deno_compile.ts";
import { includedFiles, type Program } from "./compile/program.ts";
import { selfExtract } from "./compile/self_extracting.ts";
import { billOfMaterials, checksumLines, licenceList, type Product } from "./release/documents.ts";
import { readPackages } from "./release/packages.ts";
import { fileNameFor, knownTargets } from "./release/targets.ts";

const ENTRY = "src/command_line/main.ts";

/** What came of a target. */
type Outcome = { readonly made: string } | { readonly skipped: string };

async function main(): Promise<number> {
  const flags = parseArgs(Deno.args, { string: ["output", "target"], collect: ["target"] });
  const folder = String(flags["output"] ?? "dist/release");
  const wanted = Array.isArray(flags["target"]) ? flags["target"].map(String) : [];
  const known = await knownTargets();
  const unknown = wanted.find((target) => !known.includes(target));
  if (unknown !== undefined) {
    console.error(`--target=${unknown} is not among: ${known.join(", ")}`);
    return 2;
  }
  await emptied(folder);
  const made: string[] = [];
  for (const target of wanted.length > 0 ? wanted : known) {
    const name = fileNameFor(VERSION, target);
    const outcome = await built(`${folder}/${name}`, target);
    if ("made" in outcome) made.push(name);
    console.log(
      "made" in outcome ? `${name}: ${outcome.made}` : `${name}: skipped, ${outcome.skipped}`,
    );
  }
  made.push(...await documents(folder));
  const sums = new Map<string, string>();
  for (const name of made) sums.set(name, await sha256(`${folder}/${name}`));
  await Deno.writeTextFile(`${folder}/SHA256SUMS`, checksumLines(sums));
  console.log(`${made.length} files and SHA256SUMS in ${folder}`);
  return 0;
}

/** The folder without what an earlier release left in it; nothing else is touched. */
async function emptied(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const { name } of [...Deno.readDirSync(folder)]) {
    if (/^nsqd-|^SHA256SUMS$/.test(name)) await Deno.remove(`${folder}/${name}`);
  }
}

async function built(output: string, target: string): Promise<Outcome> {
  const program: Program = { entry: ENTRY, output, included: includedFiles };
  const result = await denoCompile(program, target);
  if (result.outcome === "made") return { made: `made by ${result.reason}` };
  if (result.outcome === "failed") throw new Error(`${target}: ${result.reason}`);
  // The launcher is a shell script.
  const isSelfExtracting = target === Deno.build.target && Deno.build.os !== "windows";
  if (!isSelfExtracting) return { skipped: `${result.reason} for ${target}` };
  await selfExtract(program);
  return { made: `made as a self-extracting file (${result.reason})` };
}

/** Writes the papers; their names. */
async function documents(folder: string): Promise<string[]> {
  const modules = [ENTRY, ...includedFiles.filter((path) => /\.[jt]sx?$/.test(path))];
  const packages = await readPackages("deno.lock", modules);
  const product: Product = {
    name: "nsqd",
    version: VERSION,
    license: JSON.parse(await Deno.readTextFile("deno.json")).license,
    licenseText: await Deno.readTextFile("LICENSE"),
    denoVersion: Deno.version.deno,
    v8Version: Deno.version.v8,
  };
  const files = {
    [`nsqd-${VERSION}-licences.txt`]: licenceList(product, packages),
    [`nsqd-${VERSION}-sbom.cdx.json`]: billOfMaterials(product, packages),
  };
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${folder}/${name}`, text);
  }
  return Object.keys(files);
}

async function sha256(path: string): Promise<string> {
  const bytes = await Deno.readFile(path);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

if (import.meta.main) {
  try {
    Deno.exit(await main());
  } catch (error) {
    console.error(`There is no release: ${error instanceof Error ? error.message : error}`);
    Deno.exit(1);
  }
}
