/**
 * The replayer as a command: `deno run -A tests/conformance/replay.ts [--only RE] [-v]`.
 *
 * Prints what differs and, last, how many cases passed. Its status is 1 if any failed. The
 * environment variable NSQD_BIN names another nsqd to judge than this repository's.
 */
import { parseArgs } from "node:util";
import { CasePool, JOBS_DEFAULT } from "./case_pool.ts";
import { leftOutBy, leftOutCounts, REASONS } from "./left_out.ts";
import { type CaseResult, describeResult } from "./replayer.ts";
import { loadCases } from "./vectors.ts";

/**
 * Replays what the arguments select and prints each line; gives how many cases failed. Throws if
 * an argument is unknown. `--left-out` plays just the cases that are left out otherwise.
 */
export async function replay(args: string[], print: (line: string) => void): Promise<number> {
  const options = readOptions(args);
  const selected = loadCases().filter(({ name }) => options.isSelected(name));
  const cases = selected.filter((recorded) => (leftOutBy(recorded) !== null) === options.leftOut);
  const pool = new CasePool(cases, options.jobs);
  let failedCount = 0;
  await pool.playAll((result) => {
    if (result.differences.length > 0) failedCount++;
    const line = describe(result, options.isVerbose);
    if (line !== "") print(line);
  });
  await pool.close();
  if (!options.leftOut) {
    for (const [reason, count] of leftOutCounts(selected)) {
      print(`left out: ${count} ${count === 1 ? "case" : "cases"}. ${REASONS[reason]}`);
    }
  }
  print(`${cases.length - failedCount} passed, ${failedCount} failed`);
  return failedCount;
}

function readOptions(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: "string", multiple: true, default: [] },
      jobs: { type: "string", default: `${JOBS_DEFAULT}` },
      "left-out": { type: "boolean", default: false },
      verbose: { type: "boolean", short: "v", default: false },
    },
  });
  const only = values.only.map((pattern) => new RegExp(pattern));
  return {
    isSelected: (name: string) => only.length === 0 || only.some((pattern) => pattern.test(name)),
    jobs: Math.max(1, Number(values.jobs) || JOBS_DEFAULT),
    leftOut: values["left-out"],
    isVerbose: values.verbose,
  };
}

function describe(result: CaseResult, isVerbose: boolean): string {
  if (result.differences.length > 0) return `FAILED ${describeResult(result, isVerbose)}`;
  return isVerbose ? `passed ${result.name} (${Math.round(result.tookMs)} ms)` : "";
}

if (import.meta.main) {
  const failedCount = await replay(Deno.args, (line) => {
    Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
  });
  Deno.exitCode = failedCount === 0 ? 0 : 1;
}
