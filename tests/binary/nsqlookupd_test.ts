/**
 * The executable under the name nsqlookupd: an nsqd announces itself, a consumer finds it, both come back after a kill,
 * unreachable addresses are marked, every flag has its effect, and it ends as it should.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { Daemon } from "../daemons/daemon.ts";
import { freePort } from "../daemons/ports.ts";
import { until } from "../daemons/waiting.ts";
import { TemporaryFolder } from "../daemons/temporary_folder.ts";
import { executableTest, runToEnd } from "./executable.ts";
import { RawClient } from "./raw_client.ts";

const BROADCAST = "--broadcast-address=127.0.0.1";

async function linked(folder: string, path: string): Promise<string> {
  const link = `${folder}/nsqlookupd`;
  await Deno.symlink(path, link);
  return link;
}

function lookupd(executable: string, ...flags: string[]): Promise<Daemon> {
  return Daemon.start({ program: "nsqlookupd", executable, flags: [BROADCAST, ...flags] });
}

function nsqd(dataPath: string, lookupds: readonly Daemon[], ...flags: string[]): Promise<Daemon> {
  const announced = lookupds.map(({ tcpAddress }) => `--lookupd-tcp-address=${tcpAddress}`);
  const common = [`--data-path=${dataPath}`, "--min-free-space=0", ...announced];
  return Daemon.start({ program: "nsqd", flags: [...common, ...flags] });
}

interface Node {
  readonly broadcast_address: string;
  readonly tcp_port: number;
  readonly topics: readonly string[];
  readonly unreachable?: string;
}

async function nodes(lookup: Daemon): Promise<readonly Node[]> {
  return (await lookup.json("/nodes")).producers as Node[];
}

executableTest(
  "executable called nsqlookupd finds nsqd's, tools find them through it",
  async (path) => {
    using folder = new TemporaryFolder();
    await using lookup = await lookupd(await linked(folder.path, path));
    await using broker = await nsqd(folder.path, [lookup], BROADCAST);
    await until(async () => (await nodes(lookup)).length === 1, () => lookup.tail);
    await broker.ask("POST", "/pub?topic=t", "found");
    await until(async () => (await nodes(lookup))[0]!.topics.includes("t"), () => lookup.tail);
    const tail = ["nsq_tail", "--topic=t", "--channel=c", "-n", "1"];
    const { output } = await runToEnd(path, [
      ...tail,
      `--lookupd-http-address=${lookup.httpAddress}`,
    ]);
    assertEquals(output, "found\n");
    assertEquals((await lookup.json("/channels?topic=t")).channels, ["c"]);
    const node = `127.0.0.1:${broker.httpPort}`;
    await lookup.ask("POST", `/topic/tombstone?topic=t&node=${node}`);
    assertEquals((await lookup.json("/lookup?topic=t")).producers, []);
    assertEquals(await lookup.stop("SIGINT"), 0);
  },
);

executableTest(
  "executable called nsqlookupd is told everything again after a kill",
  async (path) => {
    using folder = new TemporaryFolder();
    const link = await linked(folder.path, path);
    // Both come back to these ports, so they are none that a client could be given meanwhile.
    const [tcpAddress, httpAddress] = [`127.0.0.1:${freePort()}`, `127.0.0.1:${freePort()}`];
    const inputs = { program: "nsqlookupd" as const, executable: link, flags: [BROADCAST] };
    await using first = await Daemon.start({ ...inputs, tcpAddress, httpAddress });
    await using broker = await nsqd(folder.path, [first], BROADCAST);
    await broker.ask("POST", "/topic/create?topic=t");
    await broker.ask("POST", "/channel/create?topic=t&channel=c");
    await until(async () => (await nodes(first)).length === 1, () => first.tail);
    await first.stop("SIGKILL");
    await using second = await Daemon.start(first.inputs);
    await until(async () => (await nodes(second)).length === 1, () => broker.tail);
    await until(
      async () => String((await second.json("/channels?topic=t")).channels) === "c",
      () => second.tail,
    );
    await broker.stop("SIGKILL");
    await until(async () => (await nodes(second)).length === 0, () => second.tail);
    assertEquals((await second.json("/topics")).topics, ["t"]);
  },
);

executableTest(
  "executable called nsqlookupd marks an nsqd that nobody can reach, and tells",
  async (path) => {
    using folder = new TemporaryFolder();
    await using lookup = await lookupd(await linked(folder.path, path));
    // Nobody listens on port 1: as if the port of a container were not published.
    await using _broker = await nsqd(folder.path, [lookup], BROADCAST, "--broadcast-tcp-port=1");
    await until(async () => (await nodes(lookup))[0]?.unreachable !== undefined, () => lookup.tail);
    const [node] = await nodes(lookup);
    assertMatch(node!.unreachable!, /^TCP port 1: connection refused/);
    assertEquals(lookup.count(/announces 127\.0\.0\.1:1 .*cannot be reached/), 1);
    const metrics = (await lookup.ask("GET", "/metrics")).text;
    assertMatch(metrics, /^nsqlookupd_producers\{state="unreachable"\} 1$/m);
    assertMatch(metrics, /^nsqlookupd_connections\{kind="tcp"\} 1$/m);
  },
);

executableTest("nsqd goes to other nsqlookupds while it runs", async (path) => {
  using folder = new TemporaryFolder();
  const link = await linked(folder.path, path);
  await using one = await lookupd(link);
  await using other = await lookupd(link);
  await using broker = await nsqd(folder.path, [one], BROADCAST);
  await broker.ask("POST", "/topic/create?topic=t");
  await until(async () => (await nodes(one)).length === 1, () => one.tail);
  const body = JSON.stringify([other.tcpAddress]);
  await broker.ask("PUT", "/config/nsqlookupd_tcp_addresses", body);
  await until(async () => (await nodes(one)).length === 0, () => one.tail);
  await until(async () => (await nodes(other))[0]?.topics.includes("t") ?? false, () => other.tail);
  const bad = await broker.ask("PUT", "/config/nsqlookupd_tcp_addresses", "[1]");
  assertEquals([bad.status, bad.text], [400, '{"message":"INVALID_VALUE"}']);
});

executableTest("executable called nsqlookupd obeys each of its flags", async (path) => {
  using folder = new TemporaryFolder();
  const config = `${folder.path}/nsqlookupd.toml`;
  await Deno.writeTextFile(config, 'log_prefix = "[look] "\nlog_level = "info"\n');
  await using lookup = await lookupd(
    await linked(folder.path, path),
    `--config=${config}`,
    "--tombstone-lifetime=1s",
    "--check-reachability=false",
    "--max-registrations=6",
    "--max-connections=3",
    "--max-http-connections=50",
    "--log-format=text",
  );
  assertEquals(lookup.count(/^\[look\] .*listening on/), 2);
  await using broker = await nsqd(folder.path, [lookup], BROADCAST, "--broadcast-tcp-port=1");
  await broker.ask("POST", "/topic/create?topic=t");
  await lookup.logged(/REGISTER category:topic key:t /);
  const isFound = async () => {
    const { producers } = await lookup.json("/lookup?topic=t");
    return (producers as unknown[]).length === 1;
  };
  await until(isFound, () => lookup.tail);
  const node = `127.0.0.1:${broker.httpPort}`;
  await lookup.ask("POST", `/topic/tombstone?topic=t&node=${node}`);
  // The mark stays when its time is over; nobody can say how much of that second is left.
  assertMatch((await lookup.ask("GET", "/debug")).text, /"tombstoned":true/);
  await until(isFound, () => lookup.tail);
  for (const name of ["a", "b", "c", "d", "e"]) {
    await lookup.ask("POST", `/topic/create?topic=${name}`);
  }
  const full = await lookup.ask("POST", "/topic/create?topic=f");
  assertEquals([full.status, full.text], [503, '{"message":"TOO_MANY_REGISTRATIONS"}']);
  const clients = await Promise.all(
    [1, 2, 3].map(() => Deno.connect({ hostname: "127.0.0.1", port: lookup.tcpPort })),
  );
  await lookup.logged(/too many connections/);
  for (const client of clients) client.close();
  assertEquals(lookup.count(/cannot be reached/), 0);
  assertEquals(await lookup.stop("SIGTERM"), 0);
});

executableTest(
  "executable called nsqlookupd waits as long as its flags say",
  async (path) => {
    using folder = new TemporaryFolder();
    const link = await linked(folder.path, path);
    const flags = ["--inactive-producer-timeout=1500ms", "--handshake-timeout=1s"];
    await using impatient = await lookupd(link, ...flags);
    await using hasty = await lookupd(link, "--command-timeout=1s");
    const connect = ({ tcpPort: port }: Daemon) => Deno.connect({ hostname: "127.0.0.1", port });
    const counts = (lookup: Daemon, line: string) =>
      until(
        async () => (await lookup.get("/metrics")).split("\n").includes(`nsqlookupd_${line}`),
        () => lookup.tail,
      );
    {
      using _silent = await connect(impatient);
      using slow = await connect(hasty);
      await slow.write(new TextEncoder().encode("  V1PIN"));
      await counts(impatient, 'refusals_total{kind="handshake_timeout"} 1');
      await counts(hasty, 'refusals_total{kind="command_timeout"} 1');
    }
    await using broker = await nsqd(folder.path, [impatient], BROADCAST);
    await broker.ask("POST", "/topic/create?topic=t");
    await impatient.logged(/REGISTER category:topic key:t /);
    // It is connected and was listed; between two of its pings, 15 s, it counts as silent.
    await counts(impatient, 'producers{state="silent"} 1');
    await until(async () => (await nodes(impatient)).length === 0, () => impatient.tail);
    assertEquals((await impatient.json("/lookup?topic=t")).producers, []);
  },
);

executableTest("executable called nsqlookupd says its version and its mistakes", async (path) => {
  using folder = new TemporaryFolder();
  const link = await linked(folder.path, path);
  const version = await runToEnd(link, ["--version"]);
  assertMatch(version.output, /^nsqlookupd v\S+ \(built w\/deno/);
  const unknown = await runToEnd(link, ["--nope"]);
  assertEquals(unknown.code, 2);
  assertMatch(unknown.errors, /^flag provided but not defined: -nope\n/);
  const required = await runToEnd(link, ["--tls-required"]);
  assertEquals(required.code, 1);
  assertMatch(required.errors, /cannot require TLS client connections without TLS key and cert\n$/);
});

executableTest(
  "profiles of nsqd and nsqlookupd are made within their permissions",
  async (path) => {
    using folder = new TemporaryFolder();
    await using lookup = await lookupd(await linked(folder.path, path));
    await using broker = await nsqd(folder.path, []);
    for (const daemon of [lookup, broker]) {
      const { status, text, headers } = await daemon.ask(
        "GET",
        "/debug/pprof/profile?seconds=0.5",
      );
      assertEquals([status, headers.get("content-type")], [
        200,
        "application/x-v8-cpuprofile+json",
      ]);
      assert(JSON.parse(text).samples.length > 0);
      const heap = await daemon.json("/debug/pprof/heap");
      assert((heap.heap as { used_heap_size: number }).used_heap_size > 0);
      const words = (await daemon.ask("GET", "/debug/pprof/cmdline")).text.split("\0");
      assertEquals(words[0], daemon.inputs.program);
      assert(words.includes("--tcp-address=127.0.0.1:0"), words.join(" "));
    }
    assertEquals((await lookup.ask("GET", "/debug/pprof")).status, 200);
    using client = await RawClient.connect(broker.tcpAddress);
    assertEquals(await client.ask("PUB t", "after it"), "OK");
  },
);
