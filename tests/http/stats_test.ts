// /stats to the byte: keys and their order, what is left out, filters; and the same as text.

import { setImmediate } from "node:timers";
import { assertEquals, assertMatch } from "@std/assert";
import { Utf8Page } from "../../src/base/utf8_page.ts";
import { topicStats } from "../../src/http/stats.ts";
import { addTopicJson } from "../../src/http/topic_json.ts";
import { goJson } from "../../src/web/go_json.ts";
import { clientStats, TestHost } from "./test_host.ts";

async function statsText(host: TestHost, query = ""): Promise<string> {
  return await (await host.ask("GET", `/stats?include_mem=false${query}`)).text();
}

async function statsJson(host: TestHost, query = ""): Promise<string> {
  const text = await statsText(host, `&format=json${query}`);
  return text.replace(/"version":"[^V"][^"]*"/, `"version":"?"`);
}

function shape(host: TestHost, topics: string, producers = "null"): string {
  const start = host.startWallMs / 1000;
  const head = `"version":"?","health":"OK","start_time":${start}`;
  return `{${head},"topics":${topics},"producers":${producers}}`;
}

const NO_LATENCY = `"e2e_processing_latency":{"count":0,"percentiles":null}`;
const IDLE = `"depth":0,"backend_depth":0`;

function idleChannel(name: string, clients = "[]"): string {
  return `{"channel_name":"${name}",${IDLE},"in_flight_count":0,"deferred_count":0,` +
    `"message_count":0,"requeue_count":0,"timeout_count":0,"client_count":0,` +
    `"clients":${clients},"paused":false,${NO_LATENCY}}`;
}

function idleTopic(name: string, ...channels: string[]): string {
  return `{"topic_name":"${name}","channels":[${channels.join(",")}],${IDLE},` +
    `"message_count":0,"message_bytes":0,"paused":false,${NO_LATENCY}}`;
}

function withTopics(topics: Record<string, string[]>): TestHost {
  const host = new TestHost();
  for (const [name, channels] of Object.entries(topics)) {
    const topic = host.topics.topic(name, 0);
    for (const channel of channels) host.topics.channel(topic, channel);
  }
  return host;
}

Deno.test("GET /stats without topics shows an empty list, and null for an unknown one", async () => {
  const host = new TestHost();
  host.clients = [clientStats()];
  assertEquals(await statsJson(host, "&include_clients=false"), shape(host, "[]"));
  assertEquals(await statsJson(host, "&topic=nosuch"), shape(host, "null"));
});

Deno.test("GET /stats sorts by the bytes of names and filters by both names", async () => {
  const host = withTopics({ zz: ["b", "a", "C"], Aa: [], mm: ["a"] });
  const zz = idleTopic("zz", idleChannel("C"), idleChannel("a"), idleChannel("b"));
  const mm = idleTopic("mm", idleChannel("a"));
  const all = `[${idleTopic("Aa")},${mm},${zz}]`;
  const zzOfA = idleTopic("zz", idleChannel("a"));
  assertEquals(await statsJson(host), shape(host, all));
  assertEquals(await statsJson(host, "&topic=&channel="), shape(host, all));
  assertEquals(await statsJson(host, "&topic=mm"), shape(host, `[${mm}]`));
  assertEquals(await statsJson(host, "&channel=a"), shape(host, `[${mm},${zzOfA}]`));
  assertEquals(await statsJson(host, "&topic=zz&channel=a"), shape(host, `[${zzOfA}]`));
  assertEquals(await statsJson(host, "&topic=mm&channel=b"), shape(host, "[]"));
});

Deno.test("GET /stats shows a consumer and what it did", async () => {
  const host = new TestHost();
  const consumer = host.subscribe("t", "c", { client_id: "<me>" });
  host.topics.get("t")!.channels.get("c")!.setReadyCount(consumer, 1);
  await host.ask("POST", "/mpub?topic=t", "one\ntwo\nthree");
  const text = await statsJson(host);
  const { topics: [topic] } = JSON.parse(text);
  const { channels: [channel], ...ofTopic } = topic;
  assertEquals(text.includes(`"client_id":"\\u003cme\\u003e"`), true);
  assertEquals([ofTopic.depth, ofTopic.message_count, ofTopic.message_bytes], [0, 3, 11]);
  assertEquals([channel.depth, channel.in_flight_count, channel.message_count], [2, 1, 3]);
  assertEquals([channel.global_msg_count, channel.zone_local_msg_count], [1, undefined]);
  assertEquals(channel.clients, [clientStats({ client_id: "<me>" })]);
});

