/**
 * Rule `function-length`: a function has at most 70 lines, from its first word to its closing brace.
 * An exception is a row in `longFunctions` with its present length; the row may only shrink.
 */
import { repositoryPath } from "./source_tree.ts";

/** The longest function allowed, in lines. Aim at 15. */
export const functionLinesMax = 70;

/** Functions that are longer for now: "path#name" -> lines. Lower the number when one gets shorter. */
export const longFunctions: Readonly<Record<string, number>> = {};

type AnyFunction =
  | Deno.lint.FunctionDeclaration
  | Deno.lint.FunctionExpression
  | Deno.lint.ArrowFunctionExpression;

/** What to call a function in a report: its own name or that of what it is assigned to. */
function nameOf(node: AnyFunction): string {
  if (node.type !== "ArrowFunctionExpression" && node.id) return node.id.name;
  const parent = node.parent;
  const named = parent.type === "VariableDeclarator"
    ? parent.id
    : parent.type === "MethodDefinition" || parent.type === "Property" ||
        parent.type === "PropertyDefinition"
    ? parent.key
    : undefined;
  return named?.type === "Identifier" || named?.type === "PrivateIdentifier"
    ? named.name
    : "anonymous";
}

/** The rule, for `Deno.lint.Plugin`. */
export const functionLengthRule: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    const path = repositoryPath(context.filename);
    const check = (node: AnyFunction) => {
      const lines = context.sourceCode.text.slice(...node.range).split("\n").length;
      const name = nameOf(node);
      const allowed = longFunctions[`${path}#${name}`] ?? functionLinesMax;
      if (lines <= allowed) return;
      context.report({
        range: [node.range[0], node.range[0] + 1],
        message: `The function "${name}" has ${lines} lines; ${allowed} are allowed.`,
        hint: 'Cut it where its comment would say "then": a step with its own name and types.',
      });
    };
    return {
      FunctionDeclaration: check,
      FunctionExpression: check,
      ArrowFunctionExpression: check,
    };
  },
};
