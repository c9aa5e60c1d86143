// Refusals are counted all, and logged rarely.

import { assertEquals } from "@std/assert";
import { Refusals } from "../../src/transport/refusals.ts";
import { logTo } from "../base/kept_log.ts";

Deno.test("Refusals.add() counts by kind and logs once in a while", () => {
  const lines: string[] = [];
  let now = 0;
  const refusals = new Refusals({ nowMs: () => now }, logTo((text) => lines.push(text)));
  assertEquals(refusals.counts, {});
  for (let index = 0; index < 1000; index++) refusals.add("line_too_long", `line ${index}`);
  refusals.add("tcp_connections", "connection");
  assertEquals(refusals.counts, { line_too_long: 1000, tcp_connections: 1 });
  assertEquals(lines, ["line 0", "connection"]);
  now = 60_000;
  refusals.add("line_too_long", "again");
  assertEquals(lines.at(-1), "again (and 999 more since the last line)");
});
