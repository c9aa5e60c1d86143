// GET /channel/peek: what is shown, in which form, and that looking changes nothing.

import { assertEquals } from "@std/assert";
import { TestHost } from "./test_host.ts";

interface Shown {
  id: string;
  state: string;
  attempts: number;
  encoding: string;
  body: unknown;
  size: number;
  is_truncated: boolean;
  due_ms?: number;
  deadline_ms?: number;
  client?: { client_id: string } | null;
  timestamp_ms: number;
}

interface Reply {
  channel: string | null;
  state: string;
  total: number;
  is_complete: boolean;
  messages: Shown[];
}

async function peek(host: TestHost, query: string): Promise<Reply> {
  const response = await host.ask("GET", `/channel/peek?${query}`);
  assertEquals(response.status, 200);
  return await response.json();
}

async function refusal(host: TestHost, path: string, method = "GET"): Promise<string> {
  const response = await host.ask(method, path);
  return `${response.status} ${(await response.json()).message}`;
}

async function withMessages(...bodies: string[]): Promise<TestHost> {
  const host = new TestHost();
  host.topics.channel(host.topics.topic("t", 0), "c");
  for (const body of bodies) await host.ask("POST", "/pub?topic=t", body);
  return host;
}

function bodies({ messages }: Reply): unknown[] {
  return messages.map(({ body }) => body);
}

Deno.test("GET /channel/peek shows ready messages in order and leaves them where they are", async () => {
  const host = await withMessages("one", "two", "three");
  for (let round = 0; round < 2; round++) {
    const reply = await peek(host, "topic=t&channel=c&limit=2");
    assertEquals(bodies(reply), ["one", "two"]);
    assertEquals([reply.total, reply.is_complete, reply.state], [3, false, "ready"]);
    assertEquals(reply.messages[0]?.attempts, 0);
    assertEquals(reply.messages[0]?.timestamp_ms, host.clock.wallMs());
  }
  const consumer = host.subscribe("t", "c");
  const channel = host.topics.get("t")!.channels.get("c")!;
  channel.setReadyCount(consumer, 1);
  host.settle();
  assertEquals(bodies(await peek(host, "topic=t&channel=c")), ["two", "three"]);
  const [flying] = (await peek(host, "topic=t&channel=c&state=in_flight")).messages;
  assertEquals(flying?.body, "one");
  assertEquals(flying?.attempts, 1);
  assertEquals(flying?.client?.client_id, "worker");
  assertEquals(flying?.deadline_ms, host.clock.wallMs() + 60_000);
  channel.removeConsumer(consumer);
  assertEquals(
    (await peek(host, "topic=t&channel=c&state=in_flight")).messages[0]?.client,
    null,
  );
});

Deno.test("GET /channel/peek shows deferred messages by their time, and requeued ones", async () => {
  const host = await withMessages();
  await host.ask("POST", "/pub?topic=t&defer=9000", "late");
  await host.ask("POST", "/pub?topic=t&defer=1000", "soon");
  const deferred = await peek(host, "topic=t&channel=c&state=deferred");
  assertEquals(bodies(deferred), ["soon", "late"]);
  assertEquals(deferred.messages[0]?.due_ms, host.clock.wallMs() + 1000);
  assertEquals(bodies(await peek(host, "topic=t&channel=c&state=deferred&limit=1")), ["soon"]);
  host.clock.elapsedMs += 2000;
  host.topics.tick(host.clock.nowMs());
  const requeued = await peek(host, "topic=t&channel=c&state=requeued");
  assertEquals(bodies(requeued), ["soon"]);
  assertEquals((await peek(host, "topic=t&channel=c")).total, 0);
  const id = requeued.messages[0]!.id;
  assertEquals((await peek(host, `topic=t&channel=c&id=${id}`)).messages[0]?.state, "requeued");
});

