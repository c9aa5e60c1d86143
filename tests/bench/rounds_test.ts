// Whole runs over brokers of our own, small and short: scenarios give figures, and failures are told.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";

const main = new URL("../../mod.ts", import.meta.url).pathname;

async function bench(words: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", main, "bench", ...words.split(" ")],
  }).output();
  const [out, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, stdout: out ?? "", stderr: errors ?? "" };
}

const QUICK = "--seconds=0.2 --rounds=1 --messages=2000 --processes=1";

Deno.test("bench measures several scenarios and prints JSON", async () => {
  const scenarios = ["sub", "pubsub-4", "latency-half", "stats"];
  const words = `${scenarios.join(" ")} --topics=3 --backlog=10 --durability=memory`;
  const { code, stdout, stderr } = await bench(`${words} --connections=4 ${QUICK} --json`);
  assertEquals([code, stderr], [0, ""], stdout);
  const report = JSON.parse(stdout);
  const named = new Set(report.rows.map((row: { scenario: string }) => row.scenario));
  assertEquals([...named], scenarios);
  assertEquals(report.histograms.rows.length, 2);
});

for (const [layers, sizes] of [["--tls --snappy", "8,3000"], ["--deflate", "200"]] as const) {
  Deno.test(`bench measures through ${layers}`, async () => {
    const { code, stdout } = await bench(`latency ${layers} ${QUICK} --vary=size:${sizes}`);
    assertEquals(code, 0, stdout);
    for (const size of sizes.split(",")) assertStringIncludes(stdout, `\nlatency size=${size}`);
  });
}

Deno.test("bench notes what a server does not offer, and fails", async () => {
  const words = `pub --snappy ${QUICK} -- --snappy=false`;
  const { code, stdout } = await bench(words);
  assertEquals(code, 1);
  assert(/- pub on nsqd FAILED: .* has snappy turned off/.test(stdout), stdout);
});
