// GET /history and what /stats has beside upstream's: figures of the last hour, step by step.

import { assertEquals } from "@std/assert";
import { SERIES_MAX } from "../../src/queue/history.ts";
import { STEP_MS } from "../../src/queue/sample_ring.ts";
import { TestHost } from "./test_host.ts";

interface Series {
  topic: string | null;
  channel: string | null;
  end_ms: number;
  depth: number[];
  messages: number[];
  in_flight: number[];
  requeues: number[];
  oldest_age_ms: (number | null)[];
  latency_p99_ms: (number | null)[];
}

async function history(host: TestHost, query = ""): Promise<Series[]> {
  const response = await host.ask("GET", `/history${query}`);
  assertEquals(response.status, 200);
  return (await response.json()).series;
}

function step(host: TestHost): void {
  host.clock.elapsedMs += STEP_MS;
  host.sample();
}

async function withTraffic(): Promise<TestHost> {
  const host = new TestHost();
  host.topics.channel(host.topics.topic("t", 0), "c");
  host.topics.topic("quiet", 0);
  step(host);
  await host.ask("POST", "/mpub?topic=t", "a\nb\nc");
  step(host);
  const channel = host.topics.get("t")!.channels.get("c")!;
  const consumer = host.subscribe("t", "c");
  channel.setReadyCount(consumer, 2);
  host.settle();
  const [first] = consumer.inFlight.messages();
  channel.finish(consumer, first!.number, host.clock.nowMs(), host.clock.wallMs());
  channel.setReadyCount(consumer, 0);
  step(host);
  step(host);
  return host;
}

Deno.test("GET /history shows a channel, a topic and the node step by step", async () => {
  const host = await withTraffic();
  const [channel] = await history(host, "?topic=t&channel=c");
  assertEquals(channel?.depth, [3, 1, 1]);
  assertEquals(channel?.in_flight, [0, 1, 1]);
  assertEquals(channel?.messages, [3, 0, 0]);
  assertEquals(channel?.oldest_age_ms, [STEP_MS, 2 * STEP_MS, 3 * STEP_MS]);
  assertEquals(channel?.latency_p99_ms.map((value) => value !== null), [false, true, false]);
  assertEquals(channel?.end_ms, host.clock.wallMs());
  const [topic] = await history(host, "?topic=t");
  assertEquals([topic?.depth, topic?.messages], [[3, 1, 1], [3, 0, 0]]);
  const [node] = await history(host);
  assertEquals([node?.topic, node?.depth.slice(-3)], [null, [3, 1, 1]]);
});

Deno.test("GET /history?since shows what is new, and idle topics have nothing", async () => {
  const host = await withTraffic();
  const since = host.clock.wallMs();
  step(host);
  const [channel] = await history(host, `?topic=t&channel=*&since=${since}`);
  assertEquals([channel?.channel, channel?.depth], ["c", [1]]);
  assertEquals((await history(host, `?topic=t&since=${host.clock.wallMs()}`))[0]?.depth, []);
  const many = await history(host, "?topic=quiet,nosuch,t");
  assertEquals(many.map(({ topic, depth }) => [topic, depth.length]), [["quiet", 0], ["t", 4]]);
});

Deno.test("GET /history refuses what it cannot read", async () => {
  const host = new TestHost();
  const refusals: string[] = [];
  for (const query of ["?topic=%20", "?topic=", "?channel=c", "?topic=t&channel=%20", "?since=x"]) {
    const response = await host.ask("GET", `/history${query}`);
    refusals.push(`${response.status} ${(await response.json()).message}`);
  }
  assertEquals(refusals, [
    "400 INVALID_ARG_TOPIC",
    "400 INVALID_ARG_TOPIC",
    "400 MISSING_ARG_TOPIC",
    "400 INVALID_ARG_CHANNEL",
    "400 INVALID_ARG_SINCE",
  ]);
});

Deno.test("History has so many series and no more, and a topic that goes makes room", async () => {
  const host = new TestHost();
  const publish = (name: string) => host.ask("POST", `/pub?topic=${name}`, "x");
  for (let index = 0; index < SERIES_MAX + 10; index++) await publish(`t${index}`);
  step(host);
  assertEquals(host.history.seriesCount, SERIES_MAX);
  host.topics.delete(host.topics.get("t0")!);
  step(host);
  assertEquals(host.history.seriesCount, SERIES_MAX - 1);
  const late = `t${SERIES_MAX + 5}`;
  await publish(late);
  step(host);
  // What it was given while there was no room is not taken for new.
  assertEquals((await history(host, `?topic=${late}`))[0]?.messages, [1]);
});

Deno.test("GET /stats?include_more shows ages, latencies and the node", async () => {
  const host = await withTraffic();
  const more = await host.ask("GET", "/stats?format=json&topic=t&include_more=true");
  const { topics: [topic], node } = await more.json();
  const [channel] = topic.channels;
  assertEquals([channel.requeued_count, channel.oldest_age_ms], [0, 3 * STEP_MS]);
  assertEquals([channel.latency_p99_ms, topic.oldest_age_ms, topic.log_bytes], [null, null, 0]);
  assertEquals([node.free_bytes, node.is_full], [5e9, false]);
  const plain = await (await host.ask("GET", "/stats?format=json")).json();
  assertEquals(plain.node, undefined);
  assertEquals(plain.topics[1].channels[0].oldest_age_ms, undefined);
});
