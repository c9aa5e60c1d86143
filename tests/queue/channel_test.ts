// The life of messages in one channel.

import { assert, assertEquals } from "@std/assert";
import { localities } from "../../src/queue/consumer.ts";
import { messages, test, TestConsumer, TestTopics } from "./queue_parts.ts";

/** A channel with one consumer that takes `readyCount` messages. */
function given(readyCount: number, memQueueSize = 100) {
  const world = new TestTopics({ memQueueSize });
  const channel = world.channel();
  const client = new TestConsumer(channel);
  client.ready(readyCount);
  return { world, channel, client };
}

test("Channel delivers in publishing order, up to the ready count", () => {
  const { world, channel, client } = given(3);

  world.publish(["a", "b"]);
  world.publish(["c", "d"]);
  world.settle();

  assertEquals(client.sink.bodies, ["a", "b", "c"]);
  assertEquals([channel.depth, channel.inFlightCount], [1, 3]);
});

test("Channel.finish() makes room for the next message", () => {
  const { world, channel, client } = given(1);
  world.publish(["a", "b"]);
  world.settle();

  assertEquals(client.finish("a"), undefined);
  world.settle();

  assertEquals(client.sink.bodies, ["a", "b"]);
  assertEquals([client.consumer.finishCount, channel.depth], [1, 0]);
});

test("Channel refuses what is not in flight to this consumer", () => {
  const { world, channel, client } = given(1);
  const other = new TestConsumer(channel);
  world.publish(["a"]);
  world.settle();
  const number = client.numberOf("a");

  assertEquals(
    channel.finish(other.consumer, number, 0, 0),
    "client does not own message",
  );
  assertEquals(channel.touch(other.consumer, number, 0), "client does not own message");
  assertEquals(channel.requeue(client.consumer, number + 1, 0, 0), "ID not in flight");
  client.finish("a");
  assertEquals(client.finish("a"), "ID not in flight");
  assertEquals(channel.counters.requeueCount, 0);
});

test("Channel.requeue() keeps the attempt count", () => {
  const { world, channel, client } = given(1);
  world.publish(["a"]);
  world.settle();

  for (let time = 0; time < 3; time++) {
    client.requeue("a");
    world.settle();
  }

  assertEquals(client.sink.attempts, [1, 2, 3, 4]);
  assertEquals([channel.counters.requeueCount, client.consumer.requeueCount], [3, 3]);
  assertEquals(channel.counters.messageCount, 1);
});

test("Channel lets attempts go from 65535 to 0", () => {
  const { world, client } = given(1);
  world.publish(["a"]);
  world.settle();

  for (let time = 0; time < 65536; time++) {
    client.requeue("a");
    world.settle();
  }

  assertEquals(client.sink.attempts.slice(-3), [65535, 0, 1]);
});

test("Channel.requeue() puts the message behind what waits", () => {
  const { world, client } = given(1);
  world.publish(["a", "b", "c"]);
  world.settle();

  client.requeue("a");
  world.settle();
  client.ready(10);
  world.settle();

  assertEquals(client.sink.bodies, ["a", "b", "c", "a"]);
});

test("Channel.requeue() puts the message behind a memory window at most", () => {
  const { world, client } = given(1, 2);
  world.publish(messages(6));
  world.settle();

  client.requeue("m0");
  client.ready(10);
  world.settle();

  assertEquals(client.sink.bodies, ["m0", "m1", "m2", "m0", "m3", "m4", "m5"]);
});

test("Channel: a consumer that requeues everything does not starve the rest", () => {
  const { world, client } = given(1, 0);
  world.publish(messages(10));
  world.settle();

  for (let time = 0; time < 100; time++) {
    client.requeue(client.sink.bodies.at(-1)!);
    world.settle();
  }

  assertEquals(new Set(client.sink.bodies).size, 10);
});

test("Channel.requeue() with a delay keeps the message until it is due", () => {
  const { world, channel, client } = given(1);
  world.publish(["a"]);
  world.settle();

  client.requeue("a", 50);
  assertEquals([channel.deferredCount, channel.depth, channel.inFlightCount], [1, 0, 0]);
  assertEquals(world.topics.nextDeadlineMs, 50);
  world.advance(49);
  assertEquals(client.sink.bodies.length, 1);
  world.advance(1);

  assertEquals(client.sink.attempts, [1, 2]);
  assertEquals(channel.deferredCount, 0);
});

