/**
 * Plays a recorded case and reports where the daemon answered otherwise than upstream did.
 *
 * Knows no step by itself. Whatever happens, nothing the case started stays behind.
 */
import { CaseRun } from "./case_run.ts";
import type { Daemon } from "./daemon.ts";
import { STEPS_PASSED_OVER } from "./left_out.ts";
import { paceOf, stepAtPace } from "./pace.ts";
import { differingPath } from "./same_json.ts";
import { playStep } from "./step_actions.ts";
import type { Case, Json, RecordedStep } from "./vectors.ts";

const DIFFERENCES_MAX = 4;
const SHOWN_CHARACTERS_MAX = 700;
const OUTPUT_LINES_SHOWN = 4;

/** A step whose outcome was not the expected one; steps are numbered from 1. */
export type Difference = {
  readonly stepNumber: number;
  readonly step: RecordedStep;
  readonly got: Json;
};

/** How a case went; it has passed if there are no differences. */
export type CaseResult = {
  readonly name: string;
  readonly differences: readonly Difference[];
  readonly tookMs: number;
  /** What the daemons printed, for people who look for the cause. */
  readonly daemonOutput: string;
};

/** Plays all steps, with the shared daemon if one is given; stops when going on makes no sense. */
export async function replayCase(
  recorded: Case,
  shared: Daemon | null = null,
): Promise<CaseResult> {
  const startedMs = performance.now();
  const pace = paceOf(recorded);
  const run = new CaseRun(shared, pace);
  const differences: Difference[] = [];
  try {
    for (const [index, recordedStep] of recorded.steps.entries()) {
      if (STEPS_PASSED_OVER.has(recordedStep.op)) continue;
      const step = stepAtPace(recordedStep, pace);
      const got = await outcomeOf(run, step);
      if (differingPath(step.expect, got) === null) continue;
      differences.push({ stepNumber: index + 1, step, got });
      if (isHopeless(got) || differences.length >= DIFFERENCES_MAX) break;
    }
  } finally {
    await run.end();
  }
  const daemonOutput = [...run.daemons.values()].map((daemon) => daemon.output).join("");
  return { name: recorded.name, differences, tookMs: performance.now() - startedMs, daemonOutput };
}

async function outcomeOf(run: CaseRun, step: RecordedStep): Promise<Json> {
  try {
    return await playStep(run, step);
  } catch (error) {
    return { failed: error instanceof Error ? `${error.name}: ${error.message}` : `${error}` };
  }
}

/** After these the daemon and the case are no longer in step, and more differences tell nothing. */
function isHopeless(got: Json): boolean {
  if (typeof got === "string") return ["timeout", "closed", "open", "not ready"].includes(got);
  return got !== null && typeof got === "object" && !Array.isArray(got) &&
    ("failed" in got || "exit" in got || "last" in got);
}

/** The differences of a failed case as lines for people. */
export function describeResult(result: CaseResult, isVerbose = false): string {
  const shown = isVerbose ? Infinity : SHOWN_CHARACTERS_MAX;
  const lines = result.differences.flatMap(({ stepNumber, step, got }) => {
    const { op, expect, ...inputs } = step;
    const path = differingPath(expect, got);
    return [
      `${result.name}, step ${stepNumber}: ${op} ${clipped(inputs, shown)}`,
      `  expected ${clipped(expect, shown)}`,
      `  got      ${clipped(got, shown)}`,
      ...(path ? [`  first difference at ${path}`] : []),
    ];
  });
  const output = result.daemonOutput.trimEnd().split("\n").filter((line) => line !== "");
  const kept = isVerbose ? output : output.slice(-OUTPUT_LINES_SHOWN);
  return [...lines, ...kept.map((line) => `  | ${line}`)].join("\n");
}

function clipped(value: unknown, charactersMax: number): string {
  const text = JSON.stringify(value);
  return text.length > charactersMax ? `${text.slice(0, charactersMax)}...` : text;
}
