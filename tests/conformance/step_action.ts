/**
 * The shape of an action: what plays one step of a case.
 *
 * Apart from the actions themselves, so that their files need not import the list they are in.
 */
import type { CaseRun } from "./case_run.ts";
import type { Json, StepName, StepOf } from "./vectors.ts";

/** Plays a step of that name in a case and gives its outcome; throws if the case makes no sense. */
export type StepAction<Name extends StepName> = (
  run: CaseRun,
  step: StepOf<Name>,
) => Json | Promise<Json>;
