// Another nsqd's data path becomes ours: through a real broker, and on a disk whose plug is pulled anywhere.

import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import type { Disk } from "../../src/log/disk.ts";
import { MessageWalk } from "../../src/log/message_walk.ts";
import type { TopicMetadata } from "../../src/log/metadata.ts";
import { recoverTopic } from "../../src/log/recovery.ts";
import { LogSink } from "../../src/log/take_over_sink.ts";
import { listTopics, topicFolder } from "../../src/log/topic_folder.ts";
import { takeOver } from "../../src/log/upstream/take_over.ts";
import { Random } from "../base/random.ts";
import { BrokerHere } from "../command_line/broker_here.ts";
import { TemporaryFolder } from "../daemons/temporary_folder.ts";
import { type FixtureName, readExpected, readFixture } from "./upstream/fixture.ts";
import { MemoryDisk, PlugPulled } from "./upstream/memory_disk.ts";
import { idOf, joined, meta, record, text } from "./upstream/queue_data.ts";

for (const name of ["clean", "killed"] satisfies FixtureName[]) {
  Deno.test(`Broker takes over the ${name} data path, each message once and in its channel`, async () => {
    using folder = new TemporaryFolder();
    for (const [file, content] of await readFixture(name)) {
      Deno.writeFileSync(join(folder.path, file), content);
    }
    await using broker = await BrokerHere.start(folder.path);
    const { topics } = broker.broker;
    assertEquals(topics.get("paused")?.isPaused, true);
    assertEquals(topics.get("orders")?.channels.get("audit")?.isPaused, true);
    assertEquals(topics.get("orders")?.channels.get("billing")?.isPaused, false);
    await consumeAll(broker, name);
    await broker.stop();
    await using again = await BrokerHere.start(folder.path);
    for (const topic of again.broker.topics.all.values()) {
      const depths = [...topic.channels.values()].map(({ depth }) => depth);
      assertEquals([topic.depth, ...depths].filter((depth) => depth > 0), [], topic.name);
    }
    assert(!again.lines.join("").includes("TAKEOVER"));
  });
}

async function consumeAll(broker: BrokerHere, name: FixtureName): Promise<void> {
  const { topics } = broker.broker;
  const { redelivered_by_upstream: redelivered } = readExpected(name);
  for (const [owner, expected] of Object.entries(redelivered)) {
    const [topicName, channelName] = owner.split("/") as [string, string];
    const topic = topics.get(topicName)!;
    const channel = topics.channel(topic, channelName);
    topics.setTopicPaused(topic, false);
    topics.setChannelPaused(topic, channel, false);
    topics.settle(performance.now());
    assertEquals(channel.depth, expected.count, owner);
    const consumed = await broker.consume(topicName, channelName, expected.count);
    assertEquals(consumed.map(({ body }) => body).sort(), [...expected.sorted_bodies].sort());
    const retried = consumed.filter(({ attempts }) => attempts > 1)
      .map(({ attempts, body }): [number, string] => [attempts, body]);
    assertEquals(retried.sort(), expected.attempts_over_1.map(([n, body]) => [n, body]).sort());
  }
}

const metadata: TopicMetadata[] = [
  {
    name: "t",
    paused: true,
    channels: [
      { name: "c", paused: false },
      { name: "d", paused: true },
      { name: "e#ephemeral", paused: true },
    ],
  },
  { name: "u", paused: false, channels: [] },
];

function sample(): MemoryDisk {
  const disk = new MemoryDisk();
  const rows = (prefix: string, count: number) =>
    joined(...Array.from({ length: count }, (_, index) => {
      return record(`${prefix}${index}`, { id: idOf(index), attempts: index === 1 ? 3 : 0 });
    }));
  const put = (queue: string, count: number) => {
    const content = rows(`${queue}.`, count);
    disk.put(`/data/${queue}.diskqueue.000000.dat`, content);
    disk.put(`/data/${queue}.diskqueue.meta.dat`, meta(count, 0, 0, 0, content.length));
  };
  disk.put("/data/nsqd.dat", text("{}"));
  put("t", 3);
  put("t:c", 6);
  put("t:d", 4);
  put("u", 2);
  return disk;
}

