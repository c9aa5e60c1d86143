// Consumers against a fake server, over real sockets; where time matters the clock is a fake as well.

import { assertEquals, assertRejects } from "@std/assert";
import { Consumer } from "../../src/client/consumer.ts";
import type { ConsumerEvent, ConsumerOptions } from "../../src/client/consumer_options.ts";
import type { Message } from "../../src/client/message.ts";
import { NsqError } from "../../src/client/nsq_error.ts";
import { frame } from "../../src/wire/frames.ts";
import { FakeNsqd, idText, messageFrame, NOBODY } from "./fake_nsqd.ts";
import { FakeTimers } from "./fake_timers.ts";

function consumerOf(server: { address: string }, options: Partial<ConsumerOptions> = {}): Consumer {
  return new Consumer({ topic: "t", channel: "c", addresses: [server.address], ...options });
}

/** Sends these frames at the first RDY. */
function deliverAtReady(server: FakeNsqd, ...frames: Uint8Array[]): void {
  server.reaction = ({ name }) => name === "RDY" ? frames.splice(0) : undefined;
}

Deno.test("Consumer hands a message to its handler and finishes it", async () => {
  await using server = new FakeNsqd();
  deliverAtReady(server, messageFrame(1, '{"a":1}', 3));
  const seen: Message[] = [];
  const consumer = consumerOf(server, { handler: (message) => void seen.push(message) });
  await consumer.start();
  await server.until(() => server.peers[0]!.lines.some((line) => line.startsWith("FIN")));
  await consumer.stop();
  const [message] = seen;
  assertEquals(message!.id, idText(1));
  assertEquals(message!.timestamp, 1_600_000_000_123_456_789n);
  assertEquals(message!.attempts, 3);
  assertEquals(message!.json(), { a: 1 });
  assertEquals(message!.isAnswered, true);
  assertEquals(server.peers[0]!.lines, ["SUB t c", "RDY 1", `FIN ${idText(1)}`, "CLS"]);
});

Deno.test("Consumer requeues what its handler threw at, later each time, and backs off", async () => {
  await using server = new FakeNsqd();
  deliverAtReady(server, messageFrame(1, "x", 2));
  const timers = new FakeTimers();
  const events: ConsumerEvent[] = [];
  const consumer = consumerOf(server, {
    timers,
    maxInFlight: 7,
    onEvent: (event) => events.push(event),
    handler: () => Promise.reject(new Error("no")),
  });
  await consumer.start();
  const lines = () => server.peers[0]!.lines;
  await server.until(() => lines().includes("RDY 0"));
  assertEquals(lines().slice(2), [`REQ ${idText(1)} 180000`, "RDY 0"]);
  assertEquals(events.map(({ kind }) => kind), ["connected", "handler failed", "backoff"]);
  timers.advance(1_999);
  timers.advance(1);
  await server.until(() => lines().at(-1) === "RDY 1");
  await consumer.stop();
});

Deno.test("Consumer leaves backoff when the message it tries succeeds", async () => {
  await using server = new FakeNsqd();
  let isFirst = true;
  server.reaction = ({ line }) => {
    if (line === "RDY 7" && isFirst) return [messageFrame(1, "bad")];
    return line === "RDY 1" ? [messageFrame(2, "good")] : undefined;
  };
  const timers = new FakeTimers();
  const consumer = consumerOf(server, {
    timers,
    maxInFlight: 7,
    handler: (message) => {
      isFirst = false;
      if (message.text() === "bad") throw new Error("no");
    },
  });
  await consumer.start();
  const lines = () => server.peers[0]!.lines;
  await server.until(() => lines().includes("RDY 0"));
  timers.advance(2_000);
  await server.until(() => lines().filter((line) => line === "RDY 7").length === 2);
  assertEquals(lines().slice(4), ["RDY 1", `FIN ${idText(2)}`, "RDY 7"]);
  await consumer.stop();
});

Deno.test("Consumer gives up a message after its attempts, and 0 is no limit", async () => {
  for (const [maxAttempts, handledCount] of [[5, 0], [0, 1]] as const) {
    await using server = new FakeNsqd();
    deliverAtReady(server, messageFrame(1, "x", 6));
    let handled = 0;
    const consumer = consumerOf(server, { maxAttempts, handler: () => void handled++ });
    await consumer.start();
    await server.until(() => server.peers[0]!.lines.includes(`FIN ${idText(1)}`));
    await consumer.stop();
    assertEquals(handled, handledCount);
  }
});

Deno.test("Consumer spreads what may be in flight over its connections", async () => {
  await using one = new FakeNsqd();
  await using two = new FakeNsqd();
  await using three = new FakeNsqd();
  const servers = [one, two, three];
  const consumer = new Consumer({
    topic: "t",
    channel: "c",
    addresses: servers.map(({ address }) => address),
    maxInFlight: 10,
    handler: () => {},
  });
  await consumer.start();
  const ready = () => servers.map(({ peers }) => Number(peers[0]?.lines.at(-1)?.split(" ")[1]));
  await one.until(() => ready()[0] === 4);
  await two.until(() => ready()[1] === 3);
  await three.until(() => ready()[2] === 3);
  consumer.setMaxInFlight(3);
  await one.until(() => ready()[0] === 1);
  await consumer.stop();
});

