/**
 * Keeps the tree as ARCHITECTURE.md draws it: lengths, layers, circles, dead files, opening comments,
 * fresh tables. What a single file shows is judged by the lint plugin as well, with hints; this test
 * sees the files together. An exception is a row in a list here, and rows may only shrink.
 */
import { assert, assertEquals } from "@std/assert";
import plugin from "../scripts/lint_plugin.ts";
import { longFunctions } from "../scripts/lint_plugin/function_length.ts";
import { forbiddenArrow, layerOf } from "../scripts/lint_plugin/source_tree.ts";
import { TABLES, withFreshTables } from "../scripts/tables.ts";
import { findCircle, reachableFrom } from "./tidy/import_graph.ts";
import { readSourceFiles, readText } from "./tidy/source_files.ts";

const fileLinesMax = 500;

/** Files that are longer for now: path -> lines. Lower the number when the file gets shorter. */
const longFiles: Readonly<Record<string, number>> = {};

const files = readSourceFiles();
const graph = new Map(files.map((file) => [file.path, file.imports]));

function linesOf(text: string): number {
  return text.replace(/\n$/, "").split("\n").length;
}

Deno.test("tidy: every file has at most 500 lines", () => {
  const tooLong = files.map((file) => ({ path: file.path, lines: linesOf(file.text) }))
    .filter(({ path, lines }) => lines > (longFiles[path] ?? fileLinesMax))
    .map(({ path, lines }) => `${path} has ${lines} lines`);
  assertEquals(tooLong, []);
});

Deno.test("tidy: a row of the list of long files shrinks with its file", () => {
  const stale = Object.entries(longFiles).filter(([path, allowed]) => {
    const file = files.find((candidate) => candidate.path === path);
    return file === undefined || linesOf(file.text) !== allowed || allowed <= fileLinesMax;
  });
  assertEquals(stale, []);
});

Deno.test("tidy: our own lint rules hold, function length included", () => {
  const reports = files.flatMap((file) =>
    Deno.lint.runPlugin(plugin, file.path, file.text)
      .filter(({ range }) => !isIgnored(file.text, range[0]))
      .map(({ message, range }) =>
        `${file.path}:${linesOf(file.text.slice(0, range[0]))} ${message}`
      )
  );
  assertEquals(reports, []);
});

/** True when the line before says, as `deno lint` understands it, that a rule of ours may be broken. */
function isIgnored(text: string, offset: number): boolean {
  const lineStart = text.lastIndexOf("\n", offset - 1);
  const lineBefore = text.slice(text.lastIndexOf("\n", lineStart - 1) + 1, Math.max(lineStart, 0));
  return /^\s*\/\/ deno-lint-ignore nsqd\//.test(lineBefore);
}

Deno.test("tidy: a row of the list of long functions names a file that exists", () => {
  const stale = Object.keys(longFunctions).filter((key) => !graph.has(key.split("#")[0] ?? ""));
  assertEquals(stale, []);
});

Deno.test("tidy: every folder of src is a layer", () => {
  const strangers = files.filter((file) => file.path.startsWith("src/"))
    .filter((file) => layerOf(file.path) === undefined);
  assertEquals(strangers.map((file) => file.path), []);
});

Deno.test("tidy: imports point downward, types included", () => {
  const upward = files.flatMap((file) =>
    file.imports.map((imported) => forbiddenArrow(file.path, imported))
      .filter((reason) => reason !== undefined)
      .map((reason) => `${file.path}: ${reason}`)
  );
  assertEquals(upward, []);
});

Deno.test("tidy: imports form no circle, types included", () => {
  assertEquals(findCircle(graph), undefined);
});

Deno.test("tidy: every file opens with a comment that says what it is for", () => {
  const silent = files.filter((file) =>
    !/^(?:#!.*\n)?(?:\/\/ deno-lint.*\n)*\/[/*]/.test(file.text)
  );
  assertEquals(silent.map((file) => file.path), []);
});

/** Where `scripts/page.ts` begins to bundle the page. */
const PAGE_ENTRY = "src/admin/ui/main.tsx";

Deno.test("tidy: every file is reached from mod.ts, a test or a script", () => {
  const isRoot = (path: string) =>
    path === "mod.ts" || path === PAGE_ENTRY || /_(?:test|bench)\.ts$/.test(path) ||
    /^scripts\/[^/]+\.ts$/.test(path);
  const reached = reachableFrom(graph, [...graph.keys()].filter(isRoot));
  assertEquals([...graph.keys()].filter((path) => !reached.has(path)), []);
});

Deno.test("tidy: a note about work to do names its issue", () => {
  const loose = files.flatMap((file) =>
    file.comments.filter((comment) => /\b(?:TODO|FIXME|XXX|HACK)\b(?!\s*\(#\d+\))/.test(comment))
      .filter((comment) => !comment.includes("`TODO"))
      .map((comment) => `${file.path}: ${comment.trim()}`)
  );
  assertEquals(loose, []);
});

Deno.test("tidy: the README has every table, and fresh ones", () => {
  const readme = readText("README.md");
  const missing = Object.keys(TABLES).filter((name) => !readme.includes(`<!-- table: ${name} -->`));
  assertEquals(missing, []);
  assert(withFreshTables(readme, TABLES) === readme, "stale tables: run `deno task tables`");
});