for (const value of ["0", "false"]) {
  Deno.test(`GET /stats with include_clients=${value} shows null for clients`, async () => {
    const host = withTopics({ t: ["c"] });
    host.clients = [clientStats()];
    const expected = shape(host, `[${idleTopic("t", idleChannel("c", "null"))}]`);
    assertEquals(await statsJson(host, `&include_clients=${value}`), expected);
  });
}

Deno.test("GET /stats shows of what a client published one topic at most", async () => {
  const host = withTopics({ a: [], b: [], c: [] });
  const published = [{ topic: "a", count: 1 }, { topic: "b", count: 2 }];
  host.clients = [clientStats({ pub_counts: published })];
  const pubCounts = async (query: string) =>
    JSON.parse(await statsJson(host, query)).producers[0].pub_counts;
  assertEquals(await pubCounts(""), [{ topic: "a", count: 1 }]);
  assertEquals(await pubCounts("&topic=b"), [{ topic: "b", count: 2 }]);
  assertEquals(await pubCounts("&topic=c"), undefined);
  assertEquals(await pubCounts("&include_clients=maybe"), [{ topic: "a", count: 1 }]);
});

Deno.test("GET /stats gives latency percentiles of channels, and of a topic over all its channels", async () => {
  const host = new TestHost({ e2eProcessingLatencyPercentile: [1, 0.5] });
  const consumer = host.subscribe("t", "c");
  host.topics.channel(host.topics.get("t")!, "idle");
  host.topics.topic("bare", 0);
  const channel = host.topics.get("t")!.channels.get("c")!;
  channel.setReadyCount(consumer, 1);
  await host.ask("POST", "/pub?topic=t", "x");
  const first = host.topics.get("t")!.nextNumber - 1;
  host.settle();
  host.clock.elapsedMs = 20;
  assertEquals(channel.finish(consumer, first, 20, host.clock.wallMs()), undefined);
  const { topics: [bare, topic] } = JSON.parse(await statsJson(host));
  const [c, idle] = topic.channels;
  assertEquals(bare.e2e_processing_latency, { count: 0, percentiles: null });
  assertEquals(topic.e2e_processing_latency, c.e2e_processing_latency);
  assertEquals(c.e2e_processing_latency.count, 1);
  for (const { value } of c.e2e_processing_latency.percentiles) {
    assertEquals(Math.abs(value - 20e6) <= 0.2e6, true, `${value}`);
  }
  const zeros = [{ quantile: 1, value: 0 }, { quantile: 0.5, value: 0 }];
  assertEquals(idle.e2e_processing_latency, { count: 0, percentiles: zeros });
  assertMatch(await statsText(host), /\[t {14}\] .* e2e%: (19|20)\.\dms, (19|20)\.\dms\n/);
});

Deno.test("GET /stats gives everybody a turn between a thousand topics", async () => {
  const host = new TestHost();
  for (let index = 0; index < 1_000; index++) host.topics.topic(`t${index}`, 0);
  // Each look at the clock takes a millisecond: a slice is over after a few topics.
  host.clock.nowMs = () => host.clock.elapsedMs++;
  let turns = 0;
  let isOver = false;
  const count = () => void (isOver || (turns++, setImmediate(count)));
  setImmediate(count);
  host.topics.get("t999")!.publish(new Uint8Array(5), 0, 5, 1, 0);
  const page = JSON.parse(await statsJson(host));
  isOver = true;
  assertEquals(page.topics.length, 1_000);
  assertEquals(turns > 100, true, `${turns} turns`);
});

Deno.test("GET /stats tells refusals to those who ask for more than upstream has", async () => {
  const host = new TestHost();
  const keys = async (query: string) =>
    Object.keys(await (await host.ask("GET", `/stats?format=json${query}`)).json());
  const before = await keys("");
  assertEquals((await keys("&include_more=true")).includes("refusals"), false);
  host.refusals.add("http_forbidden", "no");
  assertEquals(await keys(""), before);
  const { refusals } = await (await host.ask("GET", "/stats?format=json&include_more=1")).json();
  assertEquals(refusals, { http_forbidden: 1 });
});

