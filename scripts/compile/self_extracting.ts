/**
 * The second way: one file that is a shell script followed by an archive of the running Deno and the
 * bundled program (see launcher.sh for what happens when it runs). For machines where `deno compile`
 * finds no runtime. It needs `tar` and `gzip` here and on the machine that runs the result.
 *
 *   launcher.sh, filled in │ gzip( tar( deno, program.js, … ) )
 *
 * Invariant: the same runtime and program give the same identity, hence the same cache directory.
 */
import { folderOf, type Program, runtimeFlags } from "./program.ts";

/** What goes into a self-extracting file. */
export interface Payload {
  /** The Deno executable, or in tests anything that takes its arguments. */
  readonly runtime: string;
  /** The bundled program, one JavaScript file. */
  readonly bundle: string;
  /** Further files by their path beside the program. */
  readonly files: ReadonlyMap<string, string>;
}

/** What dependencies name but never load here: the sketches' protobuf form is optional and not installed with them. */
const externals = ["--external", "protobufjs/minimal"];

/** The bundle is complete: nothing is looked for near it, and nothing can be loaded from elsewhere. */
const launchFlags = ["--quiet", "--no-config", "--no-lock", "--no-npm", "--no-remote"];

async function run(command: string, args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, { args, stdout: "null" }).output();
  if (success) return;
  throw new Error(`"${command} ${args[0]}" failed: ${new TextDecoder().decode(stderr).trim()}`);
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** Fills in the launcher's blanks. Throws when one of them is not in the text. */
export function fillLauncher(text: string, identity: string): string {
  const blanks: [string, string][] = [
    ["@IDENTITY@", identity],
    ["@ARCHIVE_LINE@", String(text.split("\n").length)],
    ["@RUN_FLAGS@", [...launchFlags, ...runtimeFlags].join(" ")],
  ];
  return blanks.reduce((filled, [blank, value]) => {
    if (!filled.includes(blank)) throw new Error(`launcher.sh has no ${blank}`);
    return filled.replace(blank, value);
  }, text);
}

/** Lays the payload out in an empty folder and returns the names of what stands there. */
async function layOut(payload: Payload, folder: string): Promise<string[]> {
  const names = ["deno", "program.js", ...payload.files.keys()];
  await Deno.symlink(await Deno.realPath(payload.runtime), `${folder}/deno`);
  await Deno.copyFile(payload.bundle, `${folder}/program.js`);
  for (const [name, path] of payload.files) {
    await Deno.mkdir(folderOf(`${folder}/${name}`), { recursive: true });
    await Deno.copyFile(path, `${folder}/${name}`);
  }
  return names;
}

async function identityOf(folder: string, names: string[], launcher: string): Promise<string> {
  const hashes = [await sha256(new TextEncoder().encode(launcher))];
  for (const name of names) {
    hashes.push(`${name} ${await sha256(await Deno.readFile(`${folder}/${name}`))}`);
  }
  return (await sha256(new TextEncoder().encode(hashes.join("\n")))).slice(0, 24);
}

/** Writes the executable file `output`, replacing one that is there (it may be running). */
export async function writeSelfExtracting(payload: Payload, output: string): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "nsqd-compile-" });
  const partial = `${output}.partial`;
  try {
    const launcher = await Deno.readTextFile(new URL("./launcher.sh", import.meta.url));
    const names = await layOut(payload, folder);
    const identity = await identityOf(folder, names, launcher);
    const archive = await Deno.makeTempFile({ prefix: "nsqd-compile-", suffix: ".tgz" });
    await run("tar", ["-chzf", archive, "-C", folder, ...names]);
    await Deno.mkdir(folderOf(output), { recursive: true });
    await Deno.writeTextFile(partial, fillLauncher(launcher, identity));
    await Deno.writeFile(partial, await Deno.readFile(archive), { append: true });
    await Deno.remove(archive);
    await Deno.chmod(partial, 0o755);
    await Deno.rename(partial, output);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The last segment of a path. */
function nameOf(path: string): string {
  return path.split("/").at(-1)!;
}

function isModule(path: string): boolean {
  return /\.[jt]sx?$/.test(path);
}

/**
 * Bundles modules into an empty folder: each becomes `name.js` there, and what several of them need, or what is only
 * loaded on demand, files of its own beside them. So a thread loads nothing that only others use.
 */
async function bundle(modules: ReadonlyMap<string, string>, folder: string): Promise<void> {
  const doors = await Deno.makeTempDir({ prefix: "nsqd-doors-" });
  try {
    // Modules of one folder come out in one folder: hence a door for each.
    for (const [name, path] of modules) {
      const url = new URL(`file://${await Deno.realPath(path)}`);
      await Deno.writeTextFile(`${doors}/${name}.js`, `import ${JSON.stringify(url.href)};\n`);
    }
    const entries = [...modules.keys()].map((name) => `${doors}/${name}.js`);
    const flags = ["--quiet", "--platform", "deno", ...externals, "--code-splitting"];
    await run(Deno.execPath(), ["bundle", ...flags, "--outdir", folder, ...entries]);
  } finally {
    await Deno.remove(doors, { recursive: true });
  }
}

/**
 * Bundles the program and its included modules, and packs them with the running Deno. In the bundle every module stands
 * in the program's folder, so that is where an included file must lie for `new URL("./its_name.ts", import.meta.url)`.
 */
export async function selfExtract(program: Program): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "nsqd-bundle-" });
  try {
    const included = program.included.filter(isModule);
    const stem = (path: string) => nameOf(path).replace(/\.\w+$/, "");
    const modules = new Map(included.map((path) => [stem(path), path]));
    await bundle(new Map([["program", program.entry], ...modules]), folder);
    const files = new Map<string, string>();
    for (const { name } of Deno.readDirSync(folder)) files.set(name, `${folder}/${name}`);
    for (const path of program.included) {
      if (isModule(path)) files.delete(`${stem(path)}.js`);
      files.set(nameOf(path), isModule(path) ? `${folder}/${stem(path)}.js` : path);
    }
    files.delete("program.js");
    // In order: the same program gives the same file.
    const sorted = new Map([...files].sort());
    const main = `${folder}/program.js`;
    const payload = { runtime: Deno.execPath(), bundle: main, files: sorted };
    await writeSelfExtracting(payload, program.output);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
