/** What a kill must not cost, told step by step: findings of the kill harness, each with the least that shows it. */
import { assertEquals } from "@std/assert";
import { Restarts } from "./restarts.ts";
import { publishBodies } from "./tap.ts";

Deno.test("A kill costs no message whose segment comes behind one that has journals only", async () => {
  // Every record has a segment of its own; those of journals take no number, so the next one is named above its messages.
  await using restarts = await Restarts.begin(["--max-bytes-per-file=64", "--mem-queue-size=0"]);
  {
    await using tap = await restarts.tap("t", "c", 10);
    await restarts.broker.post("/channel/create?topic=t&channel=other");
    for (const body of ["m0", "m1", "m2"]) {
      await publishBodies(restarts.port, "t", [body]);
      const came = await tap.next(1);
      await tap.requeue(came, 0);
      await tap.finish(await tap.next(1));
    }
    await publishBodies(restarts.port, "t", ["m3"]);
    await tap.requeue(await tap.next(1), 0);
    await tap.next(1);
  }
  for (let round = 0; round < 2; round++) {
    await restarts.killAndStart();
    assertEquals((await restarts.broker.channel("t", "c")).depth, 1);
    assertEquals((await restarts.broker.channel("t", "other")).depth, 4);
    await using tap = await restarts.tap("t", "c", 10);
    assertEquals((await tap.next(1)).map(({ body, attempts }) => [body, attempts]), [["m3", 2]]);
    await using other = await restarts.tap("t", "other", 10);
    assertEquals((await other.next(4)).map(({ body }) => body), ["m0", "m1", "m2", "m3"]);
  }
});

Deno.test("A kill in the middle of a topic's deletion leaves nothing of it after the next start", async () => {
  await using restarts = await Restarts.begin([]);
  await publishBodies(restarts.port, "t", ["m"]);
  await restarts.broker.post("/topic/delete?topic=t");
  await restarts.broker.kill();
  // As if the kill had come between the two steps.
  const folder = `${restarts.dataPath}/topics`;
  await Deno.mkdir(`${folder}/t.topic.1.removed`);
  await Deno.writeTextFile(`${folder}/t.topic.1.removed/0000000000000001.log`, "left over");
  await restarts.killAndStart();
  assertEquals(await restarts.broker.stats(), []);
  assertEquals([...Deno.readDirSync(folder)], []);
});

Deno.test("A kill right after OK loses nothing of PUB, MPUB, DPUB and REQ", async () => {
  await using restarts = await Restarts.begin(["--durability=async"]);
  await restarts.broker.post("/topic/create?topic=t");
  await restarts.broker.post("/channel/create?topic=t&channel=c");
  await publishBodies(restarts.port, "t", ["pub"]);
  await restarts.broker.post("/mpub?topic=t", "mpub 0\nmpub 1");
  await restarts.broker.post("/pub?topic=t&defer=60000", "dpub");
  {
    await using tap = await restarts.tap("t", "c", 1);
    await tap.requeue(await tap.next(1), 60_000);
  }
  await restarts.killAndStart();
  const { depth, deferred_count } = await restarts.broker.channel("t", "c");
  assertEquals({ depth, deferred_count }, { depth: 2, deferred_count: 2 });
});
