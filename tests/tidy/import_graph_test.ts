/** The graph questions on graphs of a few letters, and the gathering on a few lines of source. */
import { assertEquals } from "@std/assert";
import { findCircle, reachableFrom } from "./import_graph.ts";
import { parseSource } from "./source_files.ts";

function graphOf(text: string): Map<string, string[]> {
  return new Map(text.split(" ").map((row) => [row.slice(0, 1), row.slice(1).split("")]));
}

Deno.test("findCircle() finds circles of any length and none in a diamond", () => {
  assertEquals(findCircle(graphOf("abc bd cd d")), undefined);
  assertEquals(findCircle(graphOf("abc bd cd da")), "a -> b -> d -> a");
  assertEquals(findCircle(graphOf("ab bb")), "b -> b");
  assertEquals(findCircle(graphOf("a bc cd dc")), "c -> d -> c");
});

Deno.test("reachableFrom() follows imports and nothing else", () => {
  assertEquals([...reachableFrom(graphOf("ab bc c d"), ["a"])].sort(), ["a", "b", "c"]);
  assertEquals([...reachableFrom(graphOf("ab ba cz"), ["a", "c"])].sort(), ["a", "b", "c", "z"]);
});

Deno.test("parseSource() sees every form of import and every comment", () => {
  const source = parseSource(
    "src/queue/topic.ts",
    `/** First. */
    // @ts-types="../base/a.d.ts"
    import { a } from "@std/a";
    import type { B } from "../wire/b.ts";
    export * from "./c.ts";
    export { d } from "./d.ts";
    const e = await import("./e.ts"); // Last.
    new Worker(new URL("./worker.ts", import.meta.url));
    const text = "import './none.ts' // TODO";`,
  );
  assertEquals([...source.imports].sort(), [
    "src/base/a.d.ts",
    "src/queue/c.ts",
    "src/queue/d.ts",
    "src/queue/e.ts",
    "src/queue/worker.ts",
    "src/wire/b.ts",
  ]);
  assertEquals(source.comments.map((comment) => comment.trim()), [
    "* First.",
    '@ts-types="../base/a.d.ts"',
    "Last.",
  ]);
});