Deno.test("Consumer gives every connection a turn when it may have fewer messages than those", async () => {
  await using one = new FakeNsqd();
  await using two = new FakeNsqd();
  const timers = new FakeTimers();
  const addresses = [one.address, two.address];
  const consumer = new Consumer({ topic: "t", channel: "c", addresses, timers, handler: () => {} });
  await consumer.start();
  const last = (server: FakeNsqd) => server.peers[0]?.lines.at(-1);
  await one.until(() => last(one) === "RDY 1");
  assertEquals(two.peers[0]!.lines.filter((line) => line === "RDY 1").length <= 1, true);
  timers.advance(5_000);
  await one.until(() => last(one) === "RDY 0");
  await two.until(() => last(two) === "RDY 1");
  await consumer.stop();
});

Deno.test("Consumer connects anew after a delay when its connection is lost", async () => {
  await using server = new FakeNsqd();
  const timers = new FakeTimers();
  const events: string[] = [];
  const lost = Promise.withResolvers<void>();
  const consumer = consumerOf(server, {
    timers,
    random: () => 0,
    handler: () => {},
    onEvent: ({ kind }) => {
      events.push(kind);
      if (kind === "disconnected") lost.resolve();
    },
  });
  await consumer.start();
  await server.peers[0]!.close();
  await lost.promise;
  timers.advance(999);
  assertEquals(server.peers.length, 1);
  timers.advance(1);
  await server.until(() => server.peers[1]?.lines.at(-1) === "RDY 1");
  await consumer.stop();
  assertEquals(events, ["connected", "disconnected", "connected"]);
});

Deno.test("Consumer.start() rejects when no server can be reached or it refuses", async () => {
  const unreachable = consumerOf(NOBODY, { handler: () => {} });
  const error = await assertRejects(() => unreachable.start(), NsqError);
  assertEquals(error.code, "CONNECT_FAILED");
  await unreachable.stopped;

  await using server = new FakeNsqd();
  server.reaction = ({ name }) =>
    name === "SUB" ? [frame("error", "E_SUB_FAILED SUB failed exiting")] : undefined;
  const refused = await assertRejects(() => consumerOf(server).start(), NsqError);
  assertEquals(refused.code, "E_SUB_FAILED");
  const badName = await assertRejects(() => consumerOf(server, { topic: "a b" }).start(), NsqError);
  assertEquals(badName.code, "E_BAD_TOPIC");
});

Deno.test("Consumer goes on when only some servers can be reached", async () => {
  await using server = new FakeNsqd();
  const addresses = [NOBODY.address, server.address];
  const consumer = new Consumer({ topic: "t", channel: "c", addresses, handler: () => {} });
  await consumer.start();
  await server.until(() => server.peers[0]?.lines.at(-1) === "RDY 1");
  await consumer.stop();
});

Deno.test("Consumer asks a function for addresses, again and again", async () => {
  await using one = new FakeNsqd();
  await using two = new FakeNsqd();
  const timers = new FakeTimers();
  const found: string[] = [];
  const consumer = new Consumer({
    topic: "t",
    channel: "c",
    timers,
    random: () => 0,
    addresses: () => Promise.resolve([...found]),
    handler: () => {},
  });
  await consumer.start();
  found.push(one.address);
  timers.advance(60_000);
  await one.until(() => one.peers[0]?.lines.at(-1) === "RDY 1");
  found.push(two.address);
  timers.advance(60_000);
  await two.until(() => two.peers[0]?.lines[0] === "SUB t c");
  await consumer.stop();
});

Deno.test("Consumer.stop() waits for messages in flight and sends their answers", async () => {
  await using server = new FakeNsqd();
  deliverAtReady(server, messageFrame(1, "x"), messageFrame(2, "y"));
  const work = Promise.withResolvers<void>();
  const both = Promise.withResolvers<void>();
  let taken = 0;
  const consumer = consumerOf(server, {
    maxInFlight: 2,
    handler: () => {
      if (++taken === 2) both.resolve();
      return work.promise;
    },
  });
  await consumer.start();
  await both.promise;
  const stopped = consumer.stop();
  await server.until(() => server.peers[0]!.lines.includes("CLS"));
  assertEquals(consumer.inFlight, 2);
  work.resolve();
  await stopped;
  await server.until(() => server.peers[0]!.lines.length === 5);
  assertEquals(server.peers[0]!.lines.slice(2), ["CLS", `FIN ${idText(1)}`, `FIN ${idText(2)}`]);
});

