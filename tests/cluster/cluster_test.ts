/**
 * Three nsqd's and two nsqlookupds of ours under load while members are killed, frozen, drained and replaced: each
 * disturbance once, or again and again for CLUSTER_SECONDS. SOAK_SEED repeats the choices.
 */
import { printedSeed, Random, say } from "../soak/random.ts";
import { allKnown, type DisturbanceName, disturbances } from "./disturbances.ts";
import { TOPIC } from "./load.ts";
import { Members } from "./members.ts";
import { underLoad } from "./trial.ts";

const SECONDS = Number(Deno.env.get("CLUSTER_SECONDS") ?? 0);
const NAMES = Object.keys(disturbances) as DisturbanceName[];

function shuffled(random: Random): DisturbanceName[] {
  return NAMES.map((name) => ({ name, place: random.next() }))
    .toSorted((one, other) => one.place - other.place).map(({ name }) => name);
}

async function disturbed(members: Members, random: Random): Promise<number> {
  const endMs = performance.now() + SECONDS * 1000;
  let count = 0;
  do {
    for (const name of shuffled(random)) {
      if (SECONDS > 0) say(`cluster: ${name}`);
      await disturbances[name](members, random);
      count++;
      await allKnown(members, TOPIC);
    }
  } while (performance.now() < endMs);
  return count;
}

Deno.test("a cluster finishes all it acknowledged while members are killed, frozen and replaced", async () => {
  const random = new Random(printedSeed("cluster"));
  await using members = await Members.start();
  await underLoad("cluster", members, () => disturbed(members, random));
});
