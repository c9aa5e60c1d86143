// `nsqd dev` as a process, and top, doctor and check looking at it; top on a real terminal as well.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { toolEnd, ToolProcess } from "./tool_process.ts";
import { TemporaryFolder } from "../daemons/temporary_folder.ts";

const ANY_PORTS = ["nsqlookupd-tcp", "nsqlookupd-http", "nsqd-tcp", "nsqd-http", "nsqadmin-http"]
  .map((name) => `--${name}-port=0`);

/** A cluster that runs, and where it is. */
async function devCluster(...words: string[]) {
  const program = new ToolProcess(["dev", ...ANY_PORTS, ...words]);
  try {
    const lookupd = await program.printed(/nsqlookupd +TCP \S+ +HTTP http:\/\/(\S+)/);
    const nsqd = await program.printed(/nsqd +TCP \S+ +HTTP http:\/\/(\S+)/);
    const nsqdTcp = await program.printed(/ {2}nsqd +TCP (\S+)/);
    await program.printed(/Ctrl-C ends it/);
    const dataPath = await program.printed(/data in (\S+) \(/);
    const page = await program.printed(/open (http:\S+) in a browser/);
    return { program, lookupd, nsqd, nsqdTcp, dataPath, page };
  } catch (error) {
    await program[Symbol.asyncDispose]();
    throw error;
  }
}

/** What top says of a cluster, once traffic has reached everything. */
async function busyCluster(source: string) {
  for (const endMs = Date.now() + 30_000;;) {
    const { output } = await toolEnd("top", source, "--json", "--interval=500ms");
    const seen = JSON.parse(output || "{}");
    const { totals, channels } = seen;
    if (totals?.inRate > 0 && totals.inFlight > 0 && channels.length >= 4) return seen;
    if (Date.now() > endMs) throw new Error(`no traffic within half a minute: ${output}`);
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

Deno.test("nsqd dev has traffic that top, doctor and check see, and removes its data at Ctrl-C", async () => {
  const { program, lookupd, dataPath } = await devCluster("--rate=200");
  await using _program = program;
  const source = `--lookupd-http-address=${lookupd}`;
  const seen = await busyCluster(source);
  assertEquals(seen.silent, []);
  const names = seen.channels.map((row: { topic: string; channel: string }) =>
    `${row.topic}/${row.channel}`
  ).sort();
  assertEquals(names, ["audit/", "mails/send", "orders/archive", "orders/billing"]);
  const table = await toolEnd("top", source, "--interval=200ms", "--sort=channel");
  assertMatch(table.output, /^nsqd top .* 1 nsqd, 3 topics .*\n\nTOPIC +CHANNEL\* +DEPTH +IN\/S/);
  const doctor = await toolEnd("doctor", source, "--observe=500ms", "--json");
  assertEquals(doctor.code, 1, doctor.output);
  const codes = JSON.parse(doctor.output).findings.map((finding: { code: string }) => finding.code);
  assert(codes.includes("topic-unread"), codes.join());
  const check = await toolEnd("check", source, "--topic=orders", "--critical=consumers=1");
  assertEquals(check.code, 0, check.output);
  const alarm = await toolEnd("check", source, "--topic=mails", "--critical=consumers=2");
  assertStringIncludes(alarm.output, "NSQ CRITICAL - mails/send: consumers 1 is below 2 | ");
  assertEquals(alarm.code, 2);
  assert(await exists(dataPath));
  assertEquals((await program.end("SIGINT")).code, 0);
  assertEquals(await exists(dataPath), false);
});

Deno.test("nsqd dev names nsqadmin's page, which shows the cluster, and its daemons tell their flags", async () => {
  const { program, lookupd, nsqd, nsqdTcp, page } = await devCluster("--rate=0");
  await using _program = program;
  const text = async (url: string) => await (await fetch(url)).text();
  assertStringIncludes(await text(page), "<title>nsqadmin</title>");
  const { nodes } = JSON.parse(await text(`${page}/api/nodes`));
  assertEquals(nodes.map((node: { tcp_port: number }) => `127.0.0.1:${node.tcp_port}`), [nsqdTcp]);
  for (const [name, at] of [["nsqlookupd", lookupd], ["nsqd", nsqd]]) {
    const words = (await text(`http://${at}/debug/pprof/cmdline`)).split("\0");
    assertEquals([words[0], words.includes(`--http-address=${at}`)], [name, true]);
  }
  assertEquals((await program.end("SIGINT")).code, 0);
});

Deno.test("nsqd dev keeps a data path that was named, and takes free ports for taken ones", async () => {
  using temporary = new TemporaryFolder();
  const folder = temporary.path;
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const taken = listener.addr.port;
  const flags = [`--nsqd-tcp-port=${taken}`, `--data-path=${folder}/data`, "--rate=0"];
  const { program, nsqd, nsqdTcp } = await devCluster(...flags);
  await using _program = program;
  assert(nsqdTcp !== `127.0.0.1:${taken}`);
  const body = await (await fetch(`http://${nsqd}/pub?topic=mine`, { method: "POST", body: "x" }))
    .text();
  assertEquals(body, "OK");
  assertEquals((await program.end("SIGTERM")).code, 0);
  assertStringIncludes(await Deno.readTextFile(`${folder}/data/nsqd.dat`), "mine");
});

const hasScript = await new Deno.Command("script", { args: ["--version"], stdout: "null" }).output()
  .then(({ success }) => success, () => false);

Deno.test({
  name: hasScript
    ? "nsqd top draws on a terminal, hears keys, and gives the terminal back"
    : "nsqd top draws on a terminal (ignored: no script command here)",
  ignore: !hasScript,
}, async () => {
  const { program, nsqd } = await devCluster("--rate=100");
  await using _program = program;
  const words = ["top", `--nsqd-http-address=${nsqd}`, "--interval=250ms"];
  for (const quit of ["q", "\x03"]) {
    await using top = ToolProcess.onTerminal(words);
    await top.printed(/orders +archive/);
    assertStringIncludes(top.output, "\x1b[?1049h");
    await top.type("/bill\r");
    await top.printed(/1-1 of 1 {3}filter: bill/);
    await top.type("\r");
    await top.printed(/CLIENT +ADDRESS +READY/);
    top.forget();
    await top.type("\x1b");
    await top.printed(/TOPIC +CHANNEL/);
    await top.type(quit);
    assertEquals((await top.end()).code, 0);
    assertStringIncludes(top.output, "\x1b[?25h\x1b[?1049l");
  }
  await program.end("SIGINT");
});
