// Producers against a fake server: what is acknowledged, what is refused, and what nobody knows.

import { assertEquals, assertRejects } from "@std/assert";
import { NsqError } from "../../src/client/nsq_error.ts";
import { Producer } from "../../src/client/producer.ts";
import { frame, HEARTBEAT_FRAME, OK_FRAME } from "../../src/wire/frames.ts";
import { FakeNsqd, NOBODY } from "./fake_nsqd.ts";
import { FakeTimers } from "./fake_timers.ts";
import { TemporaryFolder } from "../daemons/temporary_folder.ts";

async function failure(promise: Promise<unknown>): Promise<NsqError> {
  return await assertRejects(() => promise, NsqError);
}

Deno.test("Producer publishes one, many and deferred", async () => {
  await using server = new FakeNsqd();
  const producer = new Producer({ address: server.address, clientId: "me" });
  await producer.publish("t", "één");
  await producer.publishAll("t", ["b", new Uint8Array([0, 255])]);
  await producer.publishAll("t", []);
  await producer.publishDeferred("t", 1500.9, "d");
  await producer.close();
  const seen = server.peers[0]!.seen;
  assertEquals(seen.map(({ line }) => line), ["IDENTIFY", "PUB t", "MPUB t", "DPUB t 1500"]);
  assertEquals(seen[2]!.bodies, ["b", "\x00\xff"]);
  const document = JSON.parse(seen[0]!.bodies[0]!);
  assertEquals(document.client_id, "me");
  assertEquals(document.feature_negotiation, true);
  assertEquals(document.heartbeat_interval, 30_000);
});

Deno.test("Producer pipelines in order and answers heartbeats between replies", async () => {
  await using server = new FakeNsqd();
  server.reaction = ({ name }) => name === "PUB" ? [HEARTBEAT_FRAME, OK_FRAME] : undefined;
  const producer = new Producer({ address: server.address });
  await Promise.all(Array.from({ length: 50 }, (_, index) => producer.publish("t", `m${index}`)));
  await producer.close();
  assertEquals(server.published, Array.from({ length: 50 }, (_, index) => `m${index}`));
  assertEquals(server.peers[0]!.lines.filter((line) => line === "NOP").length, 50);
});

Deno.test("Producer tells the refused publish from those behind it, and connects anew", async () => {
  await using server = new FakeNsqd();
  server.reaction = ({ bodies }) =>
    bodies[0] === "big" ? [frame("error", "E_BAD_MESSAGE PUB message too big 3 > 2")] : undefined;
  const producer = new Producer({ address: server.address });
  const [first, refused, behind] = [
    producer.publish("t", "a"),
    failure(producer.publish("t", "big")),
    failure(producer.publish("t", "b")),
  ];
  await first;
  assertEquals((await refused).code, "E_BAD_MESSAGE");
  assertEquals((await refused).isCertainlyNotTaken, true);
  assertEquals((await behind).code, "CONNECTION_LOST");
  assertEquals((await behind).isCertainlyNotTaken, true);
  await producer.publish("t", "c");
  await producer.close();
  assertEquals(server.peers.length, 2);
});

Deno.test("Producer does not know what became of a publish when the connection is lost", async () => {
  await using server = new FakeNsqd();
  server.reaction = ({ name }) => name === "PUB" ? "close" : undefined;
  const producer = new Producer({ address: server.address });
  const error = await failure(producer.publish("t", "a"));
  assertEquals([error.code, error.isCertainlyNotTaken], ["CONNECTION_LOST", false]);
  await producer.close();
});

Deno.test("Producer refuses what would cost the connection", async () => {
  await using server = new FakeNsqd();
  const producer = new Producer({ address: server.address });
  assertEquals((await failure(producer.publish("a\nFIN x", "a"))).code, "E_BAD_TOPIC");
  assertEquals((await failure(producer.publish("t", ""))).code, "E_BAD_MESSAGE");
  assertEquals((await failure(producer.publishAll("t", ["a", ""]))).code, "E_BAD_MESSAGE");
  await assertRejects(() => producer.publishDeferred("t", -1, "a"), RangeError);
  await producer.close();
  assertEquals((await failure(producer.publish("t", "a"))).code, "CLOSED");
  assertEquals(server.peers.length, 0);
});

Deno.test("Producer says clearly that nobody listens", async () => {
  const { address } = NOBODY;
  const producer = new Producer({ address });
  const error = await failure(producer.publish("t", "a"));
  assertEquals([error.code, error.isCertainlyNotTaken], ["CONNECT_FAILED", true]);
  assertEquals(error.message.startsWith(`Cannot connect to nsqd at ${address}: `), true);
  assertEquals((await failure(new Producer({ address: "x" }).connect())).code, "BAD_ADDRESS");
  await producer.close();
});

Deno.test("Producer gives up a server that has gone silent", async () => {
  await using server = new FakeNsqd();
  server.reaction = ({ name }) => name === "PUB" ? [] : undefined;
  const timers = new FakeTimers();
  const producer = new Producer({ address: server.address, timers, readTimeoutMs: 60_000 });
  const error = failure(producer.publish("t", "a"));
  await server.until(() => server.published.length === 1);
  timers.advance(120_000);
  assertEquals((await error).code, "TIMED_OUT");
  await producer.close();
});

Deno.test("Producer gives up a server that takes the connection and says nothing", async () => {
  await using server = new FakeNsqd();
  server.reaction = () => [];
  const timers = new FakeTimers();
  const producer = new Producer({ address: server.address, timers, dialTimeoutMs: 5_000 });
  const error = failure(producer.connect());
  await server.until(() => server.peers[0]?.seen.length === 1);
  timers.advance(5_000);
  assertEquals((await error).code, "CONNECT_FAILED");
  assertEquals((await error).message.endsWith("did not answer within 5000 ms."), true);
  await producer.close();
});

Deno.test("Producer.close() waits for what is under way", async () => {
  await using server = new FakeNsqd();
  const producer = new Producer({ address: server.address });
  const published = producer.publish("t", "a");
  await producer.close();
  await published;
  assertEquals(server.published, ["a"]);
});

Deno.test("Producer speaks over a unix socket", async () => {
  using temporary = new TemporaryFolder();
  const folder = temporary.path;
  const path = `${folder}/nsqd.sock`;
  const listener = Deno.listen({ transport: "unix", path });
  const serving = (async () => {
    const socket = await listener.accept();
    const buffer = new Uint8Array(4096);
    while (await socket.read(buffer) !== null) await socket.write(OK_FRAME);
    socket.close();
  })();
  const producer = new Producer({ address: path });
  await producer.publish("t", "a");
  await producer.close();
  await serving;
  listener.close();
});
