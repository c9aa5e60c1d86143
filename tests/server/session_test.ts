// What a transcript cannot show: bounds of memory, clients that read slowly, and connections that must not be kept.

import { assert, assertEquals } from "@std/assert";
import { Outbox, type OutboxOwner } from "../../src/server/outbox.ts";
import { batchBody, sized, wireBytes } from "../wire/wire_bytes.ts";
import { FakeBroker } from "./fake_broker.ts";
import { FrameReader } from "./frame_reader.ts";

const OUTBOX_BYTES_LIMIT = outboxBytesLimit();
const MESSAGE = "m".repeat(1000);
const MESSAGES = Array.from({ length: 1000 }, () => MESSAGE);

/** Bytes after which an outbox is full. */
function outboxBytesLimit(): number {
  const { outbox } = givenOutbox(1);
  let bytes = 0;
  for (; !outbox.isFull; bytes += 1024) outbox.append(new Uint8Array(1024));
  return bytes;
}

/** A broker with a consumer that has read OK and then no more, and a publisher. */
async function givenDeafConsumer() {
  const broker = new FakeBroker();
  const consumer = broker.connect();
  const publisher = broker.connect();
  consumer.say(wireBytes("  V2SUB t c\nRDY 2500\n"));
  publisher.say(wireBytes("  V2"));
  await broker.settle();
  consumer.take();
  consumer.stopReading();
  return { broker, consumer, publisher, channel: broker.topics.get("t")!.channels.get("c")! };
}

/** Everybody hangs up, so that nothing is left running. */
async function end(broker: FakeBroker): Promise<void> {
  broker.server.close();
  await broker.settle();
}

Deno.test("Session sends a consumer that does not read two outboxes at most", async () => {
  const { broker, consumer, publisher, channel } = await givenDeafConsumer();

  publisher.say(wireBytes("MPUB t\n", batchBody(MESSAGES)));
  publisher.say(wireBytes("MPUB t\n", batchBody(MESSAGES)));
  await broker.settle();

  const frameBytes = 34 + MESSAGE.length;
  assert(consumer.pendingBytes <= OUTBOX_BYTES_LIMIT + frameBytes);
  assert(channel.inFlightCount * frameBytes <= 2 * (OUTBOX_BYTES_LIMIT + frameBytes));
  assertEquals(channel.depth + channel.inFlightCount, 2000);
  await end(broker);
});

Deno.test("Session delivers the rest when a consumer reads again", async () => {
  const { broker, consumer, publisher, channel } = await givenDeafConsumer();
  publisher.say(wireBytes("MPUB t\n", batchBody(MESSAGES)));
  await broker.settle();

  consumer.resumeReading();
  for (let round = 0; round < 10; round++) await broker.settle();

  const frames = new FrameReader();
  frames.push(consumer.take());
  let count = 0;
  while (frames.next() !== undefined) count++;
  assertEquals([count, channel.inFlightCount, channel.depth], [1000, 1000, 0]);
  await end(broker);
});

Deno.test("Session counts a delay from when it was asked for, however long the turn has been", async () => {
  const broker = new FakeBroker();
  const consumer = broker.connect();
  const others = [broker.connect(), broker.connect()] as const;
  consumer.say(wireBytes("  V2SUB t c\nRDY 2500\n"));
  for (const other of others) other.say(wireBytes("  V2"));
  await broker.settle();
  const channel = broker.topics.get("t")!.channels.get("c")!;

  others[0].say(wireBytes("PUB t\n", sized("first in the turn")));
  await broker.readAll();
  broker.clock.now += 60;
  others[1].say(wireBytes("DPUB t 100\n", sized("late in the turn")));
  await broker.settle();
  await broker.advance(99);
  assertEquals(channel.deferredCount, 1);
  await broker.advance(1);
  assertEquals(channel.deferredCount, 0);
  await end(broker);
});

Deno.test("Session keeps a consumer that reads slowly but steadily", async () => {
  const { broker, consumer, publisher } = await givenDeafConsumer();
  publisher.say(wireBytes("MPUB t\n", batchBody(MESSAGES)));
  await broker.settle();

  for (let step = 0; step < 15; step++) {
    await broker.advance(10_000);
    consumer.trickle(1000);
    consumer.say(wireBytes("NOP\n"));
    await broker.settle();
  }

  assert(!consumer.hasEnded);
  await end(broker);
});

Deno.test("Session reads no more commands of a client that takes no replies", async () => {
  const broker = new FakeBroker();
  const publisher = broker.connect();
  publisher.say(wireBytes("  V2"));
  publisher.stopReading();
  await broker.settle();

  const chunk = wireBytes(("PUB t\n" + sized("x")).repeat(10_000));
  for (let round = 0; round < 20; round++) {
    publisher.say(chunk);
    await broker.settle();
  }

  const accepted = broker.topics.get("t")!.messageCount;
  assert(accepted < 150_000, `${accepted} messages were accepted`);
  await end(broker);
});

