/** The counter between two readings. */
import { assertEquals } from "@std/assert";
import { runningCount } from "../../../src/admin/ui/running_count.ts";

Deno.test("runningCount runs at the rate and never goes back a little", () => {
  assertEquals(runningCount(1000, 100, 500, 0), 1050);
  assertEquals(runningCount(1000, 100, 0, 1050), 1050);
  assertEquals(runningCount(1000, 0, 60_000, 1000), 1000);
});

Deno.test("runningCount follows a cluster that really counts from zero again", () => {
  assertEquals(runningCount(5, 100, 0, 1_000_000), 5);
});
