// Every tool against a cluster of processes that it finds through nsqlookupd.

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Cluster } from "./cluster.ts";
import { seen } from "../daemons/waiting.ts";
import { ToolProcess } from "./tool_process.ts";

function numbered(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${name} ${index}`);
}

function sortedLines(text: string): string[] {
  return text.trimEnd().split("\n").sort();
}

const one = numbered("one", 50);
const two = numbered("two", 50);

/** Each in the same cluster, with topics of its own. */
const steps: Readonly<Record<string, (cluster: Cluster) => Promise<void>>> = {
  "nsq_pub publishes to those that have the topic": async (cluster) => {
    await cluster.publish(0, "pub", "first");
    const words = ["nsq_pub", "--topic=pub", cluster.lookupFlag, "--count=3", "{{n}}:{{random 4}}"];
    await using tool = new ToolProcess(words);
    assertEquals(await tool.end(), { code: 0, output: "", errors: "" });
    assertEquals((await cluster.brokers[0]!.topic("pub")).message_count, 4);
    await using lost = new ToolProcess(["nsq_pub", "--topic=nowhere", cluster.lookupFlag, "x"]);
    const { code, errors } = await lost.end();
    assertEquals(code, 1);
    assertStringIncludes(errors, 'No nsqd has topic "nowhere" yet');
  },
  "nsq_tail reads from all of them, by name and by pattern": async (cluster) => {
    await cluster.publish(0, "tail.a", ...one);
    await cluster.publish(1, "tail.a", ...two);
    await cluster.publish(0, "wild.a", ...one);
    await cluster.publish(1, "wild.b", "other");
    const words = ["nsq_tail", "--topic=tail.a", "--channel=c", "-n=100", cluster.lookupFlag];
    await using byName = new ToolProcess(words);
    const { code, output } = await byName.end();
    assertEquals([code, sortedLines(output)], [0, [...one, ...two].sort()]);
    const flags = ["--topic-pattern=^wild\\.", "--channel=d", "-n=51", cluster.lookupFlag];
    await using byPattern = new ToolProcess(["nsq_tail", ...flags]);
    const all = [...one.map((line) => `wild.a | ${line}`), "wild.b | other"];
    assertEquals(sortedLines((await byPattern.end()).output), all.sort());
  },
  "nsq_stat adds them up": async (cluster) => {
    // The one before has ended; a broker that stood still may not have noticed yet.
    for (const broker of cluster.brokers) await broker.clients("tail.a", "c", 0);
    const flags = ["--topic=tail.a", "--channel=c", "--interval=20ms", "--count=1"];
    await using tool = new ToolProcess(["nsq_stat", ...flags, cluster.lookupFlag]);
    const { code, output, errors } = await tool.end();
    assertEquals(code, 0, errors);
    assertMatch(output, / 100 +0\n$/);
  },
  "nsq_to_file writes every topic that matches, those too that appear later": async (cluster) => {
    await cluster.publish(0, "file.a", ...one);
    const folder = `${cluster.folder.path}/files`;
    await using tool = new ToolProcess([
      "nsq_to_file",
      "--topic-pattern=^file",
      "--topic-refresh=100ms",
      "--sync-interval=100ms",
      `--output-dir=${folder}`,
      "--filename-format=<TOPIC>.log",
      "--consumer-opt=lookupd_poll_interval,100ms",
      cluster.lookupFlag,
    ]);
    await cluster.drained("file.a", "nsq_to_file");
    await cluster.publish(0, "file.b", ...one);
    await cluster.publish(1, "file.b", ...two);
    await cluster.drained("file.b", "nsq_to_file");
    const { code, errors } = await tool.end("SIGTERM");
    assertEquals(code, 0, errors);
    assertStringIncludes(errors, "skipping topic tail.a (doesn't match pattern ^file)");
    assertEquals(sortedLines(await Deno.readTextFile(`${folder}/file.a.log`)), one.toSorted());
    const both = [...one, ...two].sort();
    assertEquals(sortedLines(await Deno.readTextFile(`${folder}/file.b.log`)), both);
  },
  "nsq_to_http names the topic where there are several, and uses no proxy": async (cluster) => {
    const requests: string[] = [];
    await using server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen() {} },
      async (request) => {
        const { headers } = request;
        const agent = headers.get("user-agent") ?? "";
        requests.push(
          `${headers.get("x-nsq-topic")} ${agent.split(" v")[0]} ${await request.text()}`,
        );
        return new Response();
      },
    );
    await cluster.publish(0, "http.a", "a");
    await cluster.publish(1, "http.b", "b");
    const post = `--post=http://127.0.0.1:${server.addr.port}/`;
    const words = ["nsq_to_http", "--topic-pattern=^http", post, cluster.lookupFlag];
    const nowhere = "http://127.0.0.1:1";
    await using tool = new ToolProcess(words, "", {
      env: { HTTP_PROXY: nowhere, http_proxy: nowhere },
    });
    await seen(() => requests.length, (count) => count >= 2);
    await cluster.drained("http.b", "nsq_to_http");
    const { code, errors } = await tool.end("SIGTERM");
    assertEquals(code, 0, errors);
    assertEquals(requests.sort(), ["http.a nsq_to_http a", "http.b nsq_to_http b"]);
  },
  "nsq_to_nsq passes on what all of them have": async (cluster) => {
    await cluster.publish(0, "from", ...one);
    await cluster.publish(1, "from", ...two);
    const to = `--destination-nsqd-tcp-address=127.0.0.1:${cluster.brokers[0]!.tcpPort}`;
    const flags = ["--topic=from", "--destination-topic=to", to, cluster.lookupFlag];
    await using tool = new ToolProcess(["nsq_to_nsq", ...flags]);
    await cluster.drained("from", "nsq_to_nsq");
    const { code, errors } = await tool.end("SIGINT");
    assertEquals(code, 0, errors);
    assertEquals((await cluster.brokers[0]!.topic("to")).message_count, 100);
  },
  "nsq_tail finds an nsqd that comes later, and goes on when one is killed": async (cluster) => {
    await cluster.publish(0, "moving", "a");
    await using tool = new ToolProcess([
      "nsq_tail",
      "--topic=moving",
      "--channel=c",
      "-n=3",
      "--max-in-flight=1",
      "--consumer-opt=lookupd_poll_interval,100ms",
      cluster.lookupFlag,
    ]);
    await cluster.drained("moving", "c");
    const late = await cluster.addBroker();
    await cluster.publish(2, "moving", "b");
    await seen(() => late.channel("moving", "c").catch(() => undefined), Boolean);
    await seen(async () => (await late.channel("moving", "c")).depth, (depth) => depth === 0);
    await cluster.brokers[0]!.kill();
    await tool.said(/Connecting again\./);
    await cluster.publish(2, "moving", "c");
    const { code, output, errors } = await tool.end();
    assertEquals([code, output], [0, "a\nb\nc\n"], errors);
    cluster.brokers.shift();
  },
};

Deno.test("tools find the nsqds of a topic through nsqlookupd", async (test) => {
  await using cluster = await Cluster.start(2);
  for (const [name, run] of Object.entries(steps)) await test.step(name, () => run(cluster));
});

Deno.test("nsq_tail waits for a topic that nobody has, and ends when it is told to", async () => {
  await using cluster = await Cluster.start(0);
  await using tool = new ToolProcess(["nsq_tail", "--topic=nowhere", cluster.lookupFlag]);
  await tool.said(/Adding consumer for topic: nowhere/);
  const { code, errors } = await tool.end("SIGTERM");
  assertEquals(code, 0, errors);
});