Deno.test("GET /channel/peek without a channel shows what no channel was given", async () => {
  const host = new TestHost();
  await host.ask("POST", "/pub?topic=t", "waiting");
  await host.ask("POST", "/pub?topic=t&defer=5000", "later");
  const ready = await peek(host, "topic=t");
  assertEquals([bodies(ready), ready.total, ready.channel], [["waiting"], 1, null]);
  assertEquals(bodies(await peek(host, "topic=t&state=deferred")), ["later"]);
  assertEquals(bodies(await peek(host, "topic=t&state=in_flight")), []);
  host.topics.channel(host.topics.get("t")!, "c");
  assertEquals((await peek(host, "topic=t")).total, 0);
});

Deno.test("GET /channel/peek shows bodies as text, JSON or digits, and never another byte", async () => {
  const json = '{"big":12345678901234567890,\n"html":"<b>"}';
  const host = await withMessages(json, "no json", "ä€");
  const raw = await (await host.ask("GET", "/channel/peek?topic=t&channel=c&format=json")).text();
  // The document itself, so that a number keeps all its digits.
  assertEquals(raw.includes(`"encoding":"json","body":${json}}`), true);
  const encodings = (reply: Reply) => reply.messages.map(({ encoding }) => encoding);
  const shown = await peek(host, "topic=t&channel=c&format=json");
  assertEquals(encodings(shown), ["json", "text", "text"]);
  assertEquals(bodies(await peek(host, "topic=t&channel=c&format=hex"))[2], "c3a4e282ac");
  const cut = (await peek(host, "topic=t&channel=c&bytes=4")).messages[2]!;
  assertEquals([cut.body, cut.is_truncated, cut.size, cut.encoding], ["ä", true, 5, "text"]);
  const topic = host.topics.get("t")!;
  topic.publish(Uint8Array.of(0, 0, 0, 2, 0xff, 0xfe), 0, 6, 1, host.clock.wallMs());
  const binary = (await peek(host, "topic=t&channel=c")).messages[3]!;
  assertEquals([binary.encoding, binary.body], ["hex", "fffe"]);
});

Deno.test("GET /channel/peek ends a reply at a megabyte of bodies", async () => {
  const host = await withMessages(...Array.from({ length: 4 }, () => "x".repeat(400_000)));
  const reply = await peek(host, "topic=t&channel=c&bytes=1048576");
  assertEquals([reply.messages.length, reply.is_complete], [2, false]);
});

Deno.test("GET /channel/peek refuses what it cannot read", async () => {
  const host = await withMessages("one");
  const path = "/channel/peek?topic=t&channel=c";
  assertEquals(await refusal(host, "/channel/peek"), "400 MISSING_ARG_TOPIC");
  assertEquals(await refusal(host, "/channel/peek?topic=%20"), "400 INVALID_ARG_TOPIC");
  assertEquals(await refusal(host, "/channel/peek?topic=u"), "404 TOPIC_NOT_FOUND");
  assertEquals(await refusal(host, "/channel/peek?topic=t&channel=%20"), "400 INVALID_ARG_CHANNEL");
  assertEquals(await refusal(host, "/channel/peek?topic=t&channel=d"), "404 CHANNEL_NOT_FOUND");
  assertEquals(await refusal(host, `${path}&state=gone`), "400 INVALID_ARG_STATE");
  for (const limit of ["0", "1001", "-1", "1e3", ""]) {
    assertEquals(await refusal(host, `${path}&limit=${limit}`), "400 INVALID_ARG_LIMIT");
  }
  assertEquals(await refusal(host, `${path}&bytes=2000000`), "400 INVALID_ARG_BYTES");
  assertEquals(await refusal(host, `${path}&format=xml`), "400 INVALID_ARG_FORMAT");
  assertEquals(await refusal(host, `${path}&id=7`), "400 INVALID_ARG_ID");
  const unknown = "0000000000000001";
  assertEquals(await refusal(host, `${path}&id=${unknown}`), "404 MESSAGE_NOT_FOUND");
});
