// A drain by itself: when it ends, what it tells the lookup servers, and that it can be called off. Time is moved by hand.

import { assertEquals } from "@std/assert";
import { BrokerDrain } from "../src/broker_drain.ts";
import { FakeTimers } from "./client/fake_timers.ts";
import { TestHost } from "./http/test_host.ts";

function scene(timeoutMs = 0) {
  const host = new TestHost();
  const timers = new FakeTimers();
  const told: string[] = [];
  const lookup = { leave: () => void told.push("left"), comeBack: () => void told.push("back") };
  const clock = { nowMs: () => timers.nowMs, wallMs: () => host.startWallMs + timers.nowMs };
  const { topics, log } = host;
  const drain = new BrokerDrain({ topics, lookup, log, clock, timers, timeoutMs });
  let isOver = false;
  void drain.over.then(() => isOver = true);
  const passes = async (durationMs: number) => {
    timers.advance(durationMs);
    for (let count = 0; count < 5; count++) await undefined;
    return isOver;
  };
  return { host, topics, told, drain, passes };
}

Deno.test("BrokerDrain ends when the last message is finished, and refuses new ones until then", async () => {
  const { host, topics, told, drain, passes } = scene();
  await host.ask("POST", "/pub?topic=t", "one");
  const consumer = host.subscribe("t", "c");
  const topic = topics.get("t")!;
  const channel = topic.channels.get("c")!;
  drain.begin();
  assertEquals([told, typeof topics.publishingRefusal], [["left"], "string"]);
  assertEquals(await passes(60_000), false);
  channel.setReadyCount(consumer, 1);
  topics.settle(0);
  const { depth, inFlight, deferred, deadlineWallMs } = drain.view!;
  assertEquals([depth, inFlight, deferred, deadlineWallMs], [0, 1, 0, undefined]);
  assertEquals(await passes(60_000), false);
  channel.requeue(consumer, topic.nextNumber - 1, 5_000, 0);
  topics.settle(0);
  assertEquals(drain.view!.deferred, 1);
  assertEquals(await passes(200), false);
  topics.tick(5_001);
  topics.settle(5_001);
  channel.finish(consumer, topic.nextNumber - 1, 0, 0);
  assertEquals(await passes(200), true);
});

Deno.test("BrokerDrain ends at its deadline, and says what stays", async () => {
  const { host, drain, passes } = scene(30_000);
  await host.ask("POST", "/pub?topic=nobody", "one");
  drain.begin();
  assertEquals(drain.view!.deadlineWallMs, host.startWallMs + 30_000);
  assertEquals(await passes(29_800), false);
  assertEquals(await passes(300), true);
  const last = "WARN DRAIN: the time is over, stopping; kept for the next start: " +
    "depth 1, in flight 0, deferred 0";
  assertEquals(host.lines.at(-1), last);
});

Deno.test("BrokerDrain that is called off lets publishers in and tells the lookup servers", async () => {
  const { topics, told, drain, passes } = scene(1_000);
  drain.begin();
  drain.callOff();
  drain.callOff();
  assertEquals([told, topics.publishingRefusal, drain.view], [
    ["left", "back"],
    undefined,
    undefined,
  ]);
  assertEquals(await passes(60_000), false);
  drain.begin();
  assertEquals(await passes(200), true);
});
