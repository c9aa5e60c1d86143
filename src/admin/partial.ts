// Answers gathered from several daemons, of which some may have failed. As long as one answered there is a value, and the
// failures are told beside it. Invariant: the order of failures is that of the daemons asked.

import { errorOf } from "../base/system_error.ts";

/** A value, and what failed on the way to it. */
export interface Partial<Value> {
  readonly value: Value;
  readonly errors: readonly Error[];
}

/** Nobody answered. */
export class AllFailed extends Error {
  override readonly name = "AllFailed";
}

/** The daemons that answered, with their answers, and the errors of the others. */
export interface Answers<Daemon, Answer> {
  readonly answers: readonly { readonly from: Daemon; readonly answer: Answer }[];
  readonly errors: readonly Error[];
}

/** Asks all of them at once. Never rejects. */
export async function askAll<Daemon, Answer>(
  daemons: readonly Daemon[],
  ask: (daemon: Daemon) => Promise<Answer>,
): Promise<Answers<Daemon, Answer>> {
  const settled = await Promise.allSettled(daemons.map(async (from) => ({
    from,
    answer: await ask(from),
  })));
  return {
    answers: settled.flatMap((one) => one.status === "fulfilled" ? [one.value] : []),
    errors: settled.flatMap((one) => one.status === "rejected" ? [errorOf(one.reason)] : []),
  };
}

/**
 * Throws AllFailed when there is no answer, for `kind` of daemon. As in upstream that is also so when there was nobody to
 * ask: the text then ends after the colon.
 */
export function requireOne(
  kind: "nsqd" | "nsqlookupd",
  { answers, errors }: Answers<unknown, unknown>,
): void {
  if (answers.length > 0) return;
  throw new AllFailed(`failed to query any ${kind}: ${joined(errors)}`);
}

/** The texts of errors, one a line. */
export function joined(errors: readonly Error[]): string {
  return errors.map(({ message }) => message).join("\n");
}
