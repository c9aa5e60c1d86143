// What doctor has to say: how bad it is, what it is about, and what to do. Knows no particular finding.

/** From worst to mildest, with the exit code of the program when it is the worst that was found. */
export const SEVERITIES = {
  error: 2,
  warning: 1,
  note: 0,
} as const satisfies Record<string, number>;

/** How bad something is. */
export type Severity = keyof typeof SEVERITIES;

/** Something a person should know. */
export interface Finding {
  readonly severity: Severity;
  /** The same for findings of the same kind, for scripts. */
  readonly code: string;
  /** What it is about, such as `nsqd 10.0.0.1:4151` or `orders/billing on 10.0.0.1:4151`. */
  readonly subject: string;
  /** What is the matter, in a sentence without a full stop. */
  readonly text: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** The exit code for findings. */
export function exitCodeOf(findings: readonly Finding[]): number {
  return Math.max(0, ...findings.map(({ severity }) => SEVERITIES[severity]));
}

/** From worst to mildest, otherwise in the order in which they were found. */
export function worstFirst(findings: readonly Finding[]): Finding[] {
  return findings.toSorted((one, other) => SEVERITIES[other.severity] - SEVERITIES[one.severity]);
}
