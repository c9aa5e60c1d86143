/** Rows in order: stable, unknown figures last, names as people count. */
import { assertEquals } from "@std/assert";
import { inOrder, nextOrder } from "../../../src/admin/ui/row_order.ts";

Deno.test("inOrder sorts names by the numbers in them", () => {
  const names = ["worker-10", "worker-9", "Worker-1"];
  assertEquals(inOrder(names, (name) => name, "asc"), ["Worker-1", "worker-9", "worker-10"]);
});

Deno.test("inOrder puts unknown figures last either way", () => {
  const figures = [1, undefined, 3, null, 2];
  assertEquals(inOrder(figures, (figure) => figure, "asc"), [1, 2, 3, undefined, null]);
  assertEquals(inOrder(figures, (figure) => figure, "desc"), [3, 2, 1, undefined, null]);
});

Deno.test("inOrder keeps equal rows as they came and the given list as it was", () => {
  const rows = [{ key: 1, name: "a" }, { key: 0, name: "b" }, { key: 1, name: "c" }];
  assertEquals(inOrder(rows, (row) => row.key, "desc").map(({ name }) => name), ["a", "c", "b"]);
  assertEquals(rows.map(({ name }) => name), ["a", "b", "c"]);
});

Deno.test("nextOrder begins figures with the largest and turns on the second click", () => {
  assertEquals(nextOrder({ by: "name", way: "asc" }, "depth", false), { by: "depth", way: "desc" });
  assertEquals(nextOrder({ by: "depth", way: "desc" }, "depth", false), {
    by: "depth",
    way: "asc",
  });
  assertEquals(nextOrder({ by: "depth", way: "asc" }, "name", true), { by: "name", way: "asc" });
});
