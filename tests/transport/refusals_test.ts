// Refusals are counted all, and logged rarely.

import { assertEquals } from "@std/assert";
import { Refusals } from "../../src/transport/refusals.ts";

Deno.test("Refusals.add() counts by kind and logs once in a while", () => {
  const lines: string[] = [];
  let now = 0;
  const log = {
    isEnabled: () => true,
    debug() {},
    info() {},
    warn: (text: string) => void lines.push(text),
    error() {},
  };
  const refusals = new Refusals({ nowMs: () => now }, log);
  assertEquals(refusals.counts, {});
  for (let index = 0; index < 1000; index++) refusals.add("line_too_long", `line ${index}`);
  refusals.add("tcp_connections", "connection");
  assertEquals(refusals.counts, { line_too_long: 1000, tcp_connections: 1 });
  assertEquals(lines, ["line 0", "connection"]);
  now = 60_000;
  refusals.add("line_too_long", "again");
  assertEquals(lines.at(-1), "again (and 999 more since the last line)");
});
