// Which names are queues, of which topic and channel, and which are none of our business.

import { assertEquals } from "@std/assert";
import {
  dataFileName,
  listQueues,
  metaFileName,
  queueNameOf,
} from "../../../src/log/upstream/disk_queue_names.ts";

Deno.test("listQueues() gathers a queue's files by number, its topic and its channel", () => {
  const { queues, strangers } = listQueues([
    "t:c.diskqueue.000010.dat",
    "t:c.diskqueue.meta.dat",
    "t:c.diskqueue.000009.dat",
    "t:c.diskqueue.1000000.dat",
    "t.diskqueue.meta.dat",
    "a;b.diskqueue.000000.dat",
  ]);
  assertEquals(strangers, []);
  assertEquals(queues, [
    {
      topic: "a",
      channel: "b",
      queue: "a;b",
      dataFiles: [{ name: "a;b.diskqueue.000000.dat", number: 0 }],
    },
    { topic: "t", queue: "t", dataFiles: [], metaFile: "t.diskqueue.meta.dat" },
    {
      topic: "t",
      channel: "c",
      queue: "t:c",
      dataFiles: [
        { name: "t:c.diskqueue.000009.dat", number: 9 },
        { name: "t:c.diskqueue.000010.dat", number: 10 },
        { name: "t:c.diskqueue.1000000.dat", number: 1000000 },
      ],
      metaFile: "t:c.diskqueue.meta.dat",
    },
  ]);
});

Deno.test("listQueues() reads back what the names are made of, odd topics included", () => {
  const topics = [".", "..", "-", "_", "t.diskqueue.000001", "a.diskqueue.meta", "x".repeat(64)];
  for (const topic of topics) {
    for (const channel of [undefined, ...topics]) {
      const queue = queueNameOf(topic, channel);
      const { queues } = listQueues([dataFileName(queue, 7), metaFileName(queue)]);
      assertEquals(queues.map((found) => [found.topic, found.channel]), [[topic, channel]]);
      assertEquals(queues[0]?.dataFiles[0]?.number, 7);
      assertEquals(queues[0]?.metaFile, metaFileName(queue));
    }
  }
});

Deno.test("listQueues() leaves everything else alone", () => {
  const others = [
    "nsqd.dat",
    "nsqd.dat.123.tmp",
    "t.diskqueue.000000.dat.bad",
    "t.diskqueue.meta.dat.8674665223082153551.tmp",
    "t.diskqueue.00000.dat",
    "t.diskqueue.0000000.dat",
    "t.diskqueue.99999999999999999999.dat",
    ".diskqueue.000000.dat",
    "t.diskqueue..dat",
    "topics",
  ];
  assertEquals(listQueues(others), { queues: [], strangers: [] });
});

Deno.test("listQueues() names files of illegal and ephemeral topics and channels as strangers", () => {
  const strangers = [
    "a b.diskqueue.000000.dat",
    "t#ephemeral.diskqueue.meta.dat",
    "t:c#ephemeral.diskqueue.meta.dat",
    "t:c:d.diskqueue.000000.dat",
    ":c.diskqueue.000000.dat",
    `${"x".repeat(65)}.diskqueue.000000.dat`,
    "\u00e4.diskqueue.000000.dat",
  ];
  assertEquals(listQueues(strangers), { queues: [], strangers: strangers.toSorted() });
});
