/**
 * Rule `export-comments`: every exported declaration has a doc comment directly above it.
 * Re-exports are excused (their comment stands where they are declared), and so are the further
 * overloads of a function and `.d.ts` files, which describe other people's code.
 */
import { repositoryPath } from "./source_tree.ts";

const hint =
  "One sentence in /** … */: what it does; then, only if true, unit, bound, what throws.";

type Exported = Deno.lint.ExportNamedDeclaration | Deno.lint.ExportDefaultDeclaration;

function functionName(node: Deno.lint.Node | undefined): string | undefined {
  if (node?.type !== "ExportNamedDeclaration") return undefined;
  const declared: Deno.lint.Node | null | undefined = node.declaration;
  if (declared?.type !== "FunctionDeclaration" && declared?.type !== "TSDeclareFunction") {
    return undefined;
  }
  return declared.id?.name;
}

/** True when the statement before declares the same function: an overload shares its comment. */
function followsOverload(node: Exported): boolean {
  const name = functionName(node);
  if (name === undefined || node.parent.type !== "Program") return false;
  const body: readonly Deno.lint.Node[] = node.parent.body;
  const index = body.findIndex((statement) => statement.range[0] === node.range[0]);
  return functionName(body[index - 1]) === name;
}

function hasDocComment(source: string, start: number): boolean {
  const before = source.slice(0, start).trimEnd().replace(/(?:\/\/[^\n]*\s*)+$/, "").trimEnd();
  if (!before.endsWith("*/")) return false;
  return before.slice(before.lastIndexOf("/*")).startsWith("/**");
}

/** The rule, for `Deno.lint.Plugin`. */
export const exportCommentsRule: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    if (repositoryPath(context.filename).endsWith(".d.ts")) return {};
    const check = (node: Exported) => {
      if (!node.declaration || followsOverload(node)) return;
      if (hasDocComment(context.sourceCode.text, node.range[0])) return;
      context.report({ node, message: "An export without a doc comment.", hint });
    };
    return { ExportNamedDeclaration: check, ExportDefaultDeclaration: check };
  },
};