Deno.test("Session ends a client that times out while it owes it replies", async () => {
  const { broker, consumer, publisher } = await givenDeafConsumer();
  publisher.say(wireBytes("MPUB t\n", batchBody(MESSAGES)));
  await broker.settle();

  await broker.advance(30_000);

  assert(consumer.isClosed);
  assertEquals(broker.topics.get("t")!.channels.get("c")!.consumers.size, 0);
  await end(broker);
});

Deno.test("TcpServer.close() closes every connection, and forgets it", async () => {
  const broker = new FakeBroker();
  const connections = [broker.connect(), broker.connect()];
  await broker.settle();
  assertEquals(broker.server.clientCount, 2);

  broker.server.close();
  await broker.settle();

  assertEquals(connections.map(({ isClosed }) => isClosed), [true, true]);
  assertEquals([broker.server.clientCount, broker.server.nextDeadlineMs], [0, Infinity]);
});

Deno.test("TcpServer.producers() lists those who published, with what and how much", async () => {
  const broker = new FakeBroker();
  const publisher = broker.connect();
  broker.connect().say(wireBytes("  V2"));

  publisher.say(wireBytes("  V2", "PUB a\n", sized("x"), "MPUB b\n", batchBody(["x", "y"])));
  await broker.settle();

  const producers = [...broker.server.producers()];
  assertEquals(producers.map(({ remote_address }) => remote_address), ["10.0.0.1:1000"]);
  assertEquals(producers[0]!.pub_counts, [{ topic: "a", count: 1 }, { topic: "b", count: 2 }]);
  await end(broker);
});

/** An outbox whose writes take `chunkBytes` at most, and what it wrote. */
function givenOutbox(chunkBytes: number) {
  const written: number[] = [];
  const events: string[] = [];
  const owner: OutboxOwner = {
    write(bytes) {
      const count = Math.min(chunkBytes, bytes.length);
      written.push(...bytes.subarray(0, count));
      return Promise.resolve(count);
    },
    timeMs: () => 0,
    flushLater: () => void events.push("dirty"),
    onRoom: () => void events.push("room"),
    onWriteFailed: () => void events.push("failed"),
  };
  return { outbox: new Outbox(owner), written, events };
}

Deno.test("Outbox writes in the order things were added, however little a write takes", async () => {
  const { outbox, written, events } = givenOutbox(3);

  outbox.append(Uint8Array.of(1, 2, 3, 4));
  outbox.flush(0);
  outbox.append(Uint8Array.of(5, 6, 7));
  outbox.flush(0);
  outbox.append(Uint8Array.of(8));
  while (outbox.writingSinceMs !== Infinity) await Promise.resolve();
  assertEquals(written, [1, 2, 3, 4]);
  outbox.flush(0);
  await outbox.drained();

  assertEquals(written, [1, 2, 3, 4, 5, 6, 7, 8]);
  assertEquals(events, ["dirty", "dirty", "dirty"]);
  assert(outbox.isEmpty);
});

Deno.test("Outbox says once that there is room again when it was full", async () => {
  const { outbox, written, events } = givenOutbox(1e9);

  outbox.append(new Uint8Array(OUTBOX_BYTES_LIMIT - 1));
  assert(!outbox.isFull);
  outbox.append(new Uint8Array(1));
  assert(outbox.isFull);
  outbox.flush(0);
  await outbox.drained();

  assertEquals(events, ["dirty", "room"]);
  assertEquals(written.length, OUTBOX_BYTES_LIMIT);
});

Deno.test("Outbox.drained() resolves when writing fails", async () => {
  const events: string[] = [];
  const outbox = new Outbox({
    write: () => Promise.reject(new Error("gone")),
    timeMs: () => 0,
    flushLater() {},
    onRoom() {},
    onWriteFailed: () => void events.push("failed"),
  });

  outbox.append(Uint8Array.of(1));
  outbox.flush(0);
  await outbox.drained();
  outbox.append(Uint8Array.of(2));
  outbox.flush(0);
  await outbox.drained();

  assertEquals(events, ["failed"]);
});

Deno.test("Session asks a client whether it is there before it gives it up, also after a stall of the process", async () => {
  const broker = new FakeBroker();
  const client = broker.connect();
  const identify = '{"heartbeat_interval":1000}';
  client.say(wireBytes("  V2IDENTIFY\n", sized(identify)));
  await broker.settle();
  client.take();
  const frames = new FrameReader();
  // Nobody looked for two and a half intervals.
  broker.clock.now += 2500;
  await broker.advance(0);
  frames.push(client.take());
  assertEquals([frames.next()?.text, client.isClosed], ["_heartbeat_", false]);
  await broker.advance(999);
  assertEquals(client.isClosed, false);
  await broker.advance(1);
  assertEquals(client.isClosed, true);
  await end(broker);
});
