/**
 * Rule `no-abbreviations`: `msg`, `chan`, `ctx`, `mgr`, `cfg` are written out in identifiers.
 * NSQ's option names and JSON keys keep their spelling: one search must find flag, key and use.
 * Only the place that chooses a name is judged; reading a member of somebody else's object is not.
 */

const spelledOut: ReadonlyMap<string, string> = new Map([
  ["msg", "message"],
  ["msgs", "messages"],
  ["chan", "channel"],
  ["chans", "channels"],
  ["ctx", "context"],
  ["mgr", "manager, or better what it really is"],
  ["cfg", "options"],
]);

/** Option names of NSQ that contain an abbreviation, in any place of an identifier. */
const optionNames = /(?:max|min|)(?:Msg|msg)Timeout|(?:max|Max)MsgSize|(?:Max|Min)MsgTimeout/g;

/** The first banned abbreviation in an identifier, lower case, or undefined. */
export function abbreviationIn(identifier: string): string | undefined {
  const isJsonKey = identifier.includes("_") && identifier === identifier.toLowerCase();
  if (isJsonKey) return undefined;
  const words = identifier.replace(optionNames, "_")
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2").replace(/([A-Z]+)([A-Z][a-z])/g, "$1_$2")
    .toLowerCase().split(/[_$#]+/);
  return words.find((word) => spelledOut.has(word));
}

function isForeignName(node: Deno.lint.Identifier): boolean {
  const parent = node.parent;
  if (parent.type === "MemberExpression") return parent.property === node && !parent.computed;
  return parent.type === "ImportSpecifier" && parent.imported === node &&
    parent.local.name !== node.name;
}

/** The rule, for `Deno.lint.Plugin`. */
export const abbreviationsRule: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    const check = (node: Deno.lint.Node, name: string) => {
      const word = abbreviationIn(name);
      if (word === undefined) return;
      context.report({
        node,
        message: `The name "${name}" contains the abbreviation "${word}".`,
        hint: `Write it out: ${spelledOut.get(word)}.`,
      });
    };
    return {
      Identifier(node) {
        if (!isForeignName(node)) check(node, node.name);
      },
      PrivateIdentifier(node) {
        if (node.parent.type === "PropertyDefinition" || node.parent.type === "MethodDefinition") {
          check(node, node.name);
        }
      },
    };
  },
};
