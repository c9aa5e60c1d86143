/**
 * Records the conversations of `nsqadmin_cases.ts` with upstream's programs:
 * `NSQ_PEER_BIN=<folder with nsqd, nsqlookupd, nsqadmin> deno run -A scripts/record_nsqadmin.ts`.
 *
 * What they say becomes what is expected; nothing else is changed.
 */
import { CaseRun } from "../tests/conformance/case_run.ts";
import {
  NSQADMIN_CASES,
  type UnrecordedCase,
  type UnrecordedStep,
} from "../tests/conformance/nsqadmin_cases.ts";
import { playStep } from "../tests/conformance/step_actions.ts";
import type { Case, RecordedStep } from "../tests/conformance/vectors.ts";

async function record({ name, steps }: UnrecordedCase): Promise<Case> {
  const run = new CaseRun(null);
  const recorded: RecordedStep[] = [];
  try {
    for (const step of [...steps, { op: "alive" } satisfies UnrecordedStep]) {
      const expect = await playStep(run, { ...step, expect: null });
      recorded.push({ ...step, expect });
    }
  } finally {
    await run.end();
  }
  return { name, about: "", tags: [], steps: recorded };
}

if (import.meta.main) {
  const peers = Deno.env.get("NSQ_PEER_BIN");
  if (peers === undefined) {
    throw new Error("NSQ_PEER_BIN must name the folder of upstream's programs.");
  }
  const cases: Case[] = [];
  for (const unrecorded of NSQADMIN_CASES) cases.push(await record(unrecorded));
  const recordedWith = JSON.stringify("upstream's nsqadmin, nsqd and nsqlookupd 1.3");
  const lines = cases.map((one) => JSON.stringify(one)).join(",\n");
  const document = `{"format":1,"recorded_with":${recordedWith},"cases":[\n${lines}\n]}\n`;
  const url = new URL("../tests/conformance/nsqadmin-vectors.json", import.meta.url);
  Deno.writeTextFileSync(url, document);
}
