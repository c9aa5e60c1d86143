/**
 * Clusters mixed with upstream's programs, which NSQ_PEERS names the folder of: their nsqd with our nsqlookupd and the reverse,
 * their tools through our nsqlookupd and ours through theirs. Prints a matrix. Run by hand: the programs are no part of this
 * repository, and without them every case is skipped.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { resolve } from "@std/path";
import { Daemon } from "../daemons/daemon.ts";
import { TemporaryFolder } from "../daemons/temporary_folder.ts";
import { until } from "../daemons/waiting.ts";
import { toolEnd, ToolProcess } from "../tools_e2e/tool_process.ts";

const PEERS = Deno.env.get("NSQ_PEERS");
const OURS = Deno.env.get("NSQD_BIN");
const BROADCAST = "--broadcast-address=127.0.0.1";
const TOOL_MS_MAX = 20_000;

type Side = "ours" | "theirs";
const SIDES: readonly Side[] = ["ours", "theirs"];

/** A case for each pair of sides. */
function eachPair(name: string, test: (one: Side, other: Side, folder: string) => Promise<void>) {
  for (const one of SIDES) {
    for (const other of SIDES) {
      const title = name.replace("ONE", one).replace("OTHER", other);
      if (PEERS === undefined || OURS === undefined) {
        Deno.test.ignore(`${title} (skipped: NSQ_PEERS and NSQD_BIN name no programs)`, () => {});
        continue;
      }
      Deno.test(title, async () => {
        using folder = new TemporaryFolder();
        await test(one, other, folder.path);
      });
    }
  }
}

function executableOf(side: Side, program: string): { executable?: string } {
  return side === "theirs" ? { executable: resolve(`${PEERS}/${program}`) } : {};
}

function lookupd(side: Side): Promise<Daemon> {
  const program = "nsqlookupd" as const;
  return Daemon.start({ program, flags: [BROADCAST], ...executableOf(side, program) });
}

async function nsqd(side: Side, folder: string, lookupds: readonly Daemon[]): Promise<Daemon> {
  const dataPath = `${folder}/data-${crypto.randomUUID()}`;
  await Deno.mkdir(dataPath);
  const announced = lookupds.map((each) => `--lookupd-tcp-address=127.0.0.1:${each.tcpPort}`);
  const flags = [`--data-path=${dataPath}`, BROADCAST, "--node-id=1", ...announced];
  const own = side === "ours" ? ["--min-free-space=0"] : [];
  const program = "nsqd" as const;
  return await Daemon.start({ program, flags: [...flags, ...own], ...executableOf(side, program) });
}

/** Starts a tool; what it printed, once `enough` of it is there or it has ended by itself. */
async function toolOutput(
  side: Side,
  program: string,
  words: readonly string[],
  enough: (output: string) => boolean | Promise<boolean>,
  input = "",
): Promise<string> {
  const command = side === "theirs" ? [resolve(`${PEERS}/${program}`)] : [resolve(OURS!), program];
  await using tool = new ToolProcess(words, input, { command });
  const describe = () => `${side} ${program} ${words}:\n${tool.output}\n${tool.errors}`;
  await until(async () => tool.hasEnded || await enough(tool.output), describe, TOOL_MS_MAX);
  const { output } = await tool.end(tool.hasEnded ? undefined : "SIGTERM");
  return output;
}

async function publish(daemon: Daemon, topic: string, ...bodies: string[]): Promise<void> {
  for (const body of bodies) {
    const { status, text } = await daemon.ask("POST", `/pub?topic=${topic}`, body);
    assertEquals([status, text], [200, "OK"]);
  }
}

async function isKnown(lookup: Daemon, topic: string, channel?: string): Promise<boolean> {
  const { status, text } = await lookup.ask("GET", `/lookup?topic=${topic}`);
  if (status !== 200) return false;
  const { channels, producers } = JSON.parse(text);
  return producers.length > 0 && (channel === undefined || channels.includes(channel));
}