test("Channel.expire() delivers again what was not answered for", () => {
  const { world, channel, client } = given(2);
  world.publish(["a", "b"]);
  world.settle();
  client.finish("a");

  world.advance(999);
  assertEquals(channel.counters.timeoutCount, 0);
  world.advance(1);

  assertEquals(client.sink.bodies, ["a", "b", "b"]);
  assertEquals(client.sink.attempts, [1, 1, 2]);
  assertEquals([channel.counters.timeoutCount, channel.counters.requeueCount], [1, 0]);
});

test("Channel.touch() starts the timeout again, but never past the limit", () => {
  const { world, channel, client } = given(1);
  world.publish(["a"]);
  world.settle();

  for (let touches = 0; touches < 6; touches++) {
    world.advance(900);
    client.touch("a", world.nowMs);
  }
  assertEquals([world.nowMs, channel.counters.timeoutCount], [5400, 1]);
  assertEquals(client.sink.attempts, [1, 2]);
});

test("Channel.touch() does not count as an answer", () => {
  const { world, channel, client } = given(1);
  world.publish(["a", "b"]);
  world.settle();

  assertEquals(client.touch("a", 10), undefined);
  world.settle();

  assertEquals([channel.inFlightCount, client.sink.bodies], [1, ["a"]]);
  assertEquals(client.finish("a"), undefined);
});

test("Channel.setReadyCount() below what is in flight recalls nothing", () => {
  const { world, channel, client } = given(3);
  world.publish(messages(6));
  world.settle();

  client.ready(1);
  client.finish("m0");
  client.finish("m1");
  world.settle();
  assertEquals([channel.inFlightCount, client.sink.bodies.length], [1, 3]);
  client.finish("m2");
  world.settle();

  assertEquals(client.sink.bodies, ["m0", "m1", "m2", "m3"]);
});

test("Channel.removeConsumer() leaves its messages in flight until they time out", () => {
  const { world, channel, client } = given(1);
  world.publish(["a"]);
  world.settle();

  channel.removeConsumer(client.consumer);
  const other = new TestConsumer(channel);
  other.ready(1);
  world.settle();
  assertEquals([channel.inFlightCount, other.sink.bodies], [1, []]);
  assertEquals(
    channel.finish(other.consumer, client.numberOf("a"), 0, 0),
    "client does not own message",
  );
  world.advance(1000);

  assertEquals([other.sink.bodies, other.sink.attempts], [["a"], [2]]);
  assertEquals(client.sink.bodies, ["a"]);
});

test("Channel shares messages fairly between consumers", () => {
  for (const size of [1, 10, 1000]) {
    const world = new TestTopics();
    const channel = world.channel();
    const clients = Array.from({ length: 10 }, () => new TestConsumer(channel));
    for (const client of clients) client.ready(2500);

    for (let published = 0; published < 1000; published += size) world.publish(messages(size));
    world.settle();

    const shares = clients.map(({ sink }) => sink.bodies.length);
    assert(shares.every((share) => share >= 80 && share <= 120), `${size}: ${shares}`);
  }
});

test("Channel serves everybody in turn when messages come one by one", () => {
  const world = new TestTopics();
  const channel = world.channel();
  const clients = Array.from({ length: 4 }, () => new TestConsumer(channel));
  for (const client of clients) client.ready(100);

  for (let published = 0; published < 40; published++) {
    world.publish(["x"]);
    world.settle();
  }

  assertEquals(clients.map(({ sink }) => sink.bodies.length), [10, 10, 10, 10]);
});

test("Channel serves the nearest consumers first, and counts where messages went", () => {
  const world = new TestTopics();
  const channel = world.channel();
  const [far, region, zone] = [localities.global, localities.region, localities.zone]
    .map((locality) => new TestConsumer(channel, { locality }));
  for (const client of [far!, region!, zone!]) client.ready(2);

  world.publish(messages(5));
  world.settle();

  assertEquals(zone!.sink.bodies, ["m0", "m1"]);
  assertEquals(region!.sink.bodies, ["m2", "m3"]);
  assertEquals(far!.sink.bodies, ["m4"]);
  const { zoneLocalCount, regionLocalCount, globalCount } = channel.counters;
  assertEquals([zoneLocalCount, regionLocalCount, globalCount], [2, 2, 1]);
});

