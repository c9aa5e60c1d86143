/**
 * Rule `layer-arrows`: imports point downward only, types included.
 * The drawing itself is the table in source_tree.ts; this file only finds the imports.
 */
import {
  forbiddenArrow,
  layerImports,
  layerOf,
  repositoryPath,
  resolveImport,
} from "./source_tree.ts";

function hintFor(importer: string): string {
  const layer = layerOf(importer);
  const allowed: readonly string[] = layer === undefined ? [] : layerImports[layer];
  const list = allowed.length === 0 ? "nothing of ours" : allowed.join(", ");
  return `"${layer ?? importer}" may import ${list}. Pass the value in from above, or move what ` +
    "both need to a layer below both.";
}

/** The rule, for `Deno.lint.Plugin`. */
export const layerArrowsRule: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    const importer = repositoryPath(context.filename);
    const check = (node: Deno.lint.Node, specifier: unknown) => {
      if (typeof specifier !== "string") return;
      const imported = resolveImport(importer, specifier);
      if (imported === undefined) return;
      const reason = forbiddenArrow(importer, imported);
      if (reason === undefined) return;
      context.report({ node, message: `Upward import: ${reason}.`, hint: hintFor(importer) });
    };
    return {
      ImportDeclaration: (node) => check(node, node.source.value),
      ExportAllDeclaration: (node) => check(node, node.source.value),
      ExportNamedDeclaration: (node) => check(node, node.source?.value),
      ImportExpression(node) {
        if (node.source.type === "Literal") check(node, node.source.value);
      },
    };
  },
};
