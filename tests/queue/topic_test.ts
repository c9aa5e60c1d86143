// Topics: where channels begin, pauses, emptying, ephemeral bounds, large bodies; and the set of topics.

import { assert, assertEquals, assertThrows } from "@std/assert";
import { messages, test, TestConsumer, TestTopics } from "./queue_parts.ts";

/** What a consumer of that channel is sent. */
function bodiesFor(world: TestTopics, channelName: string, topic = world.topic()): string[] {
  const client = new TestConsumer(world.channel(channelName, topic));
  client.ready(100_000);
  world.settle();
  return client.sink.bodies;
}

test("Topic gives its first channel the backlog, later ones what follows", () => {
  const world = new TestTopics();
  world.publish(["a", "b"]);
  world.settle();
  assertEquals(world.topic().depth, 2);

  const first = bodiesFor(world, "first");
  const second = bodiesFor(world, "second");
  world.publish(["c"]);
  world.settle();

  assertEquals([first, second], [["a", "b", "c"], ["c"]]);
  assertEquals(world.topic().depth, 0);
});

test("Topic: a channel made in the turn of a PUB gets what is published after it", () => {
  const world = new TestTopics();
  const first = bodiesFor(world, "first");
  world.publish(["before"]);
  const second = world.channel("second");
  world.publish(["after"]);
  world.settle();

  assertEquals(first, ["before", "after"]);
  assertEquals(second.depth, 1);
});

test("Topic.unpause() gives what was held back to all channels there are", () => {
  const world = new TestTopics();
  const topic = world.topic();
  const early = bodiesFor(world, "early");
  world.publish(["a"]);
  world.topics.setTopicPaused(topic, true);
  world.publish(["b"]);
  const late = bodiesFor(world, "late");
  world.settle();
  assertEquals([early, late, topic.depth], [["a"], [], 1]);

  world.topics.setTopicPaused(topic, false);
  world.settle();

  assertEquals([early, late, topic.depth], [["a", "b"], ["b"], 0]);
});

test("Topic without channels again keeps what is published for the next one", () => {
  const world = new TestTopics();
  world.topics.deleteChannel(world.topic(), world.channel("old"));
  world.publish(["a"]);
  world.settle();

  assertEquals(world.topic().depth, 1);
  assertEquals(bodiesFor(world, "new"), ["a"]);
});

test("Topic.empty() drops what no channel was given, deferred messages included", () => {
  const world = new TestTopics();
  const topic = world.topic();
  world.publish(["a"]);
  world.publishDeferred("b", 10);
  world.settle();
  assertEquals(topic.depth, 2);

  topic.empty();
  world.publish(["c"]);
  world.settle();

  assertEquals([topic.depth, topic.messageCount], [1, 3]);
  assertEquals(bodiesFor(world, "c"), ["c"]);
});

test("Topic.empty() leaves the channels theirs", () => {
  const world = new TestTopics();
  const channel = world.channel();
  world.publish(["a"]);

  world.topic().empty();
  world.settle();

  assertEquals(channel.depth, 1);
});

test("Topic.publishDeferred() counts the delay from publishing, whenever a channel comes", () => {
  const world = new TestTopics();
  world.publishDeferred("soon", 50);
  world.publishDeferred("late", 500);
  world.advance(100);

  const bodies = bodiesFor(world, "c");
  world.advance(0);
  assertEquals([bodies, world.channel("c").deferredCount], [["soon"], 1]);
  world.advance(400);

  assertEquals(bodies, ["soon", "late"]);
});

test("Topic.publishDeferred() delivers to every channel there is, once", () => {
  const world = new TestTopics();
  const first = bodiesFor(world, "first");
  const second = bodiesFor(world, "second");
  world.publishDeferred("x", 10);
  const third = bodiesFor(world, "third");
  world.publish(["y"]);
  world.settle();

  world.advance(10);

  assertEquals([first, second, third], [["y", "x"], ["y", "x"], ["y"]]);
});

test("Topic that is ephemeral keeps its oldest messages while it has no channel", () => {
  const world = new TestTopics({ memQueueSize: 3 });
  const topic = world.topic("t#ephemeral");
  world.publish(["a", "b"], topic);
  world.settle();
  world.publish(["c", "d", "e"], topic);
  world.settle();

  assertEquals([topic.depth, topic.backendDepth, topic.messageCount], [3, 0, 5]);
  const bodies = bodiesFor(world, "c", topic);
  world.publish(["f"], topic);
  world.settle();
  assertEquals(bodies, ["a", "b", "c", "f"]);
});

