/**
 * Rule `file-names`: files and folders are snake_case nouns of the field, never a drawer for leftovers.
 */
import { repositoryPath } from "./source_tree.ts";

const drawers: ReadonlySet<string> = new Set([
  "util",
  "utils",
  "helper",
  "helpers",
  "common",
  "manager",
  "managers",
  "types",
  "misc",
]);

/** The segments of a repository path that are not allowed as names. */
export function badNames(path: string): string[] {
  return path.split("/").filter((segment) => {
    const stem = segment.replace(/(?:_test|_bench)?(?:\.d)?\.[cm]?[jt]sx?$/, "");
    return drawers.has(stem.toLowerCase()) || !/^\.?[a-z0-9_]+$/.test(stem);
  });
}

/** The rule, for `Deno.lint.Plugin`. */
export const fileNamesRule: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    return {
      Program(node) {
        const path = repositoryPath(context.filename);
        if (path.startsWith("/")) return;
        for (const name of badNames(path)) {
          context.report({
            range: [node.range[0], node.range[0]],
            message: `"${name}" in the path "${path}" is no name for a file or folder.`,
            hint: "Name it in snake_case by the noun it holds: channel.ts, deadline_heap.ts.",
          });
        }
      },
    };
  },
};
