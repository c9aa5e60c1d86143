/**
 * The lint plugin on small sources: what each rule refuses, and what it must leave alone.
 * A case is a file name, a source, and the messages expected, in order.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import plugin from "../../scripts/lint_plugin.ts";

/** Runs one rule over a source and returns its messages; the other rules' reports are left out. */
function messagesOf(rule: string, path: string, source: string): string[] {
  return Deno.lint.runPlugin(plugin, path, source)
    .filter((diagnostic) => diagnostic.id === `nsqd/${rule}`)
    .map((diagnostic) => diagnostic.message);
}

function countOf(rule: string, path: string, source: string): number {
  return messagesOf(rule, path, source).length;
}

Deno.test("lint plugin gives a hint with every report", () => {
  const source = "import { a } from '../server/a.ts';\n" +
    "export function msgOf() { return Date.now() + a;" + "\n".repeat(80) + "}";
  const diagnostics = Deno.lint.runPlugin(plugin, "src/wire/utils.ts", source);
  const ids = new Set(diagnostics.map((diagnostic) => diagnostic.id));
  assertEquals(ids.size, Object.keys(plugin.rules).length);
  assertEquals(diagnostics.filter((diagnostic) => !diagnostic.hint), []);
});

Deno.test("pure-layers refuses clocks, timers, randomness, console and Deno", () => {
  const uses = [
    "Date.now()",
    "new Date()",
    "performance.now()",
    "setTimeout(f, 1)",
    "setInterval(f, 1)",
    "setImmediate(f)",
    "queueMicrotask(f)",
    "Math.random()",
    "crypto.getRandomValues(a)",
    "console.log(1)",
    "Deno.cwd()",
    "globalThis.Deno",
    "({ now: Date.now })",
    "({ Date })",
  ];
  for (const use of uses) {
    assertEquals(countOf("pure-layers", "src/queue/a.ts", `${use};`), 1, use);
    assertEquals(countOf("pure-layers", "src/server/a.ts", `${use};`), 0, use);
  }
});

Deno.test("pure-layers refuses impure names in types and impure modules", () => {
  const path = "src/wire/a.ts";
  assertEquals(countOf("pure-layers", path, "let socket: Deno.Conn;"), 1);
  assertEquals(countOf("pure-layers", path, 'import { open } from "node:fs";'), 1);
  assertEquals(countOf("pure-layers", path, 'import { inflateRawSync } from "node:zlib";'), 0);
});

Deno.test("pure-layers leaves members and keys of the same name alone", () => {
  const source = "row.Date = 1; const row2 = { console: 2, performance: Math.floor(3) };" +
    "interface Row { Deno: string }";
  assertEquals(messagesOf("pure-layers", "src/wire/a.ts", source), []);
});

Deno.test("layer-arrows refuses upward and sideways imports, types included", () => {
  const cases: [string, string][] = [
    ["src/wire/a.ts", "../queue/topic.ts"],
    ["src/base/a.ts", "../wire/frame.ts"],
    ["src/queue/a.ts", "../options/options.ts"],
    ["src/server/handlers/a.ts", "../../http/routes.ts"],
    ["src/client/a.ts", "../server/session.ts"],
    ["src/lookup/a.ts", "../admin/view.ts"],
    ["src/http/a.ts", "../broker.ts"],
    ["src/broker.ts", "../mod.ts"],
    ["src/base/a.ts", "../../tests/support.ts"],
  ];
  for (const [path, imported] of cases) {
    const forms = [
      `import { a } from "${imported}";`,
      `import type { A } from "${imported}";`,
      `export * from "${imported}";`,
      `export { a } from "${imported}";`,
      `await import("${imported}");`,
    ];
    for (const source of forms) {
      assertEquals(countOf("layer-arrows", path, source), 1, `${path}: ${source}`);
    }
  }
});

Deno.test("layer-arrows leaves downward imports, packages, tests and mod.ts alone", () => {
  const cases: [string, string][] = [
    ["mod.ts", "./src/broker.ts"],
    ["src/broker.ts", "./server/listener.ts"],
    ["src/server/handlers/a.ts", "../session.ts"],
    ["src/server/a.ts", "../queue/topic.ts"],
    ["src/wire/a.ts", "@std/assert"],
    ["tests/wire/a_test.ts", "../../src/broker.ts"],
    ["scripts/tables.ts", "../src/options/options.ts"],
  ];
  for (const [path, imported] of cases) {
    assertEquals(messagesOf("layer-arrows", path, `import { a } from "${imported}";`), []);
  }
});

