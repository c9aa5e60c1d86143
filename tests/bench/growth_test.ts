// The tables that scripts/growth.ts prints.

import { assertEquals } from "@std/assert";
import { growthMarkdown, GROWTHS } from "../../scripts/growth.ts";
import { benchRequest } from "../../src/bench/command_line.ts";
import { jsonReport } from "../../src/bench/report.ts";

Deno.test("GROWTHS are words that bench understands", () => {
  const names = Object.values(GROWTHS).map((words) =>
    benchRequest(words.split(" ")).variation?.name
  );
  assertEquals(names, Object.keys(GROWTHS));
});

Deno.test("growthMarkdown() has a line for each value and a dash for what failed", () => {
  const row = { scenario: "pubsub", figure: "messages in", unit: "/s" } as const;
  const report = jsonReport({
    names: ["nsqd", "peer"],
    rows: [
      { ...row, variant: "size=10", rounds: [[2000], [1000]] },
      { ...row, variant: "size=100", rounds: [[500], []] },
      { ...row, variant: "size=100", figure: "server CPU per message", rounds: [[1], [1]] },
    ],
    histograms: [],
    notes: [],
    hasFailed: false,
  });
  assertEquals(
    growthMarkdown("size", report),
    `| size | pubsub: messages in, nsqd | pubsub: messages in, peer |
| --- | --- | --- |
| 10 | 2.00 k/s | 1.00 k/s |
| 100 | 500 /s | - |
`,
  );
});
