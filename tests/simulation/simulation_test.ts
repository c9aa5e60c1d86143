// Many lives of the queue, each from a seed. A failure prints its seed and what happened; `SIMULATION_SEED=<seed>` runs
// that one alone, `SIMULATION_SEEDS=<count>` more of them.

import { Simulation } from "./simulation.ts";

const SEEDS_QUICK = 1200;

function live(seed: number): void {
  const simulation = new Simulation(seed);
  try {
    simulation.run();
  } catch (error) {
    const story = simulation.story.join("\n  ");
    throw new Error(`seed ${seed}:\n  ${story}\n${error}`, { cause: error });
  }
}

function seeds(): number[] {
  const one = Deno.env.get("SIMULATION_SEED");
  if (one !== undefined) return [Number(one)];
  const count = Number(Deno.env.get("SIMULATION_SEEDS") ?? SEEDS_QUICK);
  return Array.from({ length: count }, (_, index) => index);
}

Deno.test("simulation: no message is lost, doubled, reordered or given to one who is not ready", () => {
  for (const seed of seeds()) live(seed);
});
