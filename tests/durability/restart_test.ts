/**
 * What a graceful restart keeps, in every durability and also without a memory queue: everything that was
 * accepted and not finished, with its attempts and its time, and what was said about channels.
 */
import { assert, assertEquals } from "@std/assert";
import { deferredCommand } from "../../src/client/command_bytes.ts";
import { until } from "../daemons/waiting.ts";
import { Restarts } from "./restarts.ts";
import { ask, publishBodies, type Tapped } from "./tap.ts";

/** A due time is kept as wall time, whole milliseconds of it. */
const EARLY_MS = 2;
/** The shortest delays are about as long; a restart mostly takes less. */
const SOON_MS = 5000;
/** The longest delay there is. */
const HOUR_MS = 3_600_000;

const variants: Record<string, readonly string[]> = {
  memory: ["--durability=memory"],
  async: ["--durability=async"],
  fsync: ["--durability=fsync"],
  "memory, no memory queue": ["--durability=memory", "--mem-queue-size=0"],
  "async, no memory queue": ["--durability=async", "--mem-queue-size=0"],
  "memory, small segments and queue": [
    "--durability=memory",
    "--mem-queue-size=3",
    "--max-bytes-per-file=512",
  ],
  "async, small segments": ["--durability=async", "--max-bytes-per-file=512"],
};

/** A test for every variant. */
function everyVariant(name: string, story: (restarts: Restarts) => Promise<void>): void {
  Deno.test(`A restart ${name}`, async (test) => {
    for (const [variant, flags] of Object.entries(variants)) {
      await test.step(variant, async () => {
        await using restarts = await Restarts.begin(flags);
        await story(restarts);
      });
    }
  });
}

function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}

function summary(messages: readonly Tapped[]): string[] {
  return messages.map(({ body, attempts }) => `${body} ${attempts}`).sort();
}

everyVariant("brings messages in flight back with their attempts", async (restarts) => {
  await restarts.broker.post("/topic/create?topic=t");
  await restarts.broker.post("/channel/create?topic=t&channel=other");
  await restarts.broker.post("/channel/create?topic=t&channel=c");
  await publishBodies(restarts.port, "t", numbered("m", 10));
  {
    await using tap = await restarts.tap("t", "c", 4);
    const [first, second, third] = await tap.next(4);
    await tap.finish([second!]);
    await tap.requeue([first!], 0);
    await tap.requeue([third!], 0);
    await tap.next(3);
  }
  await restarts.restart();
  const { depth, in_flight_count } = await restarts.broker.channel("t", "c");
  assertEquals({ depth, in_flight_count }, { depth: 9, in_flight_count: 0 });
  await using tap = await restarts.tap("t", "c", 20);
  const came = await tap.next(9);
  const attempts = new Map(came.map(({ body, attempts }) => [body, attempts]));
  assertEquals([...attempts.keys()].sort(), numbered("m", 10).filter((body) => body !== "m1"));
  assertEquals([attempts.get("m3"), attempts.get("m9")], [2, 1]);
  assert(attempts.get("m0")! >= 2 && attempts.get("m2")! >= 2);
  await using other = await restarts.tap("t", "other", 20);
  assertEquals(summary(await other.next(10)), numbered("m", 10).map((body) => `${body} 1`));
  await tap.finish(came);
  assertEquals(tap.surplus, []);
});

everyVariant("counts attempts on through several restarts", async (restarts) => {
  await publishBodies(restarts.port, "t", ["once"]);
  for (let round = 1; round <= 3; round++) {
    await using tap = await restarts.tap("t", "c", 5);
    assertEquals(summary(await tap.next(1)), [`once ${round}`]);
    await restarts.restart();
  }
  await using tap = await restarts.tap("t", "c", 5);
  await tap.finish(await tap.next(1));
  await restarts.restart();
  assertEquals((await restarts.broker.channel("t", "c")).depth, 0);
});