eachPair(
  "ONE nsqd announces itself to OTHER nsqlookupd, and takes over channels",
  async (one, other, folder) => {
    await using lookup = await lookupd(other);
    await using broker = await nsqd(one, folder, [lookup]);
    await publish(broker, "t", "one");
    await broker.ask("POST", "/channel/create?topic=t&channel=c");
    await until(() => isKnown(lookup, "t", "c"), () => `${lookup.tail}\n${broker.tail}`);
    const { producers } = await lookup.json("/nodes") as { producers: Record<string, unknown>[] };
    assertEquals([producers[0]!.tcp_port, producers[0]!.http_port], [
      broker.tcpPort,
      broker.httpPort,
    ]);
    assertEquals(producers[0]!.topics, ["t"]);
    // Channels that are known elsewhere come with a new topic.
    await lookup.ask("POST", "/channel/create?topic=new&channel=elsewhere");
    await publish(broker, "new", "first");
    const stats = async () => {
      const { topics } = await broker.json("/stats?format=json&topic=new");
      return (topics as { channels: { channel_name: string; depth: number }[] }[])[0]!.channels;
    };
    await until(async () => (await stats())[0]?.depth === 1, () => broker.tail);
    assertEquals((await stats())[0]!.channel_name, "elsewhere");
    await lookup.ask("POST", `/topic/tombstone?topic=t&node=127.0.0.1:${broker.httpPort}`);
    assertEquals(await isKnown(lookup, "t"), false);
    await broker.ask("POST", "/channel/delete?topic=new&channel=elsewhere");
    await broker.ask("POST", "/topic/delete?topic=t");
    const topics = async () => {
      const { producers: nodes } = await lookup.json("/nodes") as {
        producers: { topics: string[] }[];
      };
      return nodes[0]?.topics.join();
    };
    await until(async () => await topics() === "new", () => lookup.tail);
    await broker.stop("SIGTERM");
    await until(async () => await topics() === undefined, () => lookup.tail);
  },
);

eachPair(
  "ONE nsq_tail finds both sides' nsqd's through OTHER nsqlookupd",
  async (one, other, folder) => {
    await using lookup = await lookupd(other);
    await using mine = await nsqd("ours", folder, [lookup]);
    await using their = await nsqd("theirs", folder, [lookup]);
    await publish(mine, "t", "from ours");
    await publish(their, "t", "from theirs");
    await until(() => isKnown(lookup, "t"), () => lookup.tail);
    await until(
      async () => ((await lookup.json("/lookup?topic=t")).producers as unknown[]).length === 2,
      () => lookup.tail,
    );
    const words = ["--topic=t", "--channel=c", `--lookupd-http-address=${at(lookup)}`];
    const output = await toolOutput(one, "nsq_tail", words, (text) => text.split("\n").length > 2);
    assertEquals(output.trim().split("\n").toSorted(), ["from ours", "from theirs"]);
  },
);

eachPair(
  "ONE nsq_to_file, nsq_to_nsq, nsq_to_http and nsq_stat work through OTHER nsqlookupd",
  async (one, other, folder) => {
    await using lookup = await lookupd(other);
    await using source = await nsqd(other, folder, [lookup]);
    await using target = await nsqd(one, folder, []);
    await publish(source, "t", "x1", "x2");
    for (const channel of ["file", "http", "nsq"]) {
      await source.ask("POST", `/channel/create?topic=t&channel=${channel}`);
    }
    await publish(source, "t", "x3");
    await until(() => isKnown(lookup, "t", "nsq"), () => lookup.tail);
    const through = ["--topic=t", `--lookupd-http-address=${at(lookup)}`];
    const archive = `${folder}/archive`;
    await Deno.mkdir(archive);
    const files = () =>
      [...Deno.readDirSync(archive)].map(({ name }) => Deno.readTextFileSync(`${archive}/${name}`))
        .join("");
    const toFile = [...through, "--channel=file", `--output-dir=${archive}`, "--sync-interval=1s"];
    await toolOutput(one, "nsq_to_file", toFile, () => files().includes("x3\n"));
    assertEquals(files().trim().split("\n").toSorted(), ["x1", "x2", "x3"]);
    const heard: string[] = [];
    await using server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      async (request) => {
        heard.push(await request.text());
        return new Response("ok");
      },
    );
    const toHttp = [...through, "--channel=http", `--post=http://127.0.0.1:${server.addr.port}/`];
    await toolOutput(one, "nsq_to_http", toHttp, () => heard.length >= 1);
    assertEquals(heard, ["x3"]);
    const toNsq = [
      ...through,
      "--channel=nsq",
      `--destination-nsqd-tcp-address=127.0.0.1:${target.tcpPort}`,
    ];
    const arrived = async () => {
      const { topics } = await target.json("/stats?format=json&topic=t");
      return (topics as { message_count: number }[] | null)?.[0]?.message_count === 1;
    };
    await toolOutput(one, "nsq_to_nsq", toNsq, arrived);
    const help = await toolEnd("nsq_stat", "--help");
    const isLookedUp = one === "theirs" ||
      help.errors.includes("lookupd-http-address");
    const from = isLookedUp ? through : ["--topic=t", `--nsqd-http-address=${at(source)}`];
    const stat = [...from, "--channel=file", "--interval=200ms", "--count=2"];
    const figures = await toolOutput(one, "nsq_stat", stat, () => false);
    assertMatch(figures, /^[^\n]*\n[^\n]*\n.*\d/s);
  },
);

