// From figures and limits to one of the four words of monitoring, with the reasons. Pure.

import type { ClusterStats } from "../cluster/cluster_nodes.ts";
import { type CheckedQueue, nameOf, queuesOf, type Selection } from "./queues.ts";
import {
  isExceeded,
  MEASURE_NAMES,
  type MeasureName,
  MEASURES,
  type Thresholds,
} from "./thresholds.ts";

/** The words with their exit codes. The later in this list, the more it counts. */
export const STATES = { OK: 0, WARNING: 1, UNKNOWN: 3, CRITICAL: 2 } as const satisfies Record<
  string,
  number
>;

/** One of the words. */
export type State = keyof typeof STATES;

/** A reason why not all is well. */
export interface Problem {
  readonly state: Exclude<State, "OK">;
  readonly text: string;
}

/** The outcome. */
export interface Verdict {
  readonly state: State;
  /** Worst first. */
  readonly problems: readonly Problem[];
  readonly queues: readonly CheckedQueue[];
  readonly nsqdCount: number;
}

/** Judges what was said. A daemon that does not answer, or is not healthy, is CRITICAL whatever the limits. */
export function verdictOf(
  { nsqds, silent }: ClusterStats,
  selection: Selection,
  thresholds: Thresholds,
): Verdict {
  const queues = queuesOf(nsqds.values(), selection);
  const problems: Problem[] = [
    ...silent.map(({ address, reason }) => critical(`${address} does not answer: ${reason}`)),
    ...[...nsqds].filter(([, { health }]) => health !== "OK")
      .map(([address, { health }]) =>
        critical(`${address}: ${health || "says nothing of its health"}`)
      ),
    ...absences(nsqds.size, queues, selection),
    ...queues.flatMap((queue) => problemsOf(queue, thresholds)),
    ...agelessness(queues, thresholds),
  ];
  const order = Object.keys(STATES) as State[];
  const weight = ({ state }: { state: State }) => order.indexOf(state);
  problems.sort((one, other) => weight(other) - weight(one));
  return { state: problems[0]?.state ?? "OK", problems, queues, nsqdCount: nsqds.size };
}

function critical(text: string): Problem {
  return { state: "CRITICAL", text };
}

function absences(
  nsqdCount: number,
  queues: readonly CheckedQueue[],
  { topic, channel }: Selection,
): Problem[] {
  if (nsqdCount === 0) return [{ state: "UNKNOWN", text: "there is no nsqd to ask" }];
  if (topic === "" || queues.length > 0) return [];
  const what = channel === "" ? `topic ${topic}` : `channel ${topic}/${channel}`;
  return [{ state: "UNKNOWN", text: `there is no ${what}` }];
}

/** An age that was limited and that nobody tells must not read as fine. */
function agelessness(
  queues: readonly CheckedQueue[],
  { warning, critical }: Thresholds,
): Problem[] {
  const isLimited = warning.age !== undefined || critical.age !== undefined;
  const isTold = queues.some(({ age }) => age !== undefined) ||
    queues.every(({ depth, inFlight }) => depth + inFlight === 0);
  if (!isLimited || queues.length === 0 || isTold) return [];
  return [{ state: "UNKNOWN", text: "these nsqds do not tell the age of messages" }];
}

function problemsOf(queue: CheckedQueue, thresholds: Thresholds): Problem[] {
  return MEASURE_NAMES.flatMap((name) => {
    const value = MEASURES[name].value(queue);
    if (value === undefined) return [];
    for (const [severity, state] of [["critical", "CRITICAL"], ["warning", "WARNING"]] as const) {
      const limit = thresholds[severity][name];
      if (limit === undefined || !isExceeded(name, value, limit)) continue;
      return [{ state, text: `${nameOf(queue)}: ${excessText(name, value, limit)}` }];
    }
    return [];
  });
}

function excessText(name: MeasureName, value: number, limit: number): string {
  const { worse, unit } = MEASURES[name];
  const shown = (number: number) => `${Math.round(number * 10) / 10}${unit}`;
  return `${name.replace("_", " ")} ${shown(value)} is ${worse} ${shown(limit)}`;
}
