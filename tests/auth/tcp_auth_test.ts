// AUTH within a conversation: what comes behind it waits, others do not, and what is known runs out.

import { assert, assertEquals } from "@std/assert";
import type { Authority } from "../../src/auth/authority.ts";
import { BROKER_DEFAULTS, FakeBroker } from "../server/fake_broker.ts";
import { FrameReader } from "../server/frame_reader.ts";
import type { MemoryConnection } from "../server/memory_connection.ts";
import { batchBody, sized, wireBytes } from "../wire/wire_bytes.ts";
import { authorityAsking, FakePort, goodReply } from "./fake_authority.ts";

const AUTH = `AUTH\n${sized("secret")}`;
const GRANTED = '{"identity":"joe","identity_url":"","permission_count":1}';

function brokerWith(port: FakePort): FakeBroker {
  let broker: FakeBroker | undefined = undefined;
  const nowMs = () => broker!.clock.nowMs();
  const authority: Authority = authorityAsking(port, nowMs);
  return broker = new FakeBroker(BROKER_DEFAULTS, authority);
}

/** A client that has said who it is, and waits for the answer if `port` gives none. */
async function authenticating(port: FakePort) {
  const broker = brokerWith(port);
  const client = broker.connect();
  client.say(wireBytes("  V2", AUTH));
  await broker.settle();
  return { broker, client };
}

function framesOf(connection: MemoryConnection): string[] {
  const reader = new FrameReader();
  reader.push(connection.take());
  const frames: string[] = [];
  for (let frame = reader.next(); frame; frame = reader.next()) frames.push(frame.text);
  return frames;
}

async function end(broker: FakeBroker): Promise<void> {
  broker.server.close();
  await broker.settle();
}

Deno.test("AUTH holds back what was sent behind it, and nobody else", async () => {
  const port = new FakePort();
  const broker = brokerWith(port);
  const client = broker.connect();
  client.say(wireBytes("  V2", AUTH, "PUB t\n", sized("one"), "MPUB t\n", batchBody(["2", "3"])));
  await broker.settle();
  client.say(wireBytes("SUB t c\n"));
  await broker.settle();
  assertEquals(framesOf(client), []);
  assertEquals(broker.topics.all.size, 0);

  const other = broker.connect();
  other.say(wireBytes("  V2NOP\nPUB x\n", sized("one")));
  await broker.settle();
  assertEquals(framesOf(other), ["error E_AUTH_FIRST AUTH required before PUB"]);

  port.answer(goodReply());
  await broker.settle();
  assertEquals(framesOf(client), [GRANTED, "OK", "OK", "OK"]);
  assertEquals(port.asked.map(({ question }) => question), [
    { secret: "secret", remoteIp: "10.0.0.1", isTls: false, commonName: "" },
  ]);
  await end(broker);
});

Deno.test("AUTH that fails ends the connection, and what came behind it is not done", async () => {
  const broker = brokerWith(new FakePort({ kind: "failure", reason: "down" }));
  const client = broker.connect();
  client.say(wireBytes("  V2", AUTH, "PUB t\n", sized("one")));
  await broker.settle();
  assertEquals(framesOf(client), ["error E_AUTH_FAILED AUTH failed"]);
  assert(client.hasEnded);
  assertEquals(broker.topics.all.size, 0);
  await end(broker);
});

Deno.test("AUTH keeps a slow server's client alive by heartbeats", async () => {
  const port = new FakePort();
  const { broker, client } = await authenticating(port);
  await broker.advance(95_000);
  assertEquals(framesOf(client), ["_heartbeat_", "_heartbeat_", "_heartbeat_"]);
  port.answer(goodReply());
  await broker.settle();
  assertEquals(framesOf(client), [GRANTED]);
  await end(broker);
});

Deno.test("AUTH may be answered when the client is gone", async () => {
  const port = new FakePort();
  const { broker, client } = await authenticating(port);
  broker.server.close();
  port.answer(goodReply());
  await broker.settle();
  assert(client.isClosed);
});

Deno.test("A secret is presented once more when the time is over, before the command", async () => {
  const commands = [
    "PUB t\n" + sized("x"),
    "MPUB t\n" + batchBody(["x"]),
    "DPUB t 0\n" + sized("x"),
  ];
  for (const command of [...commands, "SUB t c\n"]) {
    const port = new FakePort(goodReply({ ttl: 10 }));
    const { broker, client } = await authenticating(port);
    await broker.advance(9_000);
    client.say(wireBytes("PUB t\n", sized("y")));
    await broker.settle();
    assertEquals(port.asked.length, 1);
    await broker.advance(2_000);
    client.say(wireBytes("NOP\n", command, "PUB t\n", sized("z")));
    await broker.settle();
    assertEquals(port.asked.length, 2);
    assertEquals(framesOf(client), [GRANTED, "OK", "OK", "OK"]);
    await end(broker);
  }
});

Deno.test("A client whose time is over and whom nobody knows any more is refused", async () => {
  const port = new FakePort(goodReply({ ttl: 10 }), { kind: "failure", reason: "down" });
  const { broker, client } = await authenticating(port);
  await broker.advance(11_000);
  client.say(wireBytes("PUB t\n", sized("x"), "PUB t\n", sized("x")));
  await broker.settle();
  assertEquals(framesOf(client), [GRANTED, "error E_AUTH_FAILED AUTH failed"]);
  assertEquals(broker.topics.all.size, 0);
  await end(broker);
});

Deno.test("A secret that is too long is not shown to any server", async () => {
  const port = new FakePort(goodReply());
  const broker = brokerWith(port);
  const client = broker.connect();
  client.say(wireBytes("  V2AUTH\n", sized("s".repeat(70_000))));
  await broker.settle();
  assertEquals(framesOf(client), ["error E_BAD_BODY AUTH body too big 70000 > 65536"]);
  assertEquals(port.asked.length, 0);
  await end(broker);
});
