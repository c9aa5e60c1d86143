// What doctor says of queues: each case is a channel before and after the observation.

import { assertEquals, assertStringIncludes } from "@std/assert";
import { channelFindings } from "../../../src/tools/doctor/channel_findings.ts";
import type { ClusterFacts } from "../../../src/tools/doctor/facts.ts";
import { channel, client, nsqd, topic } from "../cluster/nsqd_documents.ts";
import { answer, cluster, node, watched } from "./cluster_facts.ts";

function told(facts: ClusterFacts): string[] {
  return channelFindings(facts).map(({ severity, code }) => `${severity} ${code}`);
}

const working = { clients: [client({ inFlight: 5 })], clientCount: 1 };

Deno.test("channelFindings() has nothing to say of a channel that is worked on, or empty", () => {
  const before = channel("c", { ...working, depth: 50, messages: 100, inFlight: 5 });
  const now = channel("c", { ...working, depth: 45, messages: 110, inFlight: 5 });
  assertEquals(told(watched(before, now)), []);
  assertEquals(told(watched(channel("c"), channel("c"))), []);
});

Deno.test("channelFindings() tells messages that nobody consumes", () => {
  const full = channel("c", { depth: 7, messages: 7 });
  assertEquals(told(watched(full, full)), ["warning channel-unread"]);
  assertEquals(channelFindings(watched(full, full))[0]!.subject, "channel t/c on 10.0.0.1:4151");
});

Deno.test("channelFindings() tells RDY 0 with depth, unless some consumer is ready", () => {
  const idle = { readyCount: 0, inFlight: 0 };
  const held = channel("c", { depth: 7, messages: 7, clients: [client(idle), client(idle)] });
  assertEquals(told(watched(held, held)), ["warning ready-zero"]);
  const half = channel("c", { depth: 7, messages: 7, clients: [client(idle), client()] });
  assertEquals(told(watched(half, half)), ["warning channel-stuck"]);
});

Deno.test("channelFindings() tells a channel in which nothing is finished, and why", () => {
  const before = channel("c", { ...working, depth: 50, messages: 60, inFlight: 10 });
  const stuck = channelFindings(watched(before, { ...before, messages: 70, depth: 60 }));
  assertEquals(stuck.map(({ code }) => code), ["channel-stuck"]);
  assertStringIncludes(stuck[0]!.text, "60 messages wait, 10 in flight, consumers: 1");
  const failing = { ...before, requeued: 30 };
  assertEquals(told(watched(before, failing)), ["warning channel-failing"]);
  const timing = { ...before, timedOut: 3 };
  assertEquals(told(watched(before, timing)), ["warning timeouts"]);
});

Deno.test("channelFindings() notes a backlog that grows", () => {
  const before = channel("c", { ...working, depth: 100, messages: 200 });
  const now = channel("c", { ...working, depth: 200, messages: 310 });
  assertEquals(told(watched(before, now)), ["note channel-growing"]);
});

Deno.test("channelFindings() tells pauses, as a note while nothing waits", () => {
  const paused = channel("c", { isPaused: true });
  assertEquals(told(watched(paused, paused)), ["note channel-paused"]);
  const full = { ...paused, depth: 1 };
  assertEquals(told(watched(full, full)), ["warning channel-paused"]);
});

Deno.test("channelFindings() tells paused topics, and those without a channel", () => {
  const stats = answer(nsqd([
    topic("p", [channel("c")], { isPaused: true, depth: 4 }),
    topic("u", [], { depth: 1 }),
    topic("e", []),
  ]));
  const findings = channelFindings(cluster([node({ first: stats, second: stats })]));
  assertEquals(findings.map(({ severity, code }) => `${severity} ${code}`), [
    "warning topic-paused",
    "warning topic-unread",
    "note topic-unread",
  ]);
  assertStringIncludes(findings[1]!.text, "1 message waits for the first one");
});

Deno.test("channelFindings() draws no conclusion over a restart, or about a channel it saw once", () => {
  const full = channel("c", { depth: 7, messages: 7 });
  const first = answer(nsqd([topic("t", [full])], { startTimeS: 1 }));
  const second = answer(nsqd([topic("t", [full])], { startTimeS: 2 }));
  assertEquals(told(cluster([node({ first, second })])), []);
  const none = answer(nsqd([topic("t", [])], { startTimeS: 2 }));
  assertEquals(told(cluster([node({ first: none, second })])), []);
});
