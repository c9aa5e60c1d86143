/**
 * `kill -9` under load, KILL_ROUNDS times for each durability (default 3), repeatable in its choices by SOAK_SEED.
 * KILL_KEEP=1 leaves the data path of a failure for a closer look.
 */
import { assertEquals } from "@std/assert";
import { printedSeed, say } from "../soak/random.ts";
import { killRun } from "./kill_run.ts";

const rounds = Number(Deno.env.get("KILL_ROUNDS") || 3);

for (const durability of ["async", "fsync"]) {
  Deno.test(`A broker that is killed under load in durability ${durability} loses nothing`, async () => {
    const seed = printedSeed(`kill -9, ${durability}`);
    const dataPath = await Deno.makeTempDir({ prefix: "nsqd-kill-" });
    const flags = [
      `--durability=${durability}`,
      "--max-bytes-per-file=65536",
      "--mem-queue-size=500",
      "--max-rdy-count=1000000",
      "--min-free-space=0",
    ];
    let isLeft = Deno.env.get("KILL_KEEP") === "1";
    try {
      const problems = await killRun({ dataPath, flags, seed, rounds });
      assertEquals(problems, []);
      isLeft = false;
    } finally {
      if (isLeft) say(`the data path is ${dataPath}`);
      else await Deno.remove(dataPath, { recursive: true });
    }
  });
}
