/**
 * What the rules know about the tree: which layer a file belongs to and which layers it may import.
 * It refuses to read the disk: a path is only text here, so every rule can be tested without files.
 * Invariant: the table has no cycle, so "allowed" always means "downward".
 */

/** Layers under `src/`, each with the layers it may import. This is the drawing in ARCHITECTURE.md. */
export const layerImports = {
  base: [],
  options: ["base"],
  wire: ["base"],
  queue: ["wire", "base"],
  log: ["queue", "wire", "base"],
  transport: ["wire", "base"],
  web: ["transport", "wire", "base"],
  auth: ["options", "wire", "base"],
  client: ["transport", "wire", "base"],
  server: ["auth", "transport", "queue", "wire", "options", "base"],
  http: ["auth", "web", "transport", "queue", "wire", "options", "base"],
  lookup: ["transport", "wire", "base"],
  statsd: ["base"],
  lookupd: ["web", "transport", "wire", "options", "base"],
  admin: ["auth", "client", "web", "transport", "wire", "options", "base"],
  confinement: ["auth", "lookup", "statsd", "transport", "options", "base"],
  bench: ["client", "wire", "options", "base"],
  tools: ["bench", "client", "transport", "wire", "options", "base"],
  broker: [
    "server",
    "http",
    "web",
    "lookup",
    "statsd",
    "log",
    "auth",
    "transport",
    "queue",
    "wire",
    "options",
    "base",
  ],
  command_line: [
    "broker",
    "lookupd",
    "admin",
    "confinement",
    "lookup",
    "statsd",
    "tools",
    "auth",
    "transport",
    "options",
    "base",
  ],
} as const satisfies Record<string, readonly string[]>;

/** The name of a folder of `src/`; `broker` stands also for the files directly in `src/`. */
export type Layer = keyof typeof layerImports;

const repositoryRoot = new URL("../../", import.meta.url).pathname;

/** Path relative to the repository, with forward slashes. A path from elsewhere comes back as it is. */
export function repositoryPath(filename: string): string {
  const path = filename.replaceAll("\\", "/").replace(/^file:\/\//, "");
  return path.startsWith(repositoryRoot) ? path.slice(repositoryRoot.length) : path;
}

/** The layer of a repository path, or undefined for what is outside `src/` or in an unknown folder. */
export function layerOf(path: string): Layer | undefined {
  const match = /^src\/(?:([^/]+)\/)?[^/]+$|^src\/([^/]+)\//.exec(path);
  if (match === null) return undefined;
  const folder = match[1] ?? match[2] ?? "broker";
  return folder in layerImports ? folder as Layer : undefined;
}

/** The repository path that a relative specifier means when it stands in the file `importer`. */
export function resolveImport(importer: string, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  const segments = importer.split("/").slice(0, -1);
  for (const segment of specifier.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== ".") segments.push(segment);
  }
  return segments.join("/");
}

/** Why `importer` must not import `imported` (both repository paths), or undefined when it may. */
export function forbiddenArrow(importer: string, imported: string): string | undefined {
  if (/^(tests|scripts)\//.test(importer)) return undefined;
  if (/^(tests|scripts)\//.test(imported)) {
    return `the product must not import "${imported}", which is not part of it`;
  }
  if (importer === "mod.ts") return undefined;
  if (imported === "mod.ts") return `"${importer}" must not import mod.ts, which is above it`;
  const from = layerOf(importer);
  const to = layerOf(imported);
  if (from === undefined || to === undefined || from === to) return undefined;
  const allowed: readonly string[] = layerImports[from];
  if (allowed.includes(to)) return undefined;
  return `the layer "${from}" must not import from "${to}"`;
}