const expected = {
  "t": ["t.0", "t.1", "t.2"],
  "t/c": ["t:c.0", "t:c.1*3", "t:c.2", "t:c.3", "t:c.4", "t:c.5"],
  "t/d": ["t:d.0", "t:d.1*3", "t:d.2", "t:d.3"],
  "u": ["u.0", "u.1"],
};

function run(disk: Disk, keptMessagesMax: number, maxBytesPerFile = 300): Promise<unknown> {
  const warned: string[] = [];
  const log = { info: () => {}, warn: (line: string) => void warned.push(line) };
  const sink = new LogSink({
    disk,
    dataPath: "/data",
    metadata,
    nodeId: 5,
    maxBytesPerFile,
    wallMs: () => 1_800_000_000_000,
    noticed: (line) => void warned.push(line),
    keptMessagesMax,
  });
  return takeOver({ disk, dataPath: "/data", metadata, sink, log });
}

/** What a broker that starts now would deliver; a message with attempts shows them. */
function held(disk: Disk): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const topic of listTopics(disk, "/data")) {
    const folder = topicFolder("/data", topic);
    const { replay, segments } = recoverTopic({ disk, folder, topic, channels: [] });
    const walk = new MessageWalk(disk, segments, replay.state, {
      deferred: () => {},
      lost: (number) => {
        throw new Error(`message ${number} is lost`);
      },
    });
    const bodies = (messages: ReturnType<MessageWalk["undistributed"]>) =>
      Array.from(
        messages,
        ({ body, attempts }) =>
          new TextDecoder().decode(body) + (attempts > 0 ? `*${attempts}` : ""),
      ).sort();
    for (const [name, channel] of replay.state.channels) {
      found[`${topic}/${name}`] = bodies(walk.channel(channel));
    }
    found[topic] = bodies(walk.undistributed());
  }
  return found;
}

for (const keptMessagesMax of [100, 2, 0]) {
  Deno.test(`LogSink brings each message to its channel, with ${keptMessagesMax} kept as they were`, async () => {
    for (const maxBytesPerFile of [1, 300, 1_000_000]) {
      const disk = sample();
      await run(disk, keptMessagesMax, maxBytesPerFile);
      assertEquals(held(disk), expected);
      const { replay } = recoverTopic({
        disk,
        folder: "/data/topics/t.topic",
        topic: "t",
        channels: [],
      });
      const { isPaused, channels } = replay.state;
      assertEquals([isPaused, channels.get("c")?.isPaused, channels.get("d")?.isPaused], [
        true,
        false,
        true,
      ]);
    }
  });
}

Deno.test("LogSink brings each message exactly once after a kill or a power cut anywhere", async () => {
  const random = new Random(7);
  const whole = sample();
  await run(whole, 2);
  for (let operations = 0; operations < whole.operations; operations++) {
    const disk = sample();
    disk.pullPlugAfter(operations);
    await run(disk, 2).then(() => {}, (error) => assert(isPulled(error), String(error)));
    for (const after of [disk.afterKill(), disk.afterPowerCut(random)]) {
      after.pullPlugAfter(random.below(40));
      await run(after, 2).then(() => {}, (error) => assert(isPulled(error), String(error)));
      const last = after.afterKill();
      await run(last, 2);
      assertEquals(held(last), expected, `cut after ${operations}`);
    }
  }
});

function isPulled(error: unknown): boolean {
  return error instanceof PlugPulled || (error instanceof Error && isPulled(error.cause));
}

Deno.test("LogSink leaves what a log held before, and adds to it", async () => {
  const disk = sample();
  await run(disk, 2);
  const second = sample();
  for (const path of second.paths()) disk.put(path, second.get(path)!);
  for (let operations = 0;; operations += 3) {
    const copy = disk.afterKill();
    copy.pullPlugAfter(operations);
    const isDone = await run(copy, 2).then(() => true, () => false);
    const last = copy.afterKill();
    await run(last, 2);
    const { "t/c": own, "u": backlog } = held(last);
    assertEquals(
      own!.filter((body) => body.startsWith("t:c")),
      [...expected["t/c"], ...expected["t/c"]].sort(),
    );
    assertEquals(backlog, [...expected.u, ...expected.u].sort());
    if (isDone) break;
  }
});