test("Topic.publish() keeps order through small, large and very large bodies", () => {
  const world = new TestTopics();
  const bodies = bodiesFor(world, "c");
  const large = Array.from({ length: 40 }, (_, index) => `${index}-`.padEnd(15_000, "x"));
  const all = ["small", ...large, "y".repeat(400_000), "small again", ...messages(2000), "last"];

  world.publish(all.slice(0, 1));
  world.publish(all.slice(1, 41));
  world.publish(all.slice(41, 43));
  world.publish(all.slice(43, -1));
  world.publish(all.slice(-1));
  world.settle();

  assertEquals(bodies, all);
  assertEquals(world.topic().messageCount, all.length);
  assertEquals(world.topic().messageBytes, all.join("").length);
});

test("Topic numbers its messages one by one, in the order they were published", () => {
  const world = new TestTopics();
  const client = new TestConsumer(world.channel());
  client.ready(1000);
  const next = world.topic().nextNumber;
  world.publish(["a", "b"]);
  world.publish(messages(100, "x".repeat(5000)));
  world.publish(["c"]);
  assert(world.topic().nextNumber === next + 103);
  world.settle();

  assertEquals(client.sink.numbers, Array.from({ length: 103 }, (_, index) => next + index));
});

test("Topics.settle() is asked for once a turn", () => {
  const world = new TestTopics();
  world.publish(["a"]);
  world.publish(["b"]);
  world.publish(["c"], world.topic("other"));
  assertEquals(world.scheduled, 1);

  world.settle();
  world.publish(["d"]);

  assertEquals(world.scheduled, 2);
});

test("Topics never gives a number twice under one name", () => {
  const world = new TestTopics();
  const first = world.topic();
  world.publish(messages(10_000));
  const next = first.nextNumber;

  world.topics.delete(first);
  const second = world.topic();

  assert(second !== first && first.isDeleted);
  assert(second.nextNumber >= next);
  assertEquals([second.depth, second.channels.size], [0, 0]);
});

test("Topics.delete() closes consumers and forgets deadlines", () => {
  const world = new TestTopics();
  const client = new TestConsumer(world.channel());
  client.ready(1);
  world.publish(["a"]);
  world.settle();
  assertEquals(world.topics.nextDeadlineMs, 1000);

  world.topics.delete(world.topic());
  world.topics.delete(world.topic("other"));

  assertEquals([client.sink.isClosed, world.topics.nextDeadlineMs], [true, Infinity]);
  assertEquals(world.topics.get("t"), undefined);
  world.settle();
});

test("Topics.deleteChannel() deletes an ephemeral topic with its last channel", () => {
  const world = new TestTopics();
  const topic = world.topic("t#ephemeral");
  const channels = ["a", "b"].map((name) => world.channel(name, topic));

  world.topics.deleteChannel(topic, channels[0]!);
  assertEquals(topic.isDeleted, false);
  world.topics.deleteChannel(topic, channels[1]!);

  assertEquals([topic.isDeleted, world.topics.all.size], [true, 0]);
});

test("Topics tells of every change, once", () => {
  const world = new TestTopics();
  const topic = world.topic();
  const channel = world.channel();
  world.channel();
  world.topics.setChannelPaused(topic, channel, true);
  world.topics.setTopicPaused(topic, true);
  world.topics.setTopicPaused(topic, false);
  world.topics.delete(topic);
  world.topics.delete(topic);

  assertEquals(world.changes, [
    "created t",
    "created t c",
    "paused t c",
    "paused t",
    "unpaused t",
    "deleted t c",
    "deleted t",
  ]);
});

test("Topics.tick() says when to call again", () => {
  const world = new TestTopics();
  const client = new TestConsumer(world.channel());
  client.ready(5);
  world.publish(["a"]);
  world.publishDeferred("b", 300);
  world.settle();
  assertEquals(world.topics.nextDeadlineMs, 300);

  assertEquals(world.topics.tick(300), 1000);
  world.settle();
  assertEquals(world.topics.tick(1000), Infinity);
});

test("Topics.settle() gives the other topics their turn after a fault in one", () => {
  const world = new TestTopics();
  const [first, faulty, last] = ["first", "faulty", "last"].map((name) => world.topic(name));
  const sent = [first, faulty, last].map((topic) => bodiesFor(world, "c", topic));
  for (const topic of [first, faulty, last]) world.publish(["m"], topic);
  faulty!.settle = () => {
    throw new Error("fault");
  };
  assertThrows(() => world.settle(), Error, "fault");
  world.settle();
  assertEquals(sent, [["m"], [], ["m"]]);
});
