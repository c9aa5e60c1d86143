// Rows made of samples: sums over nsqds, rates between two looks, and what must not be counted twice.

import { assertEquals } from "@std/assert";
import type { NsqdStats } from "../../../src/tools/cluster/nsqd_stats.ts";
import {
  channelRows,
  clientRows,
  nodeRows,
  type Sample,
  topicRows,
  totalsOf,
} from "../../../src/tools/top/sample.ts";
import { channel, client, nsqd, topic } from "../cluster/nsqd_documents.ts";

function sample(atMs: number, ...nsqds: NsqdStats[]): Sample {
  return { atMs, nsqds: new Map(nsqds.map((stats, index) => [`n${index}:1`, stats])) };
}

function orders(messages: number, depth: number, inFlight = 0): NsqdStats {
  const billing = channel("billing", { messages, depth, inFlight, clientCount: 1 });
  return nsqd([topic("orders", [billing], { messages })]);
}

Deno.test("channelRows() adds up over nsqds and gives rates per second", () => {
  const before = sample(0, orders(100, 50), orders(0, 0));
  const now = sample(2000, orders(120, 40, 5), orders(10, 10));
  const [row, ...more] = channelRows(before, now);
  assertEquals(more, []);
  const { topic: name, channel: which, depth, inFlight, messages, clients, inRate, outRate, node } =
    row!;
  assertEquals([name, which, depth, inFlight, messages, clients], [
    "orders",
    "billing",
    50,
    5,
    130,
    2,
  ]);
  assertEquals([inRate, outRate], [15, 12.5]);
  assertEquals(node, "");
});

Deno.test("channelRows() has no rates at first, none of an nsqd that was started anew, never negative ones", () => {
  const now = sample(1000, orders(10, 0));
  assertEquals(channelRows(undefined, now)[0]!.inRate, undefined);
  const earlierRun = sample(0, { ...orders(500, 0), startTimeS: 1 });
  assertEquals(channelRows(earlierRun, now)[0]!.inRate, undefined);
  const emptied = channelRows(sample(0, orders(100, 0)), now)[0]!;
  assertEquals([emptied.inRate, emptied.outRate], [0, 0]);
});

Deno.test("channelRows() shows a topic by itself only where it has no channel or holds messages back", () => {
  const stats = nsqd([
    topic("full", [channel("c")], { depth: 3 }),
    topic("served", [channel("c")]),
    topic("unread", [], { depth: 0 }),
  ]);
  const names = channelRows(undefined, sample(0, stats)).map((row) =>
    `${row.topic}/${row.channel}`
  );
  assertEquals(names, ["full/", "full/c", "served/c", "unread/"]);
});

Deno.test("topicRows() and totalsOf() count a message once, whatever the number of channels", () => {
  const at = (count: number) => {
    const channels = ["a", "b"].map((name) =>
      channel(name, { messages: count, depth: count / 10 })
    );
    return nsqd([topic("t", channels, { messages: count })]);
  };
  const [before, now] = [sample(0, at(0)), sample(1000, at(10))];
  const [row] = topicRows(before, now);
  assertEquals([row!.messages, row!.depth, row!.inRate, row!.outRate], [10, 2, 10, 18]);
  const totals = totalsOf(before, now);
  assertEquals([totals.messages, totals.depth, totals.inRate], [10, 2, 10]);
  assertEquals(totalsOf(undefined, sample(0)).depth, 0);
});

Deno.test("nodeRows() has a row for an nsqd without topics, with version and health", () => {
  const rows = nodeRows(undefined, sample(0, nsqd([], { health: "NOK - no space" }), orders(1, 1)));
  assertEquals(rows.map(({ node, depth, state }) => [node, depth, state]), [
    ["n0:1", 0, "0.1.0 NOK - no space"],
    ["n1:1", 1, "0.1.0 OK"],
  ]);
});

Deno.test("rows say what is paused, wholly or in part, and the oldest age", () => {
  const part = (isPaused: boolean, oldestAgeMs: number | undefined) =>
    nsqd([topic("t", [channel("c", { isPaused, oldestAgeMs })])]);
  const now = sample(0, part(true, 10), part(false, 70), part(false, undefined));
  const [row] = channelRows(undefined, now);
  assertEquals([row!.state, row!.oldestAgeMs], ["part paused", 70]);
  assertEquals(channelRows(undefined, sample(0, part(true, undefined)))[0]!.state, "paused");
});

Deno.test("clientRows() lists the consumers of one channel over all nsqds", () => {
  const stats = nsqd([
    topic("t", [channel("c", { clients: [client({ name: "a", inFlight: 2 }), client()] })]),
  ]);
  const rows = clientRows(sample(0, stats, stats), "t", "c");
  assertEquals(rows.length, 4);
  assertEquals([rows[0]!.client?.name, rows[0]!.inFlight, rows[0]!.node], ["a", 2, "n0:1"]);
  assertEquals(clientRows(sample(0, stats), "t", "other"), []);
});
