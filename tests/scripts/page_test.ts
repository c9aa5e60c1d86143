/** The committed bundle of nsqadmin's page is what its sources give, and small enough. */
import { assert, assertEquals } from "@std/assert";
import { bundleModule, compactStyle, pageAssets, pageBytesMax } from "../../scripts/page.ts";
import { PAGE_ASSETS } from "../../src/admin/page_bundle.ts";

Deno.test("page: the committed bundle is fresh", async () => {
  const committed = await Deno.readTextFile(
    new URL("../../src/admin/page_bundle.ts", import.meta.url),
  );
  assert(
    bundleModule(await pageAssets()) === committed,
    "src/admin/page_bundle.ts is stale: run `deno task page`",
  );
});

Deno.test("page: all files of the first view together stay within their bound", () => {
  const bytes = Object.values(PAGE_ASSETS)
    .reduce((total, text) => total + new TextEncoder().encode(text).length, 0);
  assert(bytes > 10_000, "the bundle is empty: run `deno task page`");
  assert(bytes <= pageBytesMax, `${bytes} bytes`);
});

Deno.test("page: nothing in it asks for another host or for evaluating text", () => {
  const text = Object.values(PAGE_ASSETS).join("\n");
  const hosts = new Set([...text.matchAll(/https?:\/\/[^/"'`\s]+/g)].map(([host]) => host));
  hosts.delete("http://www.w3.org"); // Names of XML's kinds of elements, never asked.
  assertEquals([...hosts], []);
  assertEquals(/\beval\(|new Function\(/.test(text), false);
});

Deno.test("compactStyle takes away comments and blanks and nothing else", () => {
  const style = `/* a */\na > b,\n.c:hover { color: red; --x: light-dark(#fff, #000);\n}\n`;
  assertEquals(compactStyle(style), "a>b,.c:hover{color:red;--x:light-dark(#fff,#000)}");
});
