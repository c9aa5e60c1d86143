/**
 * The compiled executable from outside: what a user does in the first minute, its other names, its
 * exit codes, and coming back on the same ports after a kill. Runs when NSQD_BIN names the file.
 */
import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { freePort } from "../daemons/ports.ts";
import { TemporaryFolder } from "../daemons/temporary_folder.ts";
import { executableTest, RunningBroker, runToEnd } from "./executable.ts";
import { frameKinds, messageOf, RawClient } from "./raw_client.ts";

/** Numbers as lines: "1\n2\n…". */
function numberLines(count: number): string {
  return Array.from({ length: count }, (_, index) => `${index + 1}\n`).join("");
}

function sortedLines(text: string): string[] {
  return text.trimEnd().split("\n").sort((a, b) => Number(a) - Number(b));
}

executableTest(
  "executable delivers over TCP what was published over HTTP and TCP",
  async (path) => {
    using folder = new TemporaryFolder();
    await using broker = await RunningBroker.startOn(path, folder.path);
    assertEquals(await broker.request("GET", "/ping"), "OK");
    assertEquals(await broker.request("POST", "/pub?topic=first", "over HTTP"), "OK");
    using client = await RawClient.connect(broker.tcpAddress);
    assertEquals(await client.ask("PUB first", "over TCP"), "OK");
    assertEquals(await client.ask("SUB first here"), "OK");
    await client.command("RDY 2");
    const bodies: string[] = [];
    for (let count = 0; count < 2; count++) {
      const frame = await client.frame();
      assertEquals(frame.kind, frameKinds.message);
      bodies.push(messageOf(frame).body);
      await client.command(`FIN ${messageOf(frame).id}`);
    }
    assertEquals(bodies, ["over HTTP", "over TCP"]);
    assertEquals(await client.ask("CLS"), "CLOSE_WAIT");
    const stats = JSON.parse(await broker.request("GET", "/stats?format=json&topic=first"));
    assertEquals(stats.topics[0].message_count, 2);
    assertEquals(stats.topics[0].channels[0].depth, 0);
    assertEquals(stats.topics[0].channels[0].in_flight_count, 0);
  },
);

executableTest("executable publishes and tails by subcommand", async (path) => {
  using folder = new TemporaryFolder();
  await using broker = await RunningBroker.startOn(path, folder.path);
  const address = `--nsqd-tcp-address=${broker.tcpAddress}`;
  const published = await runToEnd(path, ["nsq_pub", "--topic=t", address], numberLines(100));
  assertEquals(published, { code: 0, output: "", errors: "" });
  const tail = ["nsq_tail", "--topic=t", "--channel=c", address, "-n", "100"];
  const tailed = await runToEnd(path, tail);
  assertEquals(tailed.code, 0);
  assertEquals(sortedLines(tailed.output), numberLines(100).trimEnd().split("\n"));
});

executableTest("executable publishes and tails by symlink", async (path) => {
  using folder = new TemporaryFolder();
  using data = new TemporaryFolder();
  for (const name of ["nsq_pub", "nsq_tail"]) await Deno.symlink(path, `${folder.path}/${name}`);
  await using broker = await RunningBroker.startOn(path, data.path);
  const flags = ["--topic=t", `--nsqd-tcp-address=${broker.tcpAddress}`];
  assertEquals((await runToEnd(`${folder.path}/nsq_pub`, flags, "one\n")).code, 0);
  const tail = await runToEnd(`${folder.path}/nsq_tail`, [...flags, "--channel=c", "-n", "1"]);
  assertEquals({ code: tail.code, output: tail.output }, { code: 0, output: "one\n" });
  const version = await runToEnd(`${folder.path}/nsq_tail`, ["--version"]);
  assertMatch(version.output, /^nsq_tail v\d+\.\d+\.\d+/);
});

executableTest("executable tells its version on stdout", async (path) => {
  const { code, output } = await runToEnd(path, ["--version"]);
  assertEquals(code, 0);
  assertMatch(output, /^nsqd v\d+\.\d+\.\d+ \(built w\/deno\d+\.\d+\.\d+\)\n$/);
});

