// Many machines, each from a seed, whose disk forgets, tears, refuses and fills up. A failure prints its seed and what
// happened; `STORAGE_SEED=<seed>` runs that one alone, `STORAGE_SEEDS=<count>` more of them.

import { StorageSimulation } from "./storage_simulation.ts";

const SEEDS_QUICK = 400;
async function live(seed: number): Promise<void> {
  const simulation = new StorageSimulation(seed);
  try {
    await simulation.run();
  } catch (error) {
    const story = simulation.story.join("\n  ");
    throw new Error(`seed ${seed}:\n  ${story}\n${error}`, { cause: error });
  }
}

function seeds(): number[] {
  const one = Deno.env.get("STORAGE_SEED");
  if (one !== undefined) return [Number(one)];
  const count = Number(Deno.env.get("STORAGE_SEEDS") ?? SEEDS_QUICK);
  return Array.from({ length: count }, (_, index) => index);
}

Deno.test("storage simulation: nothing acknowledged is lost, whatever the disk does", async () => {
  for (const seed of seeds()) await live(seed);
});
