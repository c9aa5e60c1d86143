// Writes the tables of the documentation from the lists the program itself runs on, so that they
// cannot drift: whatever stands between `<!-- table: NAME -->` and `<!-- end table -->` in README.md
// is replaced. With `--check` nothing is written, and stale tables mean exit code 1.
// To add a table: one line in TABLES.
// deno-lint-ignore-file no-console -- a script's way to speak

import { optionsMarkdown } from "../src/options/help.ts";
import { NSQD_OPTIONS } from "../src/options/nsqd_options.ts";

/** Each table's name in the markers, and how its Markdown is made. */
export const TABLES: Readonly<Record<string, () => string>> = {
  "nsqd-options": () => optionsMarkdown(NSQD_OPTIONS),
};

const BLOCK = /^(<!-- table: (\S+) -->\n)[^]*?^(<!-- end table -->)$/gm;

/**
 * `document` with the marked tables made anew. The formatter is kept away from them: it would pad
 * every cell to the widest. Throws Error for a table that is not in `tables`.
 */
export function withFreshTables(
  document: string,
  tables: Readonly<Record<string, () => string>>,
): string {
  return document.replace(BLOCK, (_block, opening: string, name: string, closing: string) => {
    const table = Object.hasOwn(tables, name) ? tables[name] : undefined;
    if (table === undefined) {
      throw new Error(`No table is called "${name}": choose from ${Object.keys(tables)}`);
    }
    const [start, end] = ["<!-- deno-fmt-ignore-start -->", "<!-- deno-fmt-ignore-end -->"];
    return `${opening}${start}\n\n${table()}\n\n${end}\n${closing}`;
  });
}

/** Refreshes or checks the file; returns the exit code. */
function main(isCheck: boolean): number {
  const path = new URL("../README.md", import.meta.url);
  let document: string;
  try {
    document = Deno.readTextFileSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    console.error("There is no README.md yet, so there are no tables to refresh.");
    return isCheck ? 1 : 0;
  }
  const fresh = withFreshTables(document, TABLES);
  if (fresh === document) return 0;
  if (isCheck) {
    console.error("Tables in README.md are stale: run `deno run -A scripts/tables.ts`.");
    return 1;
  }
  Deno.writeTextFileSync(path, fresh);
  return 0;
}

if (import.meta.main) Deno.exit(main(Deno.args.includes("--check")));
