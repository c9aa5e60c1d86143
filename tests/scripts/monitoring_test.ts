// The dashboard and the rules beside real output: every name and label in them is one that nsqd or nsqlookupd tells, and
// Prometheus' own tool can read every expression.

import { assert, assertEquals } from "@std/assert";
import { SILENT_LOG } from "../base/kept_log.ts";
import { promtool } from "../web/promtool.ts";
import { Lookupd } from "../../src/lookupd/lookupd.ts";
import { NSQLOOKUPD_OPTIONS } from "../../src/options/nsqlookupd_options.ts";
import { defaultsOf } from "../../src/options/resolve.ts";
import { BrokerHere } from "../command_line/broker_here.ts";
import { TemporaryFolder } from "../daemons/temporary_folder.ts";

const FOLDER = new URL("../../scripts/monitoring/", import.meta.url);
const DASHBOARD = new URL("grafana_dashboard.json", FOLDER);
const RULES = new URL("alert_rules.yaml", FOLDER);
const METRIC = /\b(?:nsqd|nsqlookupd|process)_[a-z_]+\b/g;
/** Labels that Prometheus itself adds, or makes of buckets. */
const OTHER_LABELS = ["instance", "job", "le", "severity"];

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

/** Every expression, with what it is for. */
function expressions(): { where: string; text: string; legend: string }[] {
  const { panels } = JSON.parse(Deno.readTextFileSync(DASHBOARD)) as { panels: Panel[] };
  const drawn = panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr, legendFormat }) => ({ where: title, text: expr, legend: legendFormat }))
  );
  const rules = [...Deno.readTextFileSync(RULES).matchAll(/alert: (\w+)\n\s*expr: (.*)/g)];
  return [
    ...drawn,
    ...rules.map(([, where, text]) => ({ where: where!, text: text!, legend: "" })),
  ];
}

/** What nsqd and nsqlookupd tell after some traffic. */
async function realOutput(): Promise<string> {
  using folder = new TemporaryFolder();
  await using broker = await BrokerHere.start(folder.path, "--http-address=127.0.0.1:0");
  await broker.publish("t", "one", "two");
  await broker.consume("t", "c", 2);
  const address = /HTTP: listening on (\S+)/.exec(broker.lines.join(""))?.[1];
  const lookupd = await Lookupd.start({
    options: {
      ...defaultsOf(NSQLOOKUPD_OPTIONS),
      tcpAddress: "127.0.0.1:0",
      httpAddress: "127.0.0.1:0",
    },
    log: SILENT_LOG,
    hostname: "here",
  });
  const get = async (url: string) => await (await fetch(url)).text();
  const text = await get(`http://${address}/metrics`) +
    await get(`http://127.0.0.1:${lookupd.httpPort}/metrics`);
  await lookupd.stop();
  return text;
}

Deno.test("The dashboard and the alert rules name what nsqd and nsqlookupd really tell", async () => {
  const output = await realOutput();
  const told = new Set([...output.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!));
  const labels = new Set([...output.matchAll(/[{,](\w+)="/g)].map(([, name]) => name!));
  const all = expressions();
  assert(all.length > 40, `${all.length} expressions`);
  for (const { where, text, legend } of all) {
    for (const [name] of text.matchAll(METRIC)) {
      const family = name.replace(/_(bucket|sum|count)$/, "");
      assert(told.has(name) || told.has(family), `${where}: nobody tells ${name}`);
    }
    const named = [
      ...[...text.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list]) => list!.split(/, ?/)),
      ...[...text.matchAll(/(\w+)(?:=~|=|!=)"/g)].map(([, name]) => name!),
      ...[...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name!),
    ];
    for (const name of named) {
      assert(labels.has(name) || OTHER_LABELS.includes(name), `${where}: no label ${name}`);
    }
  }
});

Deno.test({
  name: `promtool can read the rules and every query of the dashboard${
    promtool.isThere ? "" : promtool.reason
  }`,
  ignore: !promtool.isThere,
  async fn() {
    assertEquals(await promtool.check("rules", "", RULES.pathname), "");
    const lines = ["groups:", "- name: dashboard", "  rules:"];
    for (const [index, { text }] of expressions().entries()) {
      const query = text.replaceAll("$__rate_interval", "5m").replaceAll("$instance", ".*");
      lines.push(`  - record: query_${index}`, `    expr: ${JSON.stringify(query)}`);
    }
    const path = await Deno.makeTempFile({ suffix: ".yaml" });
    await Deno.writeTextFile(path, lines.join("\n") + "\n");
    assertEquals(await promtool.check("rules", "", path), "");
    await Deno.remove(path);
  },
});
