/** Figures as they are read: what is known, what is not, and where units change. */
import { assertEquals } from "@std/assert";
import * as text from "../../../src/admin/ui/figure_text.ts";

Deno.test("every text of an unknown figure is a dash", () => {
  const texts = [
    text.countText,
    text.shortCountText,
    text.rateText,
    text.growthText,
    text.bytesText,
    text.durationText,
  ];
  for (const write of texts) {
    for (const unknown of [undefined, null, NaN, Infinity]) {
      assertEquals(write(unknown), text.unknownText);
    }
  }
});

Deno.test("shortCountText is exact below a million and short above", () => {
  const rows: [number, string][] = [
    [0, "0"],
    [999_999, "999,999"],
    [1_000_000, "1 M"],
    [12_345_678, "12.3 M"],
    [9_876_543_210, "9.88 G"],
    [2e13, "20 T"],
  ];
  for (const [figure, expected] of rows) assertEquals(text.shortCountText(figure), expected);
});

Deno.test("rateText shows a digit behind the point only where it matters", () => {
  const rows: [number, string][] = [[0, "0"], [0.04, "0"], [0.05, "0.1"], [99.9, "99.9"], [
    99.96,
    "100",
  ], [48211.4, "48,211"]];
  for (const [figure, expected] of rows) assertEquals(text.rateText(figure), expected);
});

Deno.test("growthText always says which way", () => {
  assertEquals(text.growthText(12.34), "+12.3");
  assertEquals(text.growthText(-1500), "−1,500");
  assertEquals(text.growthText(-0.01), "0");
});

Deno.test("bytesText counts in 1024", () => {
  assertEquals(text.bytesText(1023), "1,023 B");
  assertEquals(text.bytesText(1536), "1.5 KiB");
  assertEquals(text.bytesText(7e9), "6.52 GiB");
});

Deno.test("durationText takes the unit that fits", () => {
  const rows: [number, string][] = [
    [0, "0 µs"],
    [0.25, "250 µs"],
    [84.1, "84.1 ms"],
    [1500, "1.5 s"],
    [59_700, "1 m 00 s"],
    [95_000, "1 m 35 s"],
    [3_960_000, "1 h 06 m"],
    [90_000_000, "1 d 1 h"],
    [-2000, "−2.0 s"],
  ];
  for (const [figure, expected] of rows) assertEquals(text.durationText(figure), expected);
});

Deno.test("coarseDurationText has one unit", () => {
  const rows: [number, string][] = [[0, "0"], [50, "50 ms"], [90_000, "90 s"], [150_000, "2.5 m"], [
    7_200_000,
    "2 h",
  ]];
  for (const [figure, expected] of rows) assertEquals(text.coarseDurationText(figure), expected);
});

Deno.test("momentText has the day and the milliseconds in the reader's zone", () => {
  const date = new Date(2026, 0, 2, 3, 4, 5, 6);
  assertEquals(text.momentText(date.getTime()), "2026-01-02 03:04:05.006");
});

Deno.test("plural knows one from many", () => {
  assertEquals([0, 1, 1200].map((count) => text.plural(count, "node")), [
    "0 nodes",
    "1 node",
    "1,200 nodes",
  ]);
});
