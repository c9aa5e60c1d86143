/**
 * The recorded cases that are not replayed, each with its reason.
 *
 * The one list of them: what is not here is replayed. A row that no longer matches a case, or that
 * has nothing left to say, fails a test and has to go.
 */
import type { Case } from "./vectors.ts";

/** Why cases are left out, in a sentence. */
export const REASONS = {
  weakness: "Upstream loses or forgets something here; we do better, and tests of our own show it.",
} as const satisfies Record<string, string>;

/** The key of a reason. */
export type Reason = keyof typeof REASONS;

/** A case's exact name, or the beginning of names followed by `*`. */
export type LeftOutRow = { readonly cases: string; readonly reason: Reason };

/** Everything left out. The first row that matches a case gives its reason. */
export const LEFT_OUT = [
  { cases: "disk.graceful.deferred_comes_at_once", reason: "weakness" },
  { cases: "disk.kill.memory_is_lost", reason: "weakness" },
  { cases: "disk.queue.no_meta_file", reason: "weakness" },
  { cases: "lookupd.http.star_finds_all", reason: "weakness" },
] as const satisfies readonly LeftOutRow[];

/**
 * Steps passed over in the cases that are replayed: they look into the files of upstream's disk
 * queue. What clients see before and after such a step is compared all the same.
 */
export const STEPS_PASSED_OVER: ReadonlySet<string> = new Set(["files", "queue"]);

/** The row that leaves the case out, or null if it is replayed. */
export function leftOutBy(recorded: Case): LeftOutRow | null {
  return LEFT_OUT.find((row) => matches(row, recorded.name)) ?? null;
}

/** How many cases are left out for each reason. */
export function leftOutCounts(cases: readonly Case[]): Map<Reason, number> {
  const counts = new Map<Reason, number>();
  for (const recorded of cases) {
    const reason = leftOutBy(recorded)?.reason;
    if (reason !== undefined) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return counts;
}

function matches(row: LeftOutRow, name: string): boolean {
  return row.cases.endsWith("*") ? name.startsWith(row.cases.slice(0, -1)) : name === row.cases;
}
