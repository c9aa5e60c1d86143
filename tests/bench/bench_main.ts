// Runs `bench` by itself, without mod.ts: the load clients are started again through this file too.
import { runBench } from "../../src/tools/bench.ts";

const words = Deno.args[0] === "bench" ? Deno.args.slice(1) : Deno.args;
Deno.exit(await runBench(words));
