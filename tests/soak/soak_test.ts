/**
 * The soak as a test: SOAK_SECONDS (10 when unset) of it, by the chances of SOAK_SEED (printed; another
 * one each time when unset), against NSQD_BIN or this checkout. Nothing in it depends on how fast the
 * machine is.
 */
import { assert, assertEquals } from "@std/assert";
import { BrokerProcess, inMib, type Memory } from "./broker_process.ts";
import { printedSeed, say } from "./random.ts";
import { soak } from "./soak.ts";

const seconds = Number(Deno.env.get("SOAK_SECONDS") || 10);

function textOf({ rssBytes, heapBytes }: Memory): string {
  return `${inMib(rssBytes)} resident, ${inMib(heapBytes)} heap`;
}

Deno.test(`soak loses nothing, counts right and gives memory back (${seconds} s)`, async () => {
  const flags = (Deno.env.get("SOAK_FLAGS") ?? "--durability=async").split(" ");
  await using broker = await BrokerProcess.start(flags);
  const seed = printedSeed("soak");
  const soaking = soak(broker, { seconds, seed, isTellingProgress: seconds > 60 });
  const result = await soaking.catch((cause) => {
    const log = broker.latestLines.slice(-20).join("\n");
    throw new Error(`The soak cannot go on. The broker's log ends so:\n${log}`, { cause });
  });
  const text = [...result.problems, ...broker.faults, ...broker.warnings].join("\n");
  assertEquals(result.problemCount, 0, `${result.problemCount} problems, the first:\n${text}`);
  assertEquals(broker.faults, []);
  assert(result.messages > 100 * seconds, `only ${result.messages} messages were published`);
  const { before, after, limit } = result;
  const memory = `${textOf(before)} before, ${textOf(after)} after ` +
    `${inMib(result.publishedBytes)} were published; the limit is ${textOf(limit)}`;
  if (seconds > 60) say(`soak: ${result.messages} messages; ${memory}`);
  assert(after.rssBytes <= limit.rssBytes, `resident memory stays: ${memory}`);
  assert(after.heapBytes <= limit.heapBytes, `heap memory stays: ${memory}`);
  assertEquals(await broker.stop(), 0);
});
