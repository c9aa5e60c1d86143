// The TypeScript that the documentation shows is right. In a file of its own: the compiler takes long for it.

import { assertEquals } from "@std/assert";
import { examples } from "./readme/documents.ts";
import { deno, writeExample } from "./readme/example.ts";

Deno.test("documentation: every TypeScript example type-checks", async () => {
  const texts = [...examples()].map(([place, text]) => `// ${place}\n${text}`);
  const paths = await Promise.all(texts.map(writeExample));
  const { code, stderr } = await deno("check", "--quiet", ...paths);
  await Promise.all(paths.map((path) => Deno.remove(path)));
  assertEquals(code, 0, stderr);
});
