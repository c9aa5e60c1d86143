// The table and the JSON that a run ends with.

import { assertEquals } from "@std/assert";
import { median } from "../../src/bench/median.ts";
import { jsonReport, quantityText, tableText } from "../../src/bench/report.ts";
import type { Outcome } from "../../src/bench/rounds.ts";

const outcome: Outcome = {
  names: ["nsqd", "127.0.0.1:4150"],
  rows: [
    {
      scenario: "pub",
      variant: "",
      figure: "messages",
      unit: "/s",
      rounds: [[2_100_000, 1_900_000, 2_000_000], [1e6, 1e6, 1e6]],
    },
    {
      scenario: "pub",
      variant: "",
      figure: "server CPU per message",
      unit: "µs",
      rounds: [[0.35], [0.7]],
    },
    {
      scenario: "sub",
      variant: "size=9",
      figure: "messages",
      unit: "/s",
      rounds: [[1_100_000], []],
    },
  ],
  histograms: [],
  notes: ["sub on 127.0.0.1:4150 FAILED: it hung up"],
  hasFailed: true,
};

Deno.test("tableText() aligns medians and ratios and ends with the notes", () => {
  assertEquals(
    tableText(outcome),
    `scenario    figure                      nsqd  127.0.0.1:4150   ratio
pub         messages                2.00 M/s        1.00 M/s  2.00 x
            server CPU per message  0.350 µs        0.700 µs  0.50 x
sub size=9  messages                1.10 M/s               -       -

- sub on 127.0.0.1:4150 FAILED: it hung up
`,
  );
});

Deno.test("tableText() has no ratio column for a single server", () => {
  const figure = { figure: "messages", unit: "/s", rounds: [[512]] } as const;
  const rows = [{ scenario: "http", variant: "", ...figure } as const];
  const alone = { names: ["nsqd"], rows, histograms: [], notes: [], hasFailed: false };
  assertEquals(tableText(alone), "scenario  figure      nsqd\nhttp      messages  512 /s\n");
});

Deno.test("tableText() draws each server's latencies, from the first bucket used to the last", () => {
  const counts = [[0, 60, 0, 40], [0, 0, 0, 0, 5]];
  const row = { scenario: "latency", variant: "", counts } as const;
  const names = ["nsqd", "other"];
  const text = tableText({ names, rows: [], histograms: [row], notes: [], hasFailed: false });
  assertEquals(
    text,
    `scenario  figure  nsqd  other  ratio

latency    nsqd                         other
<= 0.1 ms  ############         60.0 %
<= 0.2 ms
<= 0.5 ms  ########             40.0 %
<= 1 ms                                 #################### 100 %
`,
  );
});

Deno.test("jsonReport() gives medians, ratios and every round", () => {
  assertEquals(jsonReport(outcome).rows[0], {
    scenario: "pub",
    variant: "",
    figure: "messages",
    unit: "/s",
    medians: [2_000_000, 1_000_000],
    ratios: [2],
    rounds: [[2_100_000, 1_900_000, 2_000_000], [1e6, 1e6, 1e6]],
  });
  assertEquals(jsonReport(outcome).rows[2]?.medians, [1_100_000, null]);
});

Deno.test("quantityText() keeps three digits", () => {
  const rates = [999.4, 999.6, 41_234, 999_499, 999_500, 1_354_000];
  assertEquals(rates.map((value) => quantityText(value, "/s")), [
    "999 /s",
    "1.00 k/s",
    "41.2 k/s",
    "999 k/s",
    "1.00 M/s",
    "1.35 M/s",
  ]);
  assertEquals(quantityText(0.0936, "ms"), "0.094 ms");
  assertEquals(quantityText(NaN, "ms"), "-");
});

Deno.test("median() takes the middle", () => {
  assertEquals([[3, 1, 2], [4, 1, 3, 2], [5], []].map(median), [2, 2.5, 5, NaN]);
});
