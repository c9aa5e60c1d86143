// The text form of figures: escapes, numbers, buckets.

import { assertEquals } from "@std/assert";
import { DurationCounts } from "../../src/base/duration_counts.ts";
import { familyHead, sampleLines } from "../../src/web/metrics_text.ts";

Deno.test("sampleLines() escapes labels and writes numbers that are none", () => {
  const label = { name: 'a"b\\c\nd' };
  assertEquals(sampleLines("x", [label, 1.5]), 'x{name="a\\"b\\\\c\\nd"} 1.5\n');
  assertEquals(sampleLines("x", [{}, NaN]), "x NaN\n");
  assertEquals(sampleLines("x", [{}, Infinity]), "x +Inf\n");
  assertEquals(familyHead("x", { type: "gauge", help: "why" }), "# HELP x why\n# TYPE x gauge\n");
});

Deno.test("sampleLines() writes a histogram of durations with rising buckets in seconds", () => {
  const counts = new DurationCounts([1, 500]);
  for (const durationMs of [0.5, 1, 2, 501]) counts.add(durationMs);
  assertEquals(
    sampleLines("x_seconds", [{ a: "b" }, counts.totals]),
    [
      'x_seconds_bucket{a="b",le="0.001"} 2',
      'x_seconds_bucket{a="b",le="0.5"} 3',
      'x_seconds_bucket{a="b",le="+Inf"} 4',
      'x_seconds_sum{a="b"} 0.5045',
      'x_seconds_count{a="b"} 4',
      "",
    ].join("\n"),
  );
});
