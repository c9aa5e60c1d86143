/**
 * Rule `pure-layers`: `wire/` and `queue/` name no clock, timer, randomness, console or Deno.
 * It refuses to know what the code does; it only reads names, so a local variable called `Deno` is refused too.
 */
import { layerOf, repositoryPath } from "./source_tree.ts";

const pureLayers: readonly string[] = ["wire", "queue"];

const impureGlobals: ReadonlySet<string> = new Set([
  "Deno",
  "Date",
  "performance",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "clearTimeout",
  "clearInterval",
  "queueMicrotask",
  "console",
  "crypto",
  "globalThis",
]);

/** Modules of Node that only compute; every other one reaches the world. */
const pureNodeModules: ReadonlySet<string> = new Set(["node:buffer", "node:zlib"]);

const hint = "Take the time, the randomness or the storage as an argument; the caller above owns " +
  "the clock. This keeps the layer testable without permissions and under a simulated clock.";

/** True when the identifier is a name of something else's member or key, not a use of a global. */
function isMemberName(node: Deno.lint.Identifier): boolean {
  const parent = node.parent;
  switch (parent.type) {
    case "MemberExpression":
      return parent.property === node && !parent.computed;
    case "Property":
    case "PropertyDefinition":
    case "MethodDefinition":
      return parent.key === node && !parent.computed && parent.value !== node;
    case "TSPropertySignature":
    case "TSMethodSignature":
      return parent.key === node;
    default:
      return false;
  }
}

function moduleIsImpure(specifier: unknown): specifier is string {
  return typeof specifier === "string" && specifier.startsWith("node:") &&
    !pureNodeModules.has(specifier);
}

/** The rule, for `Deno.lint.Plugin`. */
export const pureLayersRule: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    const layer = layerOf(repositoryPath(context.filename));
    if (layer === undefined || !pureLayers.includes(layer)) return {};
    const report = (node: Deno.lint.Node, name: string) =>
      context.report({ node, message: `The pure layer "${layer}" must not name ${name}.`, hint });
    return {
      Identifier(node) {
        if (impureGlobals.has(node.name) && !isMemberName(node)) report(node, node.name);
      },
      MemberExpression(node) {
        const { object, property } = node;
        if (object.type !== "Identifier" || object.name !== "Math") return;
        if (property.type === "Identifier" && property.name === "random") {
          report(node, "Math.random");
        }
      },
      ImportDeclaration(node) {
        if (moduleIsImpure(node.source.value)) report(node, `"${node.source.value}"`);
      },
    };
  },
};