Deno.test("GET /stats has memory figures unless they are not wanted", async () => {
  const host = new TestHost();
  const { memory } = await (await host.ask("GET", "/stats?format=json")).json();
  assertEquals(Object.keys(memory), [
    "heap_objects",
    "heap_idle_bytes",
    "heap_in_use_bytes",
    "heap_released_bytes",
    "gc_pause_usec_100",
    "gc_pause_usec_99",
    "gc_pause_usec_95",
    "next_gc_bytes",
    "gc_total_runs",
  ]);
  for (const figure of Object.values(memory)) assertEquals(Number.isSafeInteger(figure), true);
  assertEquals(memory.heap_in_use_bytes > 1_000_000, true);
});

Deno.test("GET /stats as text has upstream's lines and columns", async () => {
  const host = new TestHost();
  const topic = host.topics.topic("q", 0);
  host.topics.setTopicPaused(topic, true);
  const consumer = host.subscribe("t", "c", {
    state: 3,
    ready_count: 1,
    in_flight_count: 1,
    message_count: 1,
  });
  const channel = host.topics.get("t")!.channels.get("c")!;
  channel.setReadyCount(consumer, 1);
  const paused = host.topics.channel(host.topics.get("t")!, "p");
  host.topics.setChannelPaused(host.topics.get("t")!, paused, true);
  host.clients = [clientStats({
    hostname: "127.0.0.1",
    user_agent: "",
    pub_counts: [{ topic: "t", count: 2 }],
  })];
  await host.ask("POST", "/mpub?topic=t", "a\nb");
  host.clock.elapsedMs = 3_665_250;
  const local = (await statsText(host)).split("\n");
  assertMatch(local[1]!, /^start_time 2026-11-\d\dT\d\d:\d\d:00(Z|[+-]\d\d:\d\d)$/);
  assertEquals(local.toSpliced(1, 1), [
    "nsqd v0.1.0 (built w/deno)",
    "uptime 1h1m5.25s",
    "",
    "Health: OK",
    "",
    "Topics:",
    "*P [q              ] depth: 0     be-depth: 0     msgs: 0        e2e%: ",
    "",
    "   [t              ] depth: 0     be-depth: 0     msgs: 2        e2e%: ",
    "      [c                        ] depth: 1     be-depth: 0     inflt: 1    def: 0   " +
    " re-q: 0     timeout: 0     msgs: 2        e2e%: ",
    "        [V2 app.example:35848 demo/1.0] state: 3 inflt: 1    rdy: 1    fin: 0       " +
    " re-q: 0        msgs: 1        connected: 1h1m5s",
    "   *P [p                        ] depth: 2     be-depth: 0     inflt: 0    def: 0   " +
    " re-q: 0     timeout: 0     msgs: 2        e2e%: ",
    "",
    "Producers:",
    "   [V2 127.0.0.1:35848      ] msgs: 2        topics: t=2 connected: 1h1m5s",
    "",
  ]);
});

Deno.test("GET /stats as text says None, and lists memory after the health", async () => {
  const host = new TestHost();
  const page = await (await host.ask("GET", "/stats?format=JSON")).text();
  assertMatch(
    page,
    /\nHealth: OK\n\nMemory:\n( {3}\S+ +\t\d+\n){9}\nTopics: None\n\nProducers: None\n$/,
  );
  assertMatch(page, /\n {3}heap_objects {13}\t0\n/);
});

Deno.test("GET /stats writes the text that JSON.stringify makes of the same topic", async () => {
  for (const e2eProcessingLatencyPercentile of [[], [0.99]]) {
    const host = new TestHost({ e2eProcessingLatencyPercentile });
    const consumer = host.subscribe("t", "c", { client_id: "<me>" });
    host.subscribe("t", "b");
    const topic = host.topics.get("t")!;
    const channel = topic.channels.get("c")!;
    channel.setReadyCount(consumer, 2);
    await host.ask("POST", "/mpub?topic=t", "one\ntwo\nthree");
    await host.ask("POST", "/pub?topic=t&defer=1000", "later");
    host.settle();
    channel.requeue(consumer, topic.nextNumber - 4, 0, 0);
    channel.counters.countDelivery(0, 3);
    channel.counters.countDelivery(1, 4);
    host.topics.setChannelPaused(topic, channel, true);
    for (const channelName of ["", "b", "none"]) {
      for (const isWithClients of [true, false]) {
        const without = { isWithMemory: false, isWithMore: false };
        const filter = { topicName: "", channelName, isWithClients, ...without };
        const page = new Utf8Page();
        addTopicJson(page, host, topic, filter);
        const text = new TextDecoder().decode(page.bytes);
        assertEquals(text, goJson(topicStats(host, topic, filter)));
      }
    }
  }
});
