/**
 * Upstream's recorded conversations, replayed against our nsqd: a test for each case.
 *
 * Takes most of the quick tests' time; `--ignore=tests/conformance` leaves it out. The daemons of
 * coming cases are started ahead, so a test's own duration says little.
 */
import { CasePool } from "./case_pool.ts";
import { leftOutBy } from "./left_out.ts";
import { describeResult } from "./replayer.ts";
import { loadCases } from "./vectors.ts";

const cases = loadCases().filter((recorded) => leftOutBy(recorded) === null);
const pool = new CasePool(cases);

for (const [index, recorded] of cases.entries()) {
  Deno.test({
    name: `nsqd answers as recorded: ${recorded.name}`,
    // Other cases begin and end while this one is awaited.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      const result = await pool.result(index);
      if (result.differences.length > 0) throw new Error(describeResult(result));
    },
  });
}

Deno.test.afterAll(() => pool.close());
