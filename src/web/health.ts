// Health as JSON for those who start, stop and balance processes: what was looked at, and why it is not well.

import { jsonReply } from "./replies.ts";

/** A process that stands still for so long serves nobody. */
const STUCK_MS = 10_000;

/** One thing that was looked at. */
export interface HealthCheck {
  readonly name: string;
  /** What is wrong, for people; undefined when nothing is. */
  readonly reason: string | undefined;
}

/** 200 when nothing is wrong, else 503. */
export function healthReply(checks: readonly HealthCheck[]): Response {
  const isWell = checks.every(({ reason }) => reason === undefined);
  return jsonReply({
    status: isWell ? "ok" : "failing",
    checks: checks.map(({ name, reason }) => ({
      name,
      ok: reason === undefined,
      reason: reason ?? "",
    })),
  }, isWell ? 200 : 503);
}

/** A check that fails when the event loop was held up for too long within the last minute. */
export function loopCheck({ worstMs }: { readonly worstMs: number }): HealthCheck {
  const isStuck = worstMs >= STUCK_MS;
  const seconds = (worstMs / 1000).toFixed(1);
  return {
    name: "event_loop",
    reason: isStuck ? `it stood still for ${seconds} s within the last minute` : undefined,
  };
}
