// What nsq_pub says at the end and meanwhile.

import { assertEquals } from "@std/assert";
import { NumberRanges } from "../../src/tools/number_ranges.ts";
import { durationText } from "../../src/tools/figure_text.ts";
import { progressText } from "../../src/tools/progress_line.ts";
import { PublishReport } from "../../src/tools/publish_report.ts";

Deno.test("NumberRanges joins neighbours in any order", () => {
  const ranges = new NumberRanges();
  for (const number of [3, 1, 7, 2, 9, 8, 20]) ranges.add(number);
  assertEquals([String(ranges), ranges.size], ["1-3, 7-9, 20", 7]);
});

Deno.test("NumberRanges shows so many and counts the rest", () => {
  const ranges = new NumberRanges();
  for (let number = 1; number <= 120; number += 2) ranges.add(number);
  assertEquals(String(ranges).endsWith("97, 99 and 10 more"), true);
});

Deno.test("PublishReport names what failed by input, and each reason once", () => {
  const report = new PublishReport();
  const first = { file: "a.txt", unit: "lines" } as const;
  report.acknowledge([{ origin: first, number: 1, body: new Uint8Array(3) }]);
  assertEquals([report.hasFailures, report.acknowledgedBytes], [false, 3]);
  for (const number of [2, 3]) report.fail(first, number, "lost");
  report.fail({ file: undefined, unit: "arguments" }, 4, "refused");
  assertEquals(report.lines(), [
    "lost",
    "refused",
    "not acknowledged: a.txt: lines 2-3",
    "not acknowledged: argument 4",
  ]);
});

Deno.test("progressText() tells what is left when it is known", () => {
  const progress = { messages: 12_000, bytes: 2_400_000, fraction: 0.25 };
  assertEquals(
    progressText(progress, 4000, 1000),
    "[#####---------------]  25%  12,000 messages  4,000/s  2.4 MB  00:03 left",
  );
  const unknown = { messages: 1, bytes: 999, fraction: undefined };
  assertEquals(progressText(unknown, 0.2, 5000), "1 message  0/s  999 B");
  assertEquals(durationText(3_723_000), "1:02:03");
});
