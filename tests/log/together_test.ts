// Channels that a new topic is to begin with, and a kill while they are being made: the log is cut at every byte of what
// making them wrote. A topic that nobody paused must never come back paused, and it has all of the channels or none.

import { assertEquals } from "@std/assert";
import { MemoryDisk } from "./memory_disk.ts";
import { StoredLife } from "./stored_life.ts";

const WALL_MS = 1.8e12;
const NAMES = ["a", "b", "c"];

function clock() {
  return { nowMs: 1000, wallMs: WALL_MS };
}

/** A topic with messages, one of them deferred, whose channels are on their way when the process ends. */
async function writtenTogether(): Promise<{ disk: MemoryDisk; log: string; before: number }> {
  const disk = new MemoryDisk();
  const life = new StoredLife(disk, clock());
  life.publish("t", ["one", "two"]);
  life.publish("t", ["later"], 60_000);
  const [log = ""] = [...disk.files.keys()].filter((path) => path.endsWith(".log"));
  const before = disk.files.get(log)!.length;
  const topic = life.topic("t");
  life.topics.expectChannels(topic, Promise.resolve(NAMES));
  await topic.expectation;
  life.settle();
  return { disk, log, before };
}

Deno.test("Topics.expectChannels() killed at any byte leaves all channels or none, and nothing paused", async () => {
  const { disk, log, before } = await writtenTogether();
  const whole = disk.files.get(log)!;
  for (let length = before; length <= whole.length; length++) {
    disk.files.set(log, whole.slice(0, length));
    const topic = new StoredLife(disk, clock()).topics.get("t")!;
    assertEquals(topic.isPaused, false, `cut at ${length} of ${before} to ${whole.length}`);
    const channels = [...topic.channels.values()];
    const isWhole = length === whole.length;
    assertEquals(channels.map(({ name }) => name), isWhole ? NAMES : []);
    for (const channel of channels) assertEquals([channel.depth, channel.deferredCount], [2, 1]);
    assertEquals(topic.depth, isWhole ? 0 : 3);
  }
});

Deno.test("Topics.expectChannels() leaves a topic paused that was paused meanwhile", async () => {
  const life = new StoredLife(new MemoryDisk(), clock());
  life.publish("t", ["one"]);
  const topic = life.topic("t");
  life.topics.expectChannels(topic, Promise.resolve(NAMES));
  life.topics.setTopicPaused(topic, true);
  await topic.expectation;
  assertEquals([topic.isPaused, topic.depth, topic.channels.size], [true, 1, 3]);
  life.topics.setTopicPaused(topic, false);
  assertEquals([...topic.channels.values()].map(({ depth }) => depth), [1, 1, 1]);
});
