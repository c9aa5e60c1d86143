// deno-lint-ignore-file no-console -- a script speaks to its terminal
/**
 * `deno task page`: bundles nsqadmin's page (src/admin/ui) into src/admin/page_bundle.ts, so that neither the user nor
 * the executable needs a build step. The result is committed; tests/scripts/page_test.ts holds it against the sources.
 * Invariant: the same sources, dependencies and Deno give the same file, byte for byte.
 */

const sources = new URL("../src/admin/ui/", import.meta.url);
const bundleFile = new URL("../src/admin/page_bundle.ts", import.meta.url);

/** What a browser loads for the first view, all files together, uncompressed. */
export const pageBytesMax = 150_000;

async function bundledScript(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "nsqd-page-" });
  try {
    const output = `${folder}/main.js`;
    const entry = new URL("main.tsx", sources).pathname;
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["bundle", "--quiet", "--minify", "--platform", "browser", "--output", output, entry],
      stdout: "null",
    }).output();
    if (!success) {
      throw new Error(`The page cannot be bundled: ${new TextDecoder().decode(stderr)}`);
    }
    return await Deno.readTextFile(output);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A stylesheet without comments and without the blanks that only people need. */
export function compactStyle(text: string): string {
  return text.replace(/\/\*[^]*?\*\//g, "").replace(/\s+/g, " ")
    .replace(/ ?([{};,>]) ?/g, "$1").replace(/: /g, ":").replaceAll(";}", "}").trim();
}

/** The files of the page by name. */
export async function pageAssets(): Promise<Record<string, string>> {
  const read = (name: string) => Deno.readTextFile(new URL(name, sources));
  return {
    "main.js": (await bundledScript()).trimEnd(),
    "main.css": compactStyle(await read("page.css")),
    "favicon.svg": (await read("favicon.svg")).trim(),
  };
}

/** The module that holds the files. */
export function bundleModule(assets: Readonly<Record<string, string>>): string {
  const rows = Object.entries(assets)
    .map(([name, text]) => `  ${JSON.stringify(name)}: ${JSON.stringify(text)},\n`);
  return `/**
 * The page of nsqadmin as the executable holds it. Written by \`deno task page\` from src/admin/ui; not by hand.
 */

/** Assets by name; served under <base>/static/. */
export const PAGE_ASSETS: Readonly<Record<string, string>> = {
${rows.join("")}};
`;
}

async function main(): Promise<number> {
  const assets = await pageAssets();
  let total = 0;
  for (const [name, text] of Object.entries(assets)) {
    const bytes = new TextEncoder().encode(text).length;
    total += bytes;
    console.log(`${name}: ${bytes} bytes`);
  }
  console.log(`together: ${total} bytes of at most ${pageBytesMax}`);
  if (total > pageBytesMax) return 1;
  await Deno.writeTextFile(bundleFile, bundleModule(assets));
  return 0;
}

if (import.meta.main) Deno.exit(await main());
