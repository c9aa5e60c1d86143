/**
 * Upstream's recorded conversations, replayed against our nsqd: a test for each case.
 *
 * Takes most of the quick tests' time; `--ignore=tests/conformance` leaves it out. The daemons of
 * coming cases are started ahead, so a test's own duration says little.
 */
import { say } from "../soak/random.ts";
import { CasePool } from "./case_pool.ts";
import { leftOutBy } from "./left_out.ts";
import { type CaseResult, describeResult, replayCase } from "./replayer.ts";
import { type Case, loadCases } from "./vectors.ts";

const cases = loadCases().filter((recorded) => leftOutBy(recorded) === null);
const pool = new CasePool(cases);

for (const [index, recorded] of cases.entries()) {
  Deno.test({
    name: `nsqd answers as recorded: ${recorded.name}`,
    // Other cases begin and end while this one is awaited.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      const result = await unhurried(recorded, await pool.result(index));
      if (result.differences.length > 0) throw new Error(describeResult(result));
    },
  });
}

/**
 * Conversations were recorded at the pace of an idle machine. One that went differently while this one was busy with others is
 * played again, with a daemon of its own, and both results are shown.
 */
async function unhurried(recorded: Case, first: CaseResult): Promise<CaseResult> {
  if (first.differences.length === 0) return first;
  say(`played again: ${describeResult(first)}`);
  return await replayCase(recorded, null);
}

Deno.test.afterAll(() => pool.close());