test("Channel counts by locality only what was in the memory window", () => {
  const { world, channel, client } = given(0, 3);
  world.publish(messages(10));
  world.settle();
  assertEquals([channel.depth, channel.backendDepth], [10, 7]);

  client.ready(10);
  world.settle();

  assertEquals(channel.counters.globalCount, 3);
});

test("Channel drops what a sample leaves out, of new and of requeued messages", () => {
  const world = new TestTopics();
  const channel = world.channel();
  const client = new TestConsumer(channel, { sampleRate: 30 });
  client.ready(10);
  world.percent = 30;
  world.publish(["in"]);
  world.settle();
  world.percent = 31;
  world.publish(["out", "out"]);
  client.requeue("in");
  world.settle();

  assertEquals(client.sink.bodies, ["in"]);
  assertEquals([channel.depth, channel.inFlightCount], [0, 0]);
});

test("Channel stops at a sink that is full, and goes on when it has room", () => {
  const { world, channel, client } = given(10);
  client.sink.room = 2;
  world.publish(["a", "b", "c"]);
  world.settle();
  assertEquals([client.sink.bodies, channel.depth], [["a", "b"], 1]);

  client.sink.room = 10;
  channel.wake(client.consumer);
  world.settle();

  assertEquals(client.sink.bodies, ["a", "b", "c"]);
});

test("Channel.pause() stops deliveries; answers and timeouts go on", () => {
  const { world, channel, client } = given(5);
  world.publish(["a", "b"]);
  world.settle();

  world.topics.setChannelPaused(world.topic(), channel, true);
  world.publish(["c"]);
  client.finish("a");
  world.settle();
  world.advance(1000);
  assertEquals([client.sink.bodies, channel.depth, channel.inFlightCount], [["a", "b"], 2, 0]);
  world.topics.setChannelPaused(world.topic(), channel, false);
  world.settle();

  assertEquals(client.sink.bodies, ["a", "b", "c", "b"]);
});

test("Channel.empty() drops everything that waits, is in flight or deferred", () => {
  const { world, channel, client } = given(2);
  world.publish(messages(5));
  world.settle();
  client.requeue("m0", 100);

  world.topic().emptyChannel(channel);

  assertEquals([channel.depth, channel.inFlightCount, channel.deferredCount], [0, 0, 0]);
  assertEquals(client.finish("m1"), "ID not in flight");
  world.publish(["next"]);
  world.settle();
  assertEquals(client.sink.bodies.at(-1), "next");
  world.advance(10_000);
  assertEquals(client.sink.bodies.filter((body) => body !== "next"), ["m0", "m1"]);
});

test("Channel that is ephemeral keeps the oldest messages only", () => {
  const world = new TestTopics({ memQueueSize: 3 });
  const channel = world.channel("c#ephemeral");

  world.publish(messages(2));
  world.publish(messages(5, "n"));
  world.settle();
  assertEquals([channel.depth, channel.backendDepth, channel.counters.messageCount], [3, 0, 7]);
  const client = new TestConsumer(channel);
  client.ready(10);
  world.publish(["last"]);
  world.settle();

  assertEquals(client.sink.bodies, ["m0", "m1", "n0", "last"]);
});

test("Channel that is ephemeral drops from the batch it is reading, too", () => {
  const world = new TestTopics({ memQueueSize: 2 });
  const client = new TestConsumer(world.channel("c#ephemeral"));
  client.ready(1);

  world.publish(messages(10));
  world.settle();
  world.publish(["later"]);
  client.ready(10);
  world.settle();

  assertEquals(client.sink.bodies, ["m0", "m1", "m2", "later"]);
});

test("Channel that is ephemeral without a memory queue passes on what is taken at once", () => {
  const world = new TestTopics({ memQueueSize: 0 });
  const client = new TestConsumer(world.channel("c#ephemeral"));
  client.ready(2);

  world.publish(messages(5));
  world.settle();
  client.finish("m0");
  world.settle();

  assertEquals(client.sink.bodies, ["m0", "m1"]);
});

test("Channel.finish() counts the time since publishing for the latency", () => {
  const world = new TestTopics({ latencyWindowMs: 60_000 });
  const channel = world.channel();
  const client = new TestConsumer(channel);
  client.ready(1);
  world.publish(["a"]);
  world.settle();

  channel.finish(client.consumer, client.numberOf("a"), 5, 250);

  const merged = channel.latency!.merged(5);
  assertEquals(merged.count, 1);
  assert(Math.abs(merged.getValueAtQuantile(0.5) / 250e6 - 1) < 0.02);
});
