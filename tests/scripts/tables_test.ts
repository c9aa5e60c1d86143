// The marked blocks of a document: refreshed, left alone, refused.

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { TABLES, withFreshTables } from "../../scripts/tables.ts";

const DOCUMENT = `# Title

<!-- table: one -->
stale
<!-- end table -->

Between.

<!-- table: two -->
<!-- end table -->
`;

Deno.test("withFreshTables() replaces what is between the markers and nothing else", () => {
  const fresh = withFreshTables(DOCUMENT, { one: () => "| $& 1 |", two: () => "| 2 |" });
  assertStringIncludes(fresh, "-->\n\n| $& 1 |\n\n<!--");
  assertStringIncludes(fresh, "<!-- end table -->\n\nBetween.\n\n<!-- table: two -->");
  assertEquals(fresh.includes("stale"), false);
});

Deno.test("withFreshTables() changes nothing the second time", () => {
  const document = DOCUMENT.replaceAll(/one|two/g, "nsqd-options");
  const fresh = withFreshTables(document, TABLES);
  assertEquals(withFreshTables(fresh, TABLES), fresh);
});

Deno.test("withFreshTables() refuses a table nobody registered", () => {
  assertThrows(() => withFreshTables(DOCUMENT, {}), Error, 'No table is called "one"');
});