Deno.test("layer-arrows names both layers and says what is allowed", () => {
  const [diagnostic] = Deno.lint.runPlugin(
    plugin,
    "src/wire/a.ts",
    'import { a } from "../queue/topic.ts";',
  );
  assertStringIncludes(diagnostic?.message ?? "", 'the layer "wire" must not import from "queue"');
  assertStringIncludes(diagnostic?.hint ?? "", '"wire" may import base');
});

Deno.test("export-comments refuses exported declarations without a doc comment", () => {
  const path = "src/wire/a.ts";
  for (
    const source of [
      "export const a = 1;",
      "// not a doc comment\nexport function a() {}",
      "/* nor this */\nexport class A {}",
      "export interface A {}",
      "/** of another */\nconst b = 1;\nexport type A = 1;",
      "export default { a: 1 };",
    ]
  ) assertEquals(countOf("export-comments", path, source), 1, source);
});

Deno.test("export-comments leaves commented, re-exported and overloaded ones alone", () => {
  const path = "src/wire/a.ts";
  for (
    const source of [
      "/** A number. */\nexport const a = 1;",
      "/** A number. */\n// deno-lint-ignore no-explicit-any\nexport const a: any = 1;",
      'export { a } from "./b.ts";\nexport * from "./c.ts";',
      "/** Twice. */\nexport function f(a: string): void;\nexport function f(a: number): void;\n" +
      "export function f(_a: unknown): void {}",
    ]
  ) assertEquals(messagesOf("export-comments", path, source), [], source);
  assertEquals(messagesOf("export-comments", "src/base/a.d.ts", "export const a: 1;"), []);
});

Deno.test("file-names refuses drawers and names that are not snake_case", () => {
  for (
    const path of [
      "src/base/utils.ts",
      "src/common/a.ts",
      "tests/helpers_test.ts",
      "src/wire/types.d.ts",
      "src/queue/topicLog.ts",
      "src/queue/topic-log.ts",
    ]
  ) assertEquals(countOf("file-names", path, "1;"), 1, path);
  for (const path of ["mod.ts", "src/base/std_types/toml.d.ts", "tests/queue/topic_test.ts"]) {
    assertEquals(messagesOf("file-names", path, "1;"), [], path);
  }
});

Deno.test("no-abbreviations refuses them as a whole name and as a part of one", () => {
  for (const name of ["msg", "lastMsg", "msgCount", "chan", "ctx", "CFG", "requestCtx", "Mgr"]) {
    assertEquals(countOf("no-abbreviations", "src/a.ts", `const ${name} = 1;`), 1, name);
  }
  assertEquals(countOf("no-abbreviations", "src/a.ts", "class A { #msg = 1; }"), 1);
  assertEquals(countOf("no-abbreviations", "src/a.ts", "interface A { msg: string }"), 1);
});

Deno.test("no-abbreviations leaves option names, JSON keys and foreign members alone", () => {
  const source = "const maxMsgSize = 1, msgTimeout = 2, maxMsgTimeout = 3, minMsgTimeout = 4;" +
    "const defaultMsgTimeout = { msg_timeout: 5, max_msg_timeout: maxMsgSizeOf(message) };" +
    "const change = changed, mechanism = channel.msg;" +
    'import { msg as message } from "elsewhere";';
  assertEquals(messagesOf("no-abbreviations", "src/a.ts", source), []);
});

Deno.test("function-length refuses 71 lines and takes 70", () => {
  const body = (lines: number) => "{" + "\n".repeat(lines - 1) + "}";
  const path = "src/wire/a.ts";
  for (const head of ["function long() ", "const long = () => ", "class A { long() "]) {
    const tail = head.startsWith("class") ? "}" : "";
    assertEquals(countOf("function-length", path, head + body(70) + tail), 0, head);
    assertEquals(
      messagesOf("function-length", path, head + body(71) + tail),
      ['The function "long" has 71 lines; 70 are allowed.'],
      head,
    );
  }
});
