// What is read of /stats, /info and /nodes, ordinary and hostile.

import { assertEquals, assertThrows } from "@std/assert";
import {
  httpAddressOf,
  lookupdNodes,
  tcpAddressOf,
} from "../../../src/tools/cluster/lookupd_nodes.ts";
import { nsqdInfo, nsqdStats } from "../../../src/tools/cluster/nsqd_stats.ts";

const document = {
  version: "1.3.0",
  health: "OK",
  start_time: 5,
  topics: [{
    topic_name: "orders",
    depth: 1,
    message_count: 7,
    paused: true,
    channels: [{
      channel_name: "billing",
      depth: 2,
      in_flight_count: 3,
      deferred_count: 4,
      requeue_count: 5,
      timeout_count: 6,
      message_count: 20,
      client_count: 9,
      clients: [{ client_id: "c", remote_address: "1.2.3.4:5", ready_count: 8, finish_count: 7 }],
    }],
  }],
};

Deno.test("nsqdStats() reads topics, channels and clients", () => {
  const { version, startTimeS, topics } = nsqdStats(document);
  assertEquals([version, startTimeS], ["1.3.0", 5]);
  const [topic] = topics;
  assertEquals([topic!.name, topic!.depth, topic!.isPaused, topic!.oldestAgeMs], [
    "orders",
    1,
    true,
    undefined,
  ]);
  const [channel] = topic!.channels;
  const { depth, inFlight, deferred, requeued, timedOut, messages, clientCount, clients } =
    channel!;
  assertEquals([depth, inFlight, deferred, requeued, timedOut, messages, clientCount], [
    2,
    3,
    4,
    5,
    6,
    20,
    9,
  ]);
  assertEquals([clients[0]!.name, clients[0]!.readyCount, clients[0]!.finished], ["c", 8, 7]);
});

Deno.test("nsqdStats() reads the form before NSQ 1.0, and null for a topic that is not there", () => {
  assertEquals(nsqdStats({ status_code: 200, data: document }).topics.length, 1);
  assertEquals(nsqdStats({ topics: null }).topics, []);
});

Deno.test("nsqdStats() takes ages and free space where they are told, and null for nothing that waits", () => {
  const channels = [
    { channel_name: "c", oldest_age_ms: 1500 },
    { channel_name: "d", oldest_age_ms: null },
    { channel_name: "e" },
  ];
  const topics = [{ topic_name: "t", channels }];
  const read = nsqdStats({ topics, node: { free_bytes: 7 } });
  assertEquals(read.topics[0]!.channels.map(({ oldestAgeMs }) => oldestAgeMs), [
    1500,
    0,
    undefined,
  ]);
  assertEquals(read.freeBytes, 7);
  assertEquals(nsqdStats({ topics, node: null }).freeBytes, undefined);
});

Deno.test("nsqdStats() refuses other documents, and makes nonsense empty and harmless", () => {
  for (const other of [null, 1, "x", [], {}, { topics: 5 }]) {
    assertThrows(() => nsqdStats(other), SyntaxError);
  }
  const topics = [7, { topic_name: "a\x1b[2Jb", depth: "many", channels: [null, { clients: 3 }] }];
  const read = nsqdStats({ topics }).topics;
  assertEquals(read.map(({ name, depth }) => [name, depth]), [["", 0], ["a?[2Jb", 0]]);
  assertEquals(read[1]!.channels.map(({ clientCount }) => clientCount), [0, 0]);
});

Deno.test("nsqdInfo() reads who an nsqd is", () => {
  const document = {
    version: "1",
    broadcast_address: "b",
    hostname: "h",
    tcp_port: 1,
    http_port: 2,
  };
  assertEquals(nsqdInfo(document).broadcastAddress, "b");
  assertThrows(() => nsqdInfo({}), SyntaxError);
});

Deno.test("lookupdNodes() reads addresses, topics, tombstones and what cannot be reached", () => {
  const [node, other] = lookupdNodes({
    producers: [
      {
        broadcast_address: "::1",
        tcp_port: 4150,
        http_port: 4151,
        topics: ["a", "b"],
        tombstones: [false, true],
        unreachable: "connection refused",
      },
      { broadcast_address: "h" },
    ],
  });
  assertEquals([tcpAddressOf(node!), httpAddressOf(node!)], ["[::1]:4150", "[::1]:4151"]);
  assertEquals([node!.tombstonedTopics, node!.unreachable], [["b"], "connection refused"]);
  assertEquals(other!.unreachable, undefined);
  assertEquals(lookupdNodes({ producers: null }), []);
  assertThrows(() => lookupdNodes({}), SyntaxError);
});
