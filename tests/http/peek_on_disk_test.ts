// Messages that are on disk only, in a real broker: looking reads them without moving a cursor, and what is done to single
// ones is there after a restart.

import { assert, assertEquals } from "@std/assert";
import { BrokerHere } from "../command_line/broker_here.ts";
import { TemporaryFolder } from "../daemons/temporary_folder.ts";

const FLAGS = ["--http-address=127.0.0.1:0", "--mem-queue-size=0", "--max-bytes-per-file=4000"];

function addressOf(broker: BrokerHere): string {
  const address = /HTTP: listening on (\S+)/.exec(broker.lines.join(""))?.[1];
  assert(address !== undefined);
  return `http://${address}`;
}

async function ask(broker: BrokerHere, method: string, path: string, body?: string) {
  const response = await fetch(addressOf(broker) + path, { method, body: body ?? null });
  const text = await response.text();
  assertEquals(response.status, 200, text);
  return text;
}

async function peek(broker: BrokerHere, query: string) {
  const text = await ask(broker, "GET", `/channel/peek?topic=t&channel=c&${query}`);
  return JSON.parse(text) as {
    total: number;
    is_complete: boolean;
    messages: { id: string; body: string; attempts: number }[];
  };
}

Deno.test("GET /channel/peek reads what is only on disk and disturbs nothing", async () => {
  using folder = new TemporaryFolder();
  const bodies = Array.from({ length: 900 }, (_, index) => `message ${index}`);
  {
    await using broker = await BrokerHere.start(folder.path, ...FLAGS);
    await ask(broker, "POST", "/topic/create?topic=t");
    await ask(broker, "POST", "/channel/create?topic=t&channel=c");
    for (let at = 0; at < bodies.length; at += 100) {
      await ask(broker, "POST", "/mpub?topic=t", bodies.slice(at, at + 100).join("\n"));
    }
    // Some behind the cursor that are not to be shown.
    await broker.consume("t", "c", 30);
  }
  await using broker = await BrokerHere.start(folder.path, ...FLAGS);
  // Some were in flight when the broker stopped.
  const { messages: returned } = await peek(broker, "state=requeued&limit=1000");
  const reply = await peek(broker, "limit=1000");
  const shown = reply.messages.map(({ body }) => body);
  assertEquals(shown, bodies.slice(30 + returned.length));
  assertEquals([reply.total, reply.is_complete], [shown.length, true]);
  const taken = await broker.consume("t", "c", 870);
  const fresh = taken.filter(({ attempts }) => attempts === 1).map(({ body }) => body);
  assertEquals(fresh, shown);
});

Deno.test("POST /message/* are stored: a restart finds them done", async () => {
  using folder = new TemporaryFolder();
  {
    await using broker = await BrokerHere.start(folder.path, ...FLAGS);
    await ask(broker, "POST", "/topic/create?topic=t");
    await ask(broker, "POST", "/channel/create?topic=t&channel=c");
    for (const body of ["finished", "moved", "at once", "left"]) {
      await ask(broker, "POST", "/pub?topic=t&defer=3600000", body);
    }
    const ids = new Map((await peek(broker, "state=deferred")).messages.map((m) => [m.body, m.id]));
    const target = (body: string) => `topic=t&channel=c&id=${ids.get(body)}`;
    await ask(broker, "POST", `/message/finish?${target("finished")}`);
    await ask(broker, "POST", `/message/move?${target("moved")}&to=u`);
    await ask(broker, "POST", `/message/requeue?${target("at once")}`);
  }
  await using broker = await BrokerHere.start(folder.path, ...FLAGS);
  const bodies = async (query: string) => (await peek(broker, query)).messages.map((m) => m.body);
  assertEquals(await bodies("state=deferred"), ["left"]);
  assertEquals(await bodies("state=requeued"), ["at once"]);
  const moved = JSON.parse(await ask(broker, "GET", "/channel/peek?topic=u"));
  assertEquals(moved.messages[0].body, "moved");
});