executableTest(
  "executable ends with 2 and names the flag when it knows no such flag",
  async (path) => {
    const { code, errors } = await runToEnd(path, ["--no-such-flag"]);
    assertEquals(code, 2);
    assertMatch(errors, /^flag provided but not defined: -no-such-flag\n/);
  },
);

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  executableTest(`executable ends with 0 on ${signal} and says goodbye last`, async (path) => {
    using folder = new TemporaryFolder();
    await using broker = await RunningBroker.startOn(path, folder.path);
    using _client = await RawClient.connect(broker.tcpAddress);
    assertEquals(await broker.stop(signal), 0);
    assertMatch(broker.tail, / NSQ: bye$/);
  });
}

executableTest("executable ends with 1 and one line when a port is in use", async (path) => {
  using folder = new TemporaryFolder();
  using other = new TemporaryFolder();
  await using broker = await RunningBroker.startOn(path, folder.path);
  for (const flag of ["tcp-address", "http-address"] as const) {
    const taken = flag === "tcp-address" ? broker.tcpAddress : broker.httpAddress;
    const free = flag === "tcp-address" ? "http-address" : "tcp-address";
    const flags = [`--data-path=${other.path}`, `--${flag}=${taken}`, `--${free}=127.0.0.1:0`];
    const { code, errors } = await runToEnd(path, flags);
    assertEquals(code, 1, errors);
    const fatal = errors.split("\n").filter((line) => line.includes(" FATAL: "));
    assertEquals(fatal.length, 1, errors);
    assert(fatal[0]?.includes(taken), errors);
  }
});

executableTest(
  "executable ends with 1 and names the data path that cannot be used",
  async (path) => {
    using folder = new TemporaryFolder();
    const missing = `${folder.path}/missing`;
    const addresses = ["--tcp-address=127.0.0.1:0", "--http-address=127.0.0.1:0"];
    const { code, errors } = await runToEnd(path, [`--data-path=${missing}`, ...addresses]);
    assertEquals(code, 1);
    const fatal = errors.split("\n").filter((line) => line.includes(" FATAL: "));
    assertEquals(fatal.length, 1, errors);
    assert(fatal[0]?.includes(missing), errors);
  },
);

executableTest("executable refuses a data path that another one holds", async (path) => {
  using folder = new TemporaryFolder();
  await using _broker = await RunningBroker.startOn(path, folder.path);
  const addresses = ["--tcp-address=127.0.0.1:0", "--http-address=127.0.0.1:0"];
  const { code, errors } = await runToEnd(path, [`--data-path=${folder.path}`, ...addresses]);
  assertEquals(code, 1);
  assertMatch(errors, /failed to lock data-path/);
});

executableTest("executable comes back on the same ports at once after kill -9", async (path) => {
  using folder = new TemporaryFolder();
  // None that a client could be given while the broker is away.
  const flags = [
    `--data-path=${folder.path}`,
    `--tcp-address=127.0.0.1:${freePort()}`,
    `--http-address=127.0.0.1:${freePort()}`,
  ];
  await using first = await RunningBroker.start(path, flags);
  await first.request("POST", "/topic/create?topic=kept");
  await first.request("POST", "/channel/create?topic=kept&channel=c");
  await first.request("POST", "/channel/pause?topic=kept&channel=c");
  using client = await RawClient.connect(first.tcpAddress);
  assertEquals(await client.ask("SUB kept c"), "OK");
  assertNotEquals(await first.stop("SIGKILL"), 0);
  await using second = await RunningBroker.start(path, flags);
  assertEquals(second.tcpAddress, first.tcpAddress);
  const stats = JSON.parse(await second.request("GET", "/stats?format=json"));
  assertEquals(stats.topics[0].topic_name, "kept");
  assertEquals(stats.topics[0].channels[0].channel_name, "c");
  assertEquals(stats.topics[0].channels[0].paused, true);
});
