/**
 * The npm packages of this repository with their licences: which there are says deno.lock, what they say of themselves
 * lies in Deno's cache. Invariant: a package without a licence, or one that is not in the cache, is an error.
 */

/** A package. */
export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  /** As deno.lock has it: `sha512-` and base64. */
  readonly integrity: string;
  /** SPDX, as its package.json says. */
  readonly license: string;
  /** What its licence and notice files say, by name; empty when it brings none. */
  readonly texts: ReadonlyMap<string, string>;
  /** Some module of the program is in it, or in a package that needs it. */
  readonly isInProgram: boolean;
}

/** Which package, as deno.lock writes it. */
export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  readonly integrity: string;
}

/** The part of `deno info --json` that is used. */
export interface ModuleGraph {
  readonly modules: readonly { readonly npmPackage?: string }[];
  readonly npmPackages: Readonly<
    Record<string, {
      readonly name: string;
      readonly version: string;
      readonly dependencies: readonly string[];
      readonly localPath?: string;
    }>
  >;
}

const TEXT_FILE = /^(licen[cs]e|notice|copying)/i;

/** The packages in the text of a deno.lock, by name. Throws Error for a form it does not know. */
export function lockedPackages(lock: string): LockedPackage[] {
  const { version: form, npm = {} } = JSON.parse(lock) as {
    version: string;
    npm?: Record<string, { integrity: string }>;
  };
  if (form !== "5") throw new Error(`deno.lock is of version ${form}: look at this script again`);
  const packages = Object.entries(npm).map(([key, { integrity }]) => ({
    ...nameAndVersion(key),
    integrity,
  }));
  const byName = new Map(packages.map((each) => [`${each.name}@${each.version}`, each]));
  return [...byName.values()].sort((one, other) => one.name < other.name ? -1 : 1);
}

/** `@scope/name@1.2.3`, and behind `_` the peers it was resolved with. */
function nameAndVersion(key: string): { name: string; version: string } {
  const match = /^(@?[^@]+)@([^_]+)/.exec(key);
  if (match === null) throw new Error(`"${key}" in deno.lock is no package`);
  return { name: match[1]!, version: match[2]! };
}

/** The packages that modules of the program are in, with all they need, as `name@version`. */
export function packagesInProgram({ modules, npmPackages }: ModuleGraph): Set<string> {
  const found = new Set<string>();
  const visit = (key: string) => {
    const row = npmPackages[key];
    if (row === undefined || found.has(`${row.name}@${row.version}`)) return;
    found.add(`${row.name}@${row.version}`);
    row.dependencies.forEach(visit);
  };
  for (const { npmPackage } of modules) if (npmPackage !== undefined) visit(npmPackage);
  return found;
}

/** Reads everything about the packages of this repository. `modules` are the program's. */
export async function readPackages(
  lockPath: string,
  modules: readonly string[],
): Promise<NpmPackage[]> {
  const locked = lockedPackages(await Deno.readTextFile(lockPath));
  // What no test and no build has needed yet is not in the cache.
  await deno(["install", "--frozen", "--quiet"]);
  const { npmCache } = await denoInfo([]) as { npmCache: string };
  const graphs = await Promise.all(modules.map((path) => denoInfo([path]))) as ModuleGraph[];
  const used = new Set(graphs.flatMap((graph) => [...packagesInProgram(graph)]));
  return await Promise.all(locked.map(async (each) => {
    const folder = `${npmCache}/registry.npmjs.org/${each.name}/${each.version}`;
    const isInProgram = used.has(`${each.name}@${each.version}`);
    return { ...each, ...await licenceOf(folder), isInProgram };
  }));
}

async function licenceOf(folder: string): Promise<Pick<NpmPackage, "license" | "texts">> {
  const description = JSON.parse(await Deno.readTextFile(`${folder}/package.json`));
  const license = typeof description.license === "object"
    ? description.license?.type
    : description.license;
  if (typeof license !== "string" || license === "") {
    throw new Error(`${folder}/package.json names no licence: it must be found out first`);
  }
  const names = [...Deno.readDirSync(folder)].filter(({ name, isFile }) =>
    isFile && TEXT_FILE.test(name)
  ).map(({ name }) => name).sort();
  const texts = names.map(async (name) =>
    [name, (await Deno.readTextFile(`${folder}/${name}`)).trim()] as const
  );
  return { license, texts: new Map(await Promise.all(texts)) };
}

async function denoInfo(words: readonly string[]): Promise<unknown> {
  return JSON.parse(await deno(["info", "--json", ...words]));
}

async function deno(args: string[]): Promise<string> {
  const command = new Deno.Command(Deno.execPath(), { args, stdin: "null" });
  const { success, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`deno ${args.join(" ")}: ${decoder.decode(stderr).trim()}`);
  return decoder.decode(stdout);
}
