/**
 * The project's own lint rules, run by `deno lint` through deno.json: layers, lengths, names, comments.
 * Each rule is one file in lint_plugin/ and gives a hint; each has tests in tests/scripts/lint_plugin/.
 * It refuses to judge formatting (deno fmt does) and what needs types (deno check does).
 */
import { abbreviationsRule } from "./lint_plugin/abbreviations.ts";
import { exportCommentsRule } from "./lint_plugin/export_comments.ts";
import { fileNamesRule } from "./lint_plugin/file_names.ts";
import { functionLengthRule } from "./lint_plugin/function_length.ts";
import { layerArrowsRule } from "./lint_plugin/layer_arrows.ts";
import { pureLayersRule } from "./lint_plugin/pure_layers.ts";

/** The plugin that deno.json names; its rules are addressed as `nsqd/<rule>`. */
const plugin: Deno.lint.Plugin = {
  name: "nsqd",
  rules: {
    "pure-layers": pureLayersRule,
    "layer-arrows": layerArrowsRule,
    "export-comments": exportCommentsRule,
    "file-names": fileNamesRule,
    "no-abbreviations": abbreviationsRule,
    "function-length": functionLengthRule,
  },
};

/** The plugin that deno.json names; its rules are addressed as `nsqd/<rule>`. */
export default plugin;