everyVariant("keeps the time of deferred messages", async (restarts) => {
  await restarts.broker.post("/topic/create?topic=t");
  await restarts.broker.post("/channel/create?topic=t&channel=c");
  await publishBodies(restarts.port, "t", ["back", "again"]);
  const { beganMs } = await defer(restarts);
  await restarts.restart();
  const { depth, deferred_count } = await restarts.broker.channel("t", "c");
  // A machine that stands still may take until some are due; those of an hour are not.
  if (Date.now() < beganMs + SOON_MS) assertEquals([depth, deferred_count], [0, 4]);
  assertEquals(depth + deferred_count, 4);
  assert(deferred_count >= 2, `deferred are ${deferred_count}`);
  assertEquals((await restarts.broker.topic("none")).depth, 1);
  await using none = await restarts.tap("none", "c", 5);
  await using tap = await restarts.tap("t", "c", 5);
  const came = await tap.next(2);
  assertEquals(summary(came), ["back 2", "soon 1"]);
  const cameMs = (body: string) => came.find((message) => message.body === body)!.cameMs;
  assert(cameMs("soon") >= beganMs + SOON_MS - EARLY_MS, "soon came early");
  assert(cameMs("back") >= beganMs + SOON_MS + 100 - EARLY_MS, "back came early");
  const [waited] = await none.next(1);
  assertEquals(summary([waited!]), ["no channel yet 1"]);
  assert(
    waited!.cameMs >= beganMs + SOON_MS - 100 - EARLY_MS,
    "the one without a channel came early",
  );
  await tap.finish(came);
  await restarts.restart();
  assertEquals((await restarts.broker.channel("t", "c")).deferred_count, 2);
});

/** Publishes with a delay and gives back with one: in channel c two that are due soon, and two in an hour. */
async function defer(restarts: Restarts): Promise<{ beganMs: number }> {
  await using tap = await restarts.tap("t", "c", 2);
  const [back, again] = await tap.next(2);
  // However long this takes, it is not given what is due soon.
  tap.ready(0);
  const beganMs = Date.now();
  await ask(
    restarts.port,
    deferredCommand("t", SOON_MS, "soon"),
    deferredCommand("t", HOUR_MS, "late"),
    deferredCommand("none", SOON_MS - 100, "no channel yet"),
  );
  await tap.requeue([back!], SOON_MS + 100);
  await tap.requeue([again!], HOUR_MS);
  return { beganMs };
}

everyVariant("keeps pauses and begins its counts at 0", async (restarts) => {
  const { broker } = restarts;
  for (const topic of ["t", "held"]) {
    await broker.post(`/topic/create?topic=${topic}`);
    await broker.post(`/channel/create?topic=${topic}&channel=c`);
  }
  await broker.post("/channel/pause?topic=t&channel=c");
  await broker.post("/topic/pause?topic=held");
  await publishBodies(restarts.port, "t", numbered("m", 5));
  await publishBodies(restarts.port, "held", numbered("h", 5));
  await restarts.restart();
  const t = await restarts.broker.topic("t");
  const [channel] = t.channels;
  assertEquals([t.message_count, t.message_bytes, t.depth, t.paused], [0, 0, 0, false]);
  assertEquals([channel!.depth, channel!.paused, channel!.message_count], [5, true, 0]);
  assertEquals([channel!.requeue_count, channel!.timeout_count], [0, 0]);
  const held = await restarts.broker.topic("held");
  assertEquals([held.depth, held.paused, held.channels[0]!.depth], [5, true, 0]);
  await restarts.broker.post("/topic/unpause?topic=held");
  await restarts.broker.post("/channel/unpause?topic=t&channel=c");
  await using tap = await restarts.tap("held", "c", 20);
  assertEquals((await tap.next(5)).map(({ body }) => body), numbered("h", 5));
  await restarts.restart();
  assertEquals((await restarts.broker.topic("held")).paused, false);
  assertEquals((await restarts.broker.channel("t", "c")).paused, false);
});

everyVariant("keeps what a topic without channels has", async (restarts) => {
  await publishBodies(restarts.port, "t", numbered("a", 5));
  await restarts.restart();
  assertEquals((await restarts.broker.topic("t")).depth, 5);
  await publishBodies(restarts.port, "t", numbered("b", 5));
  await restarts.restart();
  assertEquals((await restarts.broker.topic("t")).depth, 10);
  await using tap = await restarts.tap("t", "c", 20);
  const came = await tap.next(10);
  assertEquals(came.map(({ body }) => body), [...numbered("a", 5), ...numbered("b", 5)]);
  assertEquals(new Set(came.map(({ id }) => id)).size, 10);
});

