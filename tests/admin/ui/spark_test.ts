/** Trends: bounded, once a moment, drawn from the bottom up. */
import { assertEquals } from "@std/assert";
import { sparkPath, Trends } from "../../../src/admin/ui/spark.ts";

Deno.test("Trends.add counts a moment once and forgets who is no longer there", () => {
  const trends = new Trends();
  trends.add(1, [["a", 1], ["b", 9]]);
  trends.add(1, [["a", 1]]);
  trends.add(2, [["a", 3]]);
  assertEquals(trends.of("a"), [1, 3]);
  assertEquals(trends.of("b"), []);
});

Deno.test("Trends keep forty points", () => {
  const trends = new Trends();
  for (let moment = 1; moment <= 100; moment++) trends.add(moment, [["a", moment]]);
  assertEquals(trends.of("a").length, 40);
  assertEquals(trends.of("a").at(-1), 100);
});

Deno.test("sparkPath ends at the right edge with zero at the bottom", () => {
  assertEquals(sparkPath([5], 80, 18), "");
  assertEquals(sparkPath([0, 10], 78, 18), "M76.0 17.0L78.0 1.0");
  assertEquals(sparkPath([0, 0], 78, 18), "M76.0 17.0L78.0 17.0");
});