eachPair(
  "ONE nsqd and tools beside both nsqlookupds, OTHER to_nsq publishes",
  async (one, other, folder) => {
    await using mine = await lookupd("ours");
    await using their = await lookupd("theirs");
    await using broker = await nsqd(one, folder, [mine, their]);
    const words = ["--topic=t", `--nsqd-tcp-address=127.0.0.1:${broker.tcpPort}`];
    await toolOutput(other, "to_nsq", words, () => false, "a\nb\nc\n");
    for (const lookup of [mine, their]) await until(() => isKnown(lookup, "t"), () => lookup.tail);
    const both = [mine, their].map((lookup) => `--lookupd-http-address=${at(lookup)}`);
    const tail = ["--topic=t", "--channel=c", ...both];
    const output = await toolOutput(other, "nsq_tail", tail, (text) => text.split("\n").length > 3);
    assertEquals(output, "a\nb\nc\n");
  },
);

for (const side of SIDES) {
  const name = `their nsqadmin shows a cluster behind ${side} nsqlookupd`;
  if (PEERS === undefined || OURS === undefined) {
    Deno.test.ignore(`${name} (skipped: NSQ_PEERS and NSQD_BIN name no programs)`, () => {});
    continue;
  }
  Deno.test(name, async () => {
    using folder = new TemporaryFolder();
    await using lookup = await lookupd(side);
    await using mine = await nsqd("ours", folder.path, [lookup]);
    await using their = await nsqd("theirs", folder.path, [lookup]);
    for (const daemon of [mine, their]) await publish(daemon, "t", "one");
    await until(
      async () =>
        await isKnown(lookup, "t") &&
        ((await lookup.json("/lookup?topic=t")).producers as unknown[]).length === 2,
      () => lookup.tail,
    );
    const flags = [`--lookupd-http-address=${at(lookup)}`];
    const inputs = { program: "nsqadmin", flags, ...executableOf("theirs", "nsqadmin") } as const;
    await using admin = await Daemon.start(inputs);
    const get = async (path: string, init?: RequestInit) => {
      const reply = await fetch(`http://${admin.httpAddress}/api${path}`, init);
      return await reply.json();
    };
    assertEquals((await get("/topics")).topics, ["t"]);
    assertEquals((await get("/nodes")).nodes.length, 2);
    const topic = await get("/topics/t");
    assertEquals([topic.depth, topic.nodes.length], [2, 2]);
    const body = JSON.stringify({ action: "pause" });
    await get("/topics/t", { method: "POST", body }).catch(() => {});
    await until(async () => (await get("/topics/t")).paused === true, () => "it is not paused");
    const create = JSON.stringify({ topic: "made", channel: "c" });
    await get("/topics", { method: "POST", body: create }).catch(() => {});
    await until(async () => (await get("/topics")).topics.includes("made"), () => lookup.tail);
    assert(
      (await get("/nodes")).nodes.every((node: { topics: unknown[] }) => node.topics.length > 0),
    );
  });
}

/** Upstream's log names a wildcard in its own way: the port is what counts. */
function at(daemon: Daemon): string {
  return `127.0.0.1:${daemon.httpPort}`;
}