everyVariant("brings nothing back that was emptied or deleted", async (restarts) => {
  const { broker } = restarts;
  for (const topic of ["t", "backlog", "gone"]) await broker.post(`/topic/create?topic=${topic}`);
  for (const channel of ["kept", "emptied", "gone"]) {
    await broker.post(`/channel/create?topic=t&channel=${channel}`);
  }
  for (const topic of ["t", "backlog", "gone"]) {
    await publishBodies(restarts.port, topic, numbered("m", 5));
  }
  await ask(restarts.port, deferredCommand("t", 200, "d"), deferredCommand("backlog", 200, "d"));
  {
    await using tap = await restarts.tap("t", "emptied", 2);
    await tap.requeue((await tap.next(2)).slice(0, 1), 100);
    await broker.post("/channel/empty?topic=t&channel=emptied");
  }
  await broker.post("/channel/delete?topic=t&channel=gone");
  await broker.post("/topic/empty?topic=backlog");
  await broker.post("/topic/delete?topic=gone");
  await restarts.restart();
  const stats = await restarts.broker.stats();
  assertEquals(stats.map(({ topic_name }) => topic_name).sort(), ["backlog", "t"]);
  assertEquals((await restarts.broker.topic("backlog")).depth, 0);
  const { channels } = await restarts.broker.topic("t");
  assertEquals(channels.map(({ channel_name }) => channel_name).sort(), ["emptied", "kept"]);
  const { depth, deferred_count, in_flight_count } = await restarts.broker.channel("t", "emptied");
  assertEquals([depth, deferred_count, in_flight_count], [0, 0, 0]);
  await publishBodies(restarts.port, "t", ["after"]);
  await publishBodies(restarts.port, "backlog", ["after"]);
  await publishBodies(restarts.port, "gone", ["after"]);
  for (const [topic, channel] of [["t", "emptied"], ["backlog", "c"], ["gone", "c"]] as const) {
    await using tap = await restarts.tap(topic, channel, 20);
    assertEquals((await tap.next(1)).map(({ body }) => body), ["after"]);
    await tap.finish([]);
    assertEquals(tap.surplus, []);
  }
  await using kept = await restarts.tap("t", "kept", 20);
  assertEquals(summary(await kept.next(7)), [
    "after 1",
    "d 1",
    ...numbered("m", 5).map((m) => `${m} 1`),
  ]);
});

everyVariant("goes on in the middle of a large backlog", async (restarts) => {
  const { broker } = restarts;
  const bodies = numbered("body ", 3000);
  await broker.post("/topic/create?topic=t");
  for (const channel of ["fast", "slow"]) {
    await broker.post(`/channel/create?topic=t&channel=${channel}`);
  }
  for (let from = 0; from < bodies.length; from += 500) {
    await broker.post("/mpub?topic=t", bodies.slice(from, from + 500).join("\n"));
  }
  let left = new Set(bodies);
  for (let round = 1; round <= 3; round++) {
    await using fast = await restarts.tap("t", "fast", 1000);
    const came = await fast.next(1000);
    // Every tenth is left in flight.
    const finished = came.filter((_, index) => index % 10 !== 0);
    await fast.finish(finished);
    left = left.difference(new Set(finished.map(({ body }) => body)));
    await restarts.restart();
    assertEquals((await restarts.broker.channel("t", "fast")).depth, left.size);
  }
  await using fast = await restarts.tap("t", "fast", 2000);
  assertEquals(new Set((await fast.next(left.size)).map(({ body }) => body)), left);
  await using slow = await restarts.tap("t", "slow", 2000);
  const inOrder: string[] = [];
  for (let round = 0; round < 3; round++) {
    const came = await slow.next(1000);
    await slow.finish(came);
    inOrder.push(...came.map(({ body }) => body));
  }
  assertEquals(inOrder, bodies);
});

for (const durability of ["memory", "async", "fsync"]) {
  Deno.test(`A consumer that keeps up leaves no segment behind, durability ${durability}`, async () => {
    const flags = ["--mem-queue-size=0", "--max-bytes-per-file=4096", `--durability=${durability}`];
    await using restarts = await Restarts.begin(flags);
    const body = "x".repeat(200);
    {
      await using tap = await restarts.tap("t", "c", 100);
      for (let round = 0; round < 20; round++) {
        await publishBodies(restarts.port, "t", Array.from({ length: 50 }, () => body));
        await tap.finish(await tap.next(50));
      }
    }
    const folder = `${restarts.dataPath}/topics/t.topic`;
    const left = () => {
      const names = namesIn(folder);
      return names.filter((name) => !/^checkpoint(\.\d+\.tmp)?$/.test(name));
    };
    await until(() => left().length <= 2, () => `left before the restart are ${left().join(", ")}`);
    await restarts.restart();
    assertEquals((await restarts.broker.channel("t", "c")).depth, 0);
    await until(() => left().length <= 1, () => `left are ${left().join(", ")}`);
  });
}

/** In the durability `memory` there may never have been anything to write. */
function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
