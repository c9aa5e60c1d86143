// How throughput and latency grow with message size, connections, channels, topics and backlog: runs `bench --vary` for
// each and prints Markdown tables. Words are passed on to every run: `--peer=HOST:PORT`, `--seconds=1`, `--rounds=1`;
// a first word out of `GROWTHS` runs that one alone.
// Needs `ulimit -n 30000` for ten thousand connections. A cell that could not be measured is "-"; standard error has why.
// deno-lint-ignore-file no-console -- a script's way to speak

import type { jsonReport } from "../src/bench/report.ts";
import { quantityText } from "../src/bench/report.ts";

type Report = ReturnType<typeof jsonReport>;

/** What is varied: the words of the run. Batches and backlogs are kept small where messages are large. */
export const GROWTHS = {
  size: "pubsub latency --rate=100 --vary=size:10,100,1000,10000,100000,1000000",
  connections: "pubsub latency --vary=connections:1,10,100,1000,10000",
  channels: "pubsub latency --vary=channels:1,10,100",
  topics: "pubsub latency --vary=topics:0,1,100,1000,10000",
  backlog: "pubsub latency --vary=backlog:0,10000,100000,1000000,10000000",
} as const satisfies Record<string, string>;

/** The figures that are shown, by scenario. */
const SHOWN: Readonly<Record<string, readonly string[]>> = {
  pubsub: ["messages in", "messages out"],
  latency: ["p50", "p99"],
};

/** One table: a line for each value, a column for each shown figure of each server. */
export function growthMarkdown(title: string, report: Report): string {
  const rows = report.rows.filter(({ scenario, figure }) => SHOWN[scenario]?.includes(figure));
  const columns = [...new Set(rows.map(({ scenario, figure }) => `${scenario}: ${figure}`))];
  const heads = columns.flatMap((column) => report.servers.map((server) => `${column}, ${server}`));
  const lines = [...new Set(rows.map(({ variant }) => variant))].map((variant) => {
    const cells = columns.flatMap((column) => {
      const row = rows.find((row) =>
        row.variant === variant && `${row.scenario}: ${row.figure}` === column
      );
      return report.servers.map((_, index) =>
        row === undefined ? "-" : quantityText(row.medians[index] ?? NaN, row.unit)
      );
    });
    return [variant.replace(/^.*=/, ""), ...cells];
  });
  const table = [[title, ...heads], [title, ...heads].map(() => "---"), ...lines];
  return table.map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

async function reportOf(words: readonly string[]): Promise<Report> {
  const main = new URL("../mod.ts", import.meta.url).pathname;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-prompt", main, "bench", ...words, "--json"],
    stderr: "inherit",
  }).output();
  if (stdout.length === 0) throw new Error("bench printed nothing; see above");
  return JSON.parse(new TextDecoder().decode(stdout));
}

async function main([first = "", ...rest]: readonly string[]): Promise<void> {
  const isOne = Object.hasOwn(GROWTHS, first);
  const passedOn = isOne || first === "" ? rest : [first, ...rest];
  for (const [name, words] of Object.entries(GROWTHS)) {
    if (isOne && name !== first) continue;
    const report = await reportOf([...words.split(" "), ...passedOn]);
    console.log(growthMarkdown(name, report));
    for (const note of report.notes) console.error(`- ${note}`);
  }
}

if (import.meta.main) await main(Deno.args);