Deno.test("Consumer.stop() does not wait for ever, and hands back what is not answered", async () => {
  await using server = new FakeNsqd();
  deliverAtReady(server, messageFrame(1, "x"));
  const timers = new FakeTimers();
  const taken = Promise.withResolvers<Message>();
  const consumer = consumerOf(server, {
    timers,
    handler: (message) => {
      taken.resolve(message);
      return new Promise(() => {});
    },
  });
  await consumer.start();
  const message = await taken.promise;
  const stopped = consumer.stop();
  await server.until(() => server.peers[0]!.lines.includes("CLS"));
  timers.advance(30_000);
  await stopped;
  message.finish();
  await server.until(() => server.peers[0]!.lines.at(-1) === `REQ ${idText(1)} 0`);
  assertEquals(message.isRequeued, true);
});

Deno.test("Consumer neither backs off nor recovers for a message that its handler requeues", async () => {
  await using server = new FakeNsqd();
  const timers = new FakeTimers();
  deliverAtReady(server, messageFrame(1, "fail"), messageFrame(2, "later"));
  const events: ConsumerEvent[] = [];
  const consumer = consumerOf(server, {
    timers,
    maxInFlight: 2,
    onEvent: (event) => events.push(event),
    handler: (message) => {
      if (message.text() === "fail") throw new Error("once");
      message.requeue(500);
    },
  });
  await consumer.start();
  await server.until(() => server.peers[0]!.lines.includes(`REQ ${idText(2)} 500`));
  timers.advance(2_000);
  // Still at level 1: one message at a time.
  await server.until(() => server.peers[0]!.lines.at(-1) === "RDY 1");
  server.peers[0]!.send(messageFrame(3, "later"));
  await server.until(() => server.peers[0]!.lines.includes(`REQ ${idText(3)} 500`));
  server.peers[0]!.send(messageFrame(4, "fail"));
  await server.until(() => server.peers[0]!.lines.at(-1) === "RDY 0");
  const levels = events.flatMap((event) => event.kind === "backoff" ? [event.level] : []);
  assertEquals(levels, [1, 2]);
  await consumer.stop();
});

Deno.test("Consumer.stop() ends when the connection is lost meanwhile", async () => {
  await using server = new FakeNsqd();
  deliverAtReady(server, messageFrame(1, "x"));
  const taken = Promise.withResolvers<void>();
  const consumer = consumerOf(server, {
    handler: () => {
      taken.resolve();
      return new Promise(() => {});
    },
  });
  await consumer.start();
  await taken.promise;
  const stopped = consumer.stop();
  await server.until(() => server.peers[0]!.lines.includes("CLS"));
  await server.peers[0]!.close();
  await stopped;
});

Deno.test("Consumer iterates: the next message finishes the one before, leaving hands one back", async () => {
  await using server = new FakeNsqd();
  deliverAtReady(server, messageFrame(1, "a"), messageFrame(2, "b"), messageFrame(3, "c"));
  const bodies: string[] = [];
  for await (const message of consumerOf(server, { maxInFlight: 3 })) {
    bodies.push(message.text());
    if (bodies.length === 2) break;
  }
  await server.until(() => server.peers[0]!.lines.length === 6);
  assertEquals(bodies, ["a", "b"]);
  assertEquals(server.peers[0]!.lines.slice(2), [
    `FIN ${idText(1)}`,
    `REQ ${idText(2)} 0`,
    `REQ ${idText(3)} 0`,
    "CLS",
  ]);
});

Deno.test("Message answers once, and touches only before", async () => {
  await using server = new FakeNsqd();
  deliverAtReady(server, messageFrame(1, "a"));
  const consumer = consumerOf(server, {
    handler: (message) => {
      message.touch();
      message.requeue(1234.5);
      message.finish();
      message.touch();
    },
  });
  await consumer.start();
  await server.until(() => server.peers[0]!.lines.length === 4);
  await consumer.stop();
  assertEquals(server.peers[0]!.lines.slice(2, 4), [
    `TOUCH ${idText(1)}`,
    `REQ ${idText(1)} 1234`,
  ]);
});

Deno.test("Consumer hears of refused answers and goes on", async () => {
  await using server = new FakeNsqd();
  const text = `E_FIN_FAILED FIN ${idText(1)} failed ID not in flight`;
  server.reaction = ({ name }) => {
    if (name === "RDY") return [messageFrame(1, "a")];
    return name === "FIN" ? [frame("error", text), messageFrame(2, "b")] : undefined;
  };
  const refusals: string[] = [];
  const second = Promise.withResolvers<void>();
  const consumer = consumerOf(server, {
    onEvent: (event) => {
      if (event.kind === "answer refused") refusals.push(event.error.message);
    },
    handler: (message) => {
      if (message.text() === "b") second.resolve();
    },
  });
  await consumer.start();
  await second.promise;
  server.reaction = () => undefined;
  await consumer.stop();
  assertEquals(refusals[0], text);
});
