// Finding nsqds through fake nsqlookupds, over real sockets.

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Consumer } from "../../src/client/consumer.ts";
import type { ConsumerEvent, ConsumerOptions } from "../../src/client/consumer_options.ts";
import { findHttpServers, findServers, findTopics } from "../../src/client/discovery.ts";
import { NsqError } from "../../src/client/nsq_error.ts";
import { FakeLookupd } from "../lookup/fake_lookupd.ts";
import { FakeNsqd } from "./fake_nsqd.ts";
import { FakeTimers } from "./fake_timers.ts";

function announce(lookupd: FakeLookupd, ...servers: { address: string }[]): void {
  const producers = servers.map(({ address }) => {
    const [hostname, port] = address.split(":");
    return { broadcast_address: hostname, tcp_port: Number(port) };
  });
  lookupd.serve = () => Response.json({ channels: [], producers });
}

function consumerOf(lookupd: FakeLookupd, options: Partial<ConsumerOptions> = {}): Consumer {
  const lookupdHttpAddresses = [lookupd.httpAddress];
  return new Consumer({ topic: "t", channel: "c", lookupdHttpAddresses, handler() {}, ...options });
}

Deno.test("findServers() unites what the nsqlookupds know, and asks for the topic", async () => {
  await using one = new FakeLookupd();
  await using two = new FakeLookupd();
  const asked: string[] = [];
  one.serve = ({ url }) => {
    asked.push(url.slice(url.indexOf("/", 7)));
    return Response.json({
      producers: [
        { broadcast_address: "b", tcp_port: 1 },
        { broadcast_address: "::1", tcp_port: 2 },
        { broadcast_address: "a/b", tcp_port: 3 },
        { broadcast_address: "x", tcp_port: 70000 },
        null,
      ],
    });
  };
  announce(two, { address: "b:1" }, { address: "a:9" });
  const lookupds = [one.httpAddress, `http://${two.httpAddress}/`, one.httpAddress];
  assertEquals(await findServers("t#ephemeral", { lookupds, limitMs: 5_000 }), [
    "[::1]:2",
    "a:9",
    "b:1",
  ]);
  assertEquals(asked, ["/lookup?topic=t%23ephemeral"]);
});

Deno.test("findServers() knows none of an unknown topic, and takes one answer for enough", async () => {
  await using unknown = new FakeLookupd();
  unknown.serve = () => Response.json({ message: "TOPIC_NOT_FOUND" }, { status: 404 });
  await using broken = new FakeLookupd();
  broken.serve = () => new Response("{", { status: 200 });
  assertEquals(
    await findServers("t", { lookupds: [unknown.httpAddress, broken.httpAddress], limitMs: 5_000 }),
    [],
  );
  const settings = { lookupds: [broken.httpAddress, "no address"], limitMs: 5_000 };
  const error = await assertRejects(() => findServers("t", settings), NsqError);
  assertEquals(error.code, "DISCOVERY_FAILED");
});

Deno.test("findTopics() unites what the nsqlookupds know, also of a time before NSQ 1.0", async () => {
  await using one = new FakeLookupd();
  await using two = new FakeLookupd();
  await using three = new FakeLookupd();
  const asked: string[] = [];
  one.serve = ({ url, headers }) => {
    asked.push(`${new URL(url).pathname} ${headers.get("authorization")}`);
    return Response.json({ topics: ["b", "a", "no name", 7] });
  };
  two.serve = () => Response.json({ data: { topics: ["c", "a"] } });
  three.serve = () => Response.json({ producers: [] });
  const lookupds = [one, two, three].map(({ httpAddress }) => httpAddress);
  assertEquals(await findTopics({ lookupds, limitMs: 5_000, secret: "x" }), ["a", "b", "c"]);
  assertEquals(asked, ["/topics Bearer x"]);
  await assertRejects(() => findTopics({ lookupds: [lookupds[2]!], limitMs: 5_000 }), NsqError);
});

Deno.test("findHttpServers() finds the HTTP APIs, behind a proxy too", async () => {
  await using lookupd = new FakeLookupd();
  const asked: string[] = [];
  lookupd.serve = ({ url }) => {
    asked.push(new URL(url).pathname);
    const producers = [{ broadcast_address: "a", tcp_port: 1, http_port: 2 }];
    return Response.json({ producers: [...producers, { broadcast_address: "b", tcp_port: 3 }] });
  };
  const lookupds = [`http://${lookupd.httpAddress}/nsq/lookup`];
  assertEquals(await findHttpServers("t", { lookupds, limitMs: 5_000 }), ["a:2"]);
  assertEquals(asked, ["/nsq/lookup"]);
});

Deno.test("Consumer connects to what the nsqlookupd names, and to what appears later", async () => {
  await using one = new FakeNsqd();
  await using two = new FakeNsqd();
  await using lookupd = new FakeLookupd();
  announce(lookupd, one);
  const timers = new FakeTimers();
  const consumer = consumerOf(lookupd, { timers, maxInFlight: 10, random: () => 0.5 });
  await consumer.start();
  await one.until(() => one.peers[0]!.lines.includes("RDY 10"));
  // The first one is not announced any more, and lives.
  announce(lookupd, two);
  timers.advance(60_000 * 1.15 - 1);
  assertEquals(two.peers.length, 0);
  timers.advance(1);
  await two.until(() => two.peers[0]?.lines.includes("RDY 5") === true);
  await one.until(() => one.peers[0]!.lines.at(-1) === "RDY 5");
  await consumer.stop();
});

Deno.test("Consumer gives every server its turn when there are more of them than messages", async () => {
  await using one = new FakeNsqd();
  await using two = new FakeNsqd();
  await using three = new FakeNsqd();
  await using lookupd = new FakeLookupd();
  const servers = [one, two, three];
  announce(lookupd, ...servers);
  const timers = new FakeTimers();
  const consumer = consumerOf(lookupd, { timers, maxInFlight: 2, heartbeatIntervalMs: 10_000 });
  await consumer.start();
  for (const _ of servers) timers.advance(5_000);
  const hasHadBoth = ({ peers }: FakeNsqd) =>
    ["RDY 0", "RDY 1"].every((line) => peers[0]!.lines.includes(line));
  for (const server of servers) await server.until(() => hasHadBoth(server));
  await consumer.stop();
});

Deno.test("Consumer goes on asking when no nsqlookupd answers or none of the nsqds does", async () => {
  await using server = new FakeNsqd();
  await using lookupd = new FakeLookupd();
  const timers = new FakeTimers();
  const events: ConsumerEvent[] = [];
  lookupd.serve = () => new Response("", { status: 500 });
  const consumer = consumerOf(lookupd, {
    timers,
    random: () => 0,
    onEvent: (event) => events.push(event),
  });
  await consumer.start();
  assertEquals(events.map(({ kind }) => kind), ["discovery failed"]);
  announce(lookupd, { address: "127.0.0.1:1" }, server);
  timers.advance(1_000);
  await server.until(() => server.peers[0]?.lines.includes("RDY 1") === true);
  await consumer.stop();

  announce(lookupd, { address: "127.0.0.1:1" });
  const unlucky = consumerOf(lookupd);
  await unlucky.start();
  await unlucky.stop();
});

Deno.test("Consumer wants exactly one way to find servers", () => {
  assertThrows(() => new Consumer({ topic: "t", channel: "c" }), TypeError, "either addresses or");
  const both = { addresses: ["a:1"], lookupdHttpAddresses: ["b:1"] };
  assertThrows(() => new Consumer({ topic: "t", channel: "c", ...both }), TypeError);
});
