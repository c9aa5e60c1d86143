/** Keys: single ones, pairs, and silence while somebody types. */
import { assertEquals } from "@std/assert";
import { keyMeaning, keyRows } from "../../../src/admin/ui/key_meaning.ts";

Deno.test("keyMeaning finds every key of the table", () => {
  for (const { keys, meaning } of keyRows) {
    let waiting = "";
    let found: string | undefined;
    for (const key of keys) ({ meaning: found, waiting } = keyMeaning(waiting, key, false));
    assertEquals(found, meaning);
    assertEquals(waiting, "");
  }
});

Deno.test("keyMeaning hears only Escape while somebody types", () => {
  assertEquals(keyMeaning("", "j", true).meaning, undefined);
  assertEquals(keyMeaning("g", "t", true), { meaning: undefined, waiting: "" });
  assertEquals(keyMeaning("", "Escape", true).meaning, "up");
});

Deno.test("keyMeaning forgets a pair that was not finished", () => {
  assertEquals(keyMeaning("g", "x", false), { meaning: undefined, waiting: "" });
  assertEquals(keyMeaning("g", "j", false), { meaning: "next row", waiting: "" });
});
