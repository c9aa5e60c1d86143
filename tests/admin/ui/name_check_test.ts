/** Names get words where the wire's rule refuses them. */
import { assertEquals } from "@std/assert";
import { nameTrouble } from "../../../src/admin/ui/name_check.ts";

Deno.test("nameTrouble has nothing to say about names that can be used", () => {
  for (const name of ["a", "orders.paid_eu-1", "orders#ephemeral", "x".repeat(64)]) {
    assertEquals(nameTrouble(name), undefined);
  }
});

Deno.test("nameTrouble names what is wrong", () => {
  assertEquals(nameTrouble(""), "A name is needed.");
  assertEquals(nameTrouble("x".repeat(65)), "At most 64 characters.");
  for (const name of ["a b", "ä", "a#b", "#ephemeral"]) {
    assertEquals(nameTrouble(name)?.startsWith("Only letters"), true, name);
  }
});
