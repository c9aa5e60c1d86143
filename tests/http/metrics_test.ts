// GET /metrics, /healthz and /readyz: what is told of the node, of topics and channels, and how many of them.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { promtool } from "../web/promtool.ts";
import { TestHost } from "./test_host.ts";

async function metrics(host: TestHost): Promise<string> {
  const response = await host.ask("GET", "/metrics");
  assertEquals(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  return await response.text();
}

function valueOf(page: string, sample: string): number {
  const line = page.split("\n").find((line) => line.startsWith(`${sample} `));
  assert(line !== undefined, `${sample} is not in the page`);
  return Number(line!.slice(sample.length));
}

async function withTraffic(): Promise<TestHost> {
  const host = new TestHost();
  const channel = host.topics.channel(host.topics.topic("t", 0), "c");
  await host.ask("POST", "/mpub?topic=t", "one\ntwo\nthree");
  const consumer = host.subscribe("t", "c");
  channel.setReadyCount(consumer, 2);
  host.settle();
  host.clock.elapsedMs += 3000;
  const [first] = consumer.inFlight.messages();
  channel.finish(consumer, first!.number, host.clock.nowMs(), host.clock.wallMs());
  host.refusals.add("http_forbidden", "no");
  return host;
}

Deno.test("GET /metrics counts messages of the node, of topics and of channels", async () => {
  const page = await metrics(await withTraffic());
  const c = '{topic="t",channel="c"}';
  assertEquals(valueOf(page, "nsqd_messages_total"), 3);
  assertEquals(valueOf(page, "nsqd_message_bytes_total"), 11);
  assertEquals(valueOf(page, 'nsqd_topic_messages_total{topic="t"}'), 3);
  assertEquals(valueOf(page, `nsqd_channel_messages_total${c}`), 3);
  assertEquals(valueOf(page, `nsqd_channel_in_flight${c}`), 2);
  assertEquals(valueOf(page, `nsqd_channel_depth${c}`), 0);
  assertEquals(valueOf(page, `nsqd_channel_ready${c}`), 2);
  assertEquals(valueOf(page, `nsqd_channel_oldest_message_age_seconds${c}`), 3);
  assertEquals(valueOf(page, "nsqd_oldest_message_age_seconds"), 3);
  assertEquals(valueOf(page, 'nsqd_refusals_total{kind="http_forbidden"}'), 1);
  assertEquals(valueOf(page, 'nsqd_refusals_total{kind="tls_required"}'), 0);
});

Deno.test("GET /metrics has histograms of latencies, in seconds", async () => {
  const page = await metrics(await withTraffic());
  const bucket = (le: string) =>
    valueOf(page, `nsqd_channel_latency_seconds_bucket{topic="t",channel="c",le="${le}"}`);
  assertEquals([bucket("1.024"), bucket("4.096"), bucket("+Inf")], [0, 1, 1]);
  assertEquals(valueOf(page, "nsqd_latency_seconds_sum"), 3);
  assertEquals(valueOf(page, 'nsqd_channel_latency_seconds_count{topic="t",channel="c"}'), 1);
});

Deno.test("GET /metrics keeps counting what a deleted topic counted", async () => {
  const host = await withTraffic();
  host.topics.delete(host.topics.get("t")!);
  const page = await metrics(host);
  assertEquals(valueOf(page, "nsqd_messages_total"), 3);
  assertEquals(valueOf(page, "nsqd_latency_seconds_count"), 1);
  assertEquals(valueOf(page, "nsqd_depth"), 0);
  assert(!page.includes('topic="t"'));
});

Deno.test("GET /metrics has as many topics and channels as --metrics-per-channel", async () => {
  const host = new TestHost({ metricsPerChannel: 3 });
  for (let index = 0; index < 5; index++) {
    const topic = host.topics.topic(`t${index}`, 0);
    for (const name of ["a", "b"]) host.topics.channel(topic, name);
    await host.ask("POST", `/pub?topic=t${index}`, "x");
  }
  const page = await metrics(host);
  const names = (pattern: RegExp) => [...page.matchAll(pattern)].map(([, name]) => name);
  assertEquals(names(/^nsqd_topic_depth\{topic="(\w+)"/gm), ["t0", "t1", "t2"]);
  assertEquals(names(/^nsqd_channel_depth\{topic="(\w+)"/gm), ["t0", "t0", "t1"]);
  assertEquals(valueOf(page, "nsqd_metrics_left_out"), 2 + 7);
  assertEquals(valueOf(page, "nsqd_depth"), 10);
  host.options = { ...host.options, metricsPerChannel: 0 };
  assert(!(await metrics(host)).includes("topic="));
});

Deno.test("GET /metrics gives everybody a turn between thousands of topics", async () => {
  const host = new TestHost();
  for (let index = 0; index < 3000; index++) host.topics.topic(`t${index}`, 0);
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  // The clock of the test stands still: it is moved, as if each look took a millisecond.
  host.clock.nowMs = () => host.clock.elapsedMs++;
  await metrics(host);
  clearInterval(timer);
  assert(turns > 10, `${turns} turns`);
});

Deno.test("GET /readyz says what is wrong, and /healthz does not mind a full disk", async () => {
  const host = new TestHost();
  const ask = async (path: string) => {
    const response = await host.ask("GET", path);
    const { status, checks } = await response.json();
    const failing = checks.filter(({ ok }: { ok: boolean }) => !ok);
    return [response.status, status, failing.map(({ name }: { name: string }) => name)];
  };
  assertEquals(await ask("/readyz"), [200, "ok", []]);
  host.health = "NOK - cannot write";
  host.space = { freeBytes: 1, refusal: "no space: 1 bytes are free" };
  assertEquals(await ask("/readyz"), [503, "failing", ["storage", "disk_space"]]);
  const text = await (await host.ask("GET", "/readyz")).text();
  assertMatch(text, /"reason":"cannot write".*"reason":"no space: 1 bytes are free"/);
  assertEquals(await ask("/healthz"), [200, "ok", []]);
  host.loopDelay.note(12_000);
  assertEquals(await ask("/healthz"), [503, "failing", ["event_loop"]]);
});

Deno.test({
  name: `promtool has nothing against GET /metrics${promtool.isThere ? "" : promtool.reason}`,
  ignore: !promtool.isThere,
  async fn() {
    assertEquals(await promtool.check("metrics", await metrics(await withTraffic())), "");
  },
});
