/**
 * Hostile clients: whatever they do, the broker lives, serves others, and its memory stays in bounds. No
 * times are asserted; the bystander must only get on during and after each attack.
 */
import { assert, assertEquals } from "@std/assert";
import { BrokerProcess, inMib } from "./broker_process.ts";
import { Bystander } from "./bystander.ts";
import * as attacks from "./hostile_attacks.ts";
import { printedSeed, Random } from "./random.ts";
import { RssWatch } from "./rss_watch.ts";

const MIB = 1024 * 1024;
/** What an attack may cost at any moment: buffers of its connections, and garbage V8 has not collected. */
const GROWTH_BYTES_MAX = 128 * MIB;
/** A client whose replies nobody reads is not read from; what the kernel's buffers hold is taken anyway. */
const UNREAD_BYTES_MAX = 64 * MIB;

Deno.test("broker lives, serves others and keeps its memory under hostile clients", async (test) => {
  const random = new Random(printedSeed("hostile"));
  await using broker = await BrokerProcess.start();
  await using bystander = await Bystander.start(broker.tcpPort);
  const withstands = (name: string, attack: attacks.Attack, growthMax = GROWTH_BYTES_MAX) =>
    test.step(`broker withstands ${name}`, async () => {
      using watch = new RssWatch(broker);
      const [taken] = await Promise.all([attack({ broker, random }), bystander.more(3)]);
      await bystander.more(10);
      assertEquals(await broker.get("/ping"), "OK");
      assertEquals(broker.faults, []);
      watch.expectBelow(growthMax);
      if (taken) assert(taken < UNREAD_BYTES_MAX, `it took ${inMib(taken)} with replies unread`);
    });
  await withstands("garbage", attacks.garbage);
  await withstands("lines and bodies that are too long", attacks.oversized);
  await withstands("half-open connections", attacks.halfOpen);
  const backlog = attacks.BACKLOG_BYTES + GROWTH_BYTES_MAX;
  await withstands("slow readers of a large backlog", attacks.slowReaders, backlog);
  await withstands("readers who never answer", attacks.silentReaders, backlog);
  await withstands("floods whose replies nobody reads", attacks.floods);
  await withstands("floods over HTTP whose answers nobody reads", attacks.httpFloods);
  await withstands("storms of connections", attacks.storms);
});
