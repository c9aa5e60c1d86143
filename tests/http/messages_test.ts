// POST /message/*: single messages that are deferred or requeued.

import { assertEquals } from "@std/assert";
import { TestHost } from "./test_host.ts";

const PLACE = "topic=t&channel=c";

async function withDeferred(...bodies: string[]): Promise<{ host: TestHost; ids: string[] }> {
  const host = new TestHost();
  host.topics.channel(host.topics.topic("t", 0), "c");
  for (const body of bodies) await host.ask("POST", "/pub?topic=t&defer=60000", body);
  const reply = await host.ask("GET", `/channel/peek?${PLACE}&state=deferred`);
  const { messages } = await reply.json();
  return { host, ids: messages.map(({ id }: { id: string }) => id) };
}

async function act(host: TestHost, action: string, query: string): Promise<string> {
  const response = await host.ask("POST", `/message/${action}?${query}`);
  return `${response.status} ${await response.text()}`;
}

async function bodiesIn(host: TestHost, query: string): Promise<string[]> {
  const reply = await host.ask("GET", `/channel/peek?${query}`);
  return (await reply.json()).messages.map(({ body }: { body: string }) => body);
}

Deno.test("POST /message/requeue has a deferred message delivered at once", async () => {
  const { host, ids } = await withDeferred("a", "b", "c");
  assertEquals(await act(host, "requeue", `${PLACE}&id=${ids[1]}`), "200 ");
  assertEquals(await act(host, "requeue", `${PLACE}&id=${ids[1]}`), "200 ");
  assertEquals(await bodiesIn(host, `${PLACE}&state=requeued`), ["b"]);
  assertEquals(await bodiesIn(host, `${PLACE}&state=deferred`), ["a", "c"]);
  const consumer = host.subscribe("t", "c");
  host.topics.get("t")!.channels.get("c")!.setReadyCount(consumer, 1);
  host.settle();
  assertEquals(await bodiesIn(host, `${PLACE}&state=in_flight`), ["b"]);
  // It belongs to its consumer now.
  const refusal = '404 {"message":"MESSAGE_NOT_FOUND"}';
  assertEquals(await act(host, "requeue", `${PLACE}&id=${ids[1]}`), refusal);
  assertEquals(await act(host, "finish", `${PLACE}&id=${ids[1]}`), refusal);
});

Deno.test("POST /message/finish ends deferred and requeued messages, each once", async () => {
  const { host, ids } = await withDeferred("a", "b", "c");
  await act(host, "requeue", `${PLACE}&id=${ids[2]}`);
  assertEquals(await act(host, "finish", `${PLACE}&id=${ids[0]}`), "200 ");
  assertEquals(await act(host, "finish", `${PLACE}&id=${ids[2]}`), "200 ");
  assertEquals(
    await act(host, "finish", `${PLACE}&id=${ids[0]}`),
    '404 {"message":"MESSAGE_NOT_FOUND"}',
  );
  assertEquals(await bodiesIn(host, `${PLACE}&state=deferred`), ["b"]);
  assertEquals(host.topics.get("t")!.channels.get("c")!.depth, 0);
});

Deno.test("POST /message/move publishes a message to another topic and ends it here", async () => {
  const { host, ids } = await withDeferred("a", "b");
  assertEquals(await act(host, "move", `${PLACE}&id=${ids[1]}&to=u`), "200 ");
  assertEquals(await bodiesIn(host, "topic=u"), ["b"]);
  assertEquals(await bodiesIn(host, `${PLACE}&state=deferred`), ["a"]);
});

Deno.test("POST /message/move leaves a message where it was when the other topic refuses it", async () => {
  const { host, ids } = await withDeferred("a");
  const log = host.topics.topic("u", 0).log;
  log.commit = () => "no space";
  assertEquals(await act(host, "move", `${PLACE}&id=${ids[0]}&to=u`), '503 {"message":"EXITING"}');
  assertEquals(await bodiesIn(host, `${PLACE}&state=deferred`), ["a"]);
});

Deno.test("POST /message/* refuse what they cannot read", async () => {
  const { host, ids } = await withDeferred("a");
  assertEquals(await act(host, "finish", PLACE), '400 {"message":"MISSING_ARG_ID"}');
  assertEquals(await act(host, "finish", `${PLACE}&id=zz`), '400 {"message":"INVALID_ARG_ID"}');
  assertEquals(await act(host, "finish", "topic=t&id=1"), '400 {"message":"MISSING_ARG_CHANNEL"}');
  const move = `${PLACE}&id=${ids[0]}`;
  assertEquals(await act(host, "move", move), '400 {"message":"MISSING_ARG_TO"}');
  assertEquals(await act(host, "move", `${move}&to=%20`), '400 {"message":"INVALID_ARG_TO"}');
});
