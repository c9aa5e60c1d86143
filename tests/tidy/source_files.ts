/**
 * What the tidy test knows of a source file: its text, its imports and its comments, read with the
 * linter's own parser. It refuses to judge; the rules stand in tidy_test.ts.
 */
import { resolveImport } from "../../scripts/lint_plugin/source_tree.ts";

/** One TypeScript file of ours. Paths are relative to the repository, with forward slashes. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  /** What it imports of ours, types and files named by `new URL(…, import.meta.url)` included. */
  readonly imports: readonly string[];
  /** The text of each comment, without its marks. */
  readonly comments: readonly string[];
}

const root = new URL("../../", import.meta.url);

function addLiteral(specifiers: Set<string>, node: Deno.lint.Node | null | undefined): void {
  if (node?.type === "Literal" && typeof node.value === "string") specifiers.add(node.value);
}

/** A plugin with one rule that gathers instead of reporting. */
function gatherer(specifiers: Set<string>, comments: string[]): Deno.lint.Plugin {
  const rule: Deno.lint.Rule = {
    create: (context) => ({
      Program() {
        for (const comment of context.sourceCode.getAllComments()) {
          comments.push(comment.value);
          const types = /^\s*@ts-types="([^"]+)"/.exec(comment.value)?.[1];
          if (types !== undefined) specifiers.add(types);
        }
      },
      ImportDeclaration: (node) => addLiteral(specifiers, node.source),
      ExportAllDeclaration: (node) => addLiteral(specifiers, node.source),
      ExportNamedDeclaration: (node) => addLiteral(specifiers, node.source),
      ImportExpression: (node) => addLiteral(specifiers, node.source),
      NewExpression(node) {
        if (node.callee.type !== "Identifier" || node.callee.name !== "URL") return;
        addLiteral(specifiers, node.arguments[0]);
      },
    }),
  };
  return { name: "gather", rules: { gather: rule } };
}

/** Reads a source text as the file `path`. */
export function parseSource(path: string, text: string): SourceFile {
  const specifiers = new Set<string>();
  const comments: string[] = [];
  Deno.lint.runPlugin(gatherer(specifiers, comments), path, text);
  const imports = [...specifiers].map((specifier) => resolveImport(path, specifier))
    .filter((imported) => imported !== undefined);
  return { path, text, imports, comments };
}

function* pathsUnder(folder: string): Generator<string> {
  for (const entry of Deno.readDirSync(new URL(folder, root))) {
    const path = `${folder}${entry.name}`;
    if (entry.isDirectory) yield* pathsUnder(`${path}/`);
    else if (/\.tsx?$/.test(entry.name)) yield path;
  }
}

/** Every TypeScript file of the product, its tests and its scripts, sorted by path. */
export function readSourceFiles(): SourceFile[] {
  const paths = ["src/", "tests/", "scripts/"].filter(exists).flatMap((f) => [...pathsUnder(f)]);
  if (exists("mod.ts")) paths.push("mod.ts");
  return paths.sort().map((path) => parseSource(path, readText(path)));
}

/** The text of a file of the repository. Throws when there is none. */
export function readText(path: string): string {
  return Deno.readTextFileSync(new URL(path, root));
}

function exists(path: string): boolean {
  try {
    Deno.statSync(new URL(path, root));
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
