/**
 * One measurement: start the clients, let them go together, take what they counted and what the server
 * spent. Scenarios are made of these.
 * Invariant: the server's processor time is read while no client is connecting.
 */
import type { ClientResult, ClientTask, Layers } from "./client_task.ts";
import { type LoadProcess, type SelfCommand, startLoadProcess } from "./load_process.ts";
import { processCpuMs } from "./process_figures.ts";
import type { Settings } from "./settings.ts";
import type { Target } from "./target.ts";

/** How a figure is to be read. */
export type Unit = "/s" | "µs" | "ms" | "MB" | "B" | "s" | "%";

/** One number of a scenario. */
export interface Figure {
  readonly name: string;
  readonly unit: Unit;
  readonly value: number;
}

/** What one round of a scenario on one server gave. */
export interface Measurement {
  readonly figures: readonly Figure[];
  /** Sentences for the reader, such as that the clients were the limit. */
  readonly notes: readonly string[];
  /** How many messages took how long, by `HISTOGRAM_LIMITS_MS`. */
  readonly histogram?: readonly number[];
}

/** What a scenario is given: the server, a topic of its own, the settings, how to start clients. */
export interface Measuring {
  readonly target: Target;
  readonly topic: string;
  readonly settings: Settings;
  readonly layers: Layers;
  readonly self: SelfCommand;
}

/** What a load came to. */
export interface LoadOutcome {
  readonly results: readonly { readonly role: ClientTask["role"]; readonly result: ClientResult }[];
  /** From the first start to the last end. */
  readonly seconds: number;
  /** The server's processor time meanwhile, where it can be known. */
  readonly serverCpuMs: number | null;
  readonly notes: readonly string[];
}

/** A client with this share of a core or more is likelier the limit than the server. */
const BUSY_SHARE = 0.9;

/** Runs all tasks together, to their ends. */
export async function runLoad(
  { self, target }: Measuring,
  tasks: readonly ClientTask[],
): Promise<LoadOutcome> {
  const processes: LoadProcess[] = [];
  try {
    for (const task of tasks) processes.push(await startLoadProcess(self, task));
    const cpuBefore = processCpuMs(target.pid);
    const results = await Promise.all(processes.map(async (process) => {
      return { role: process.role, result: await process.result() };
    }));
    const cpuAfter = processCpuMs(target.pid);
    const startMs = Math.min(...results.map(({ result }) => result.startedAtMs));
    const endMs = Math.max(...results.map(({ result }) => result.endedAtMs));
    return {
      results,
      seconds: (endMs - startMs) / 1000,
      serverCpuMs: cpuBefore === null || cpuAfter === null ? null : cpuAfter - cpuBefore,
      notes: results.flatMap(({ role, result }) => busyNote(role, result)),
    };
  } finally {
    await Promise.all(processes.map((process) => process.stop()));
  }
}

/** Messages counted by the clients of `role`. */
export function messagesOf(outcome: LoadOutcome, role: ClientTask["role"]): number {
  return outcome.results.filter((row) => row.role === role)
    .reduce((sum, row) => sum + row.result.messages, 0);
}

/** Messages a second and, where known, the server's processor time for each. */
export function rateFigures(outcome: LoadOutcome, messages: number): Figure[] {
  const rate: Figure = { name: "messages", unit: "/s", value: messages / outcome.seconds };
  return [rate, ...cpuFigures(outcome, messages)];
}

/** The server's processor time for each message, where known. */
export function cpuFigures(outcome: LoadOutcome, messages: number): Figure[] {
  if (outcome.serverCpuMs === null) return [];
  const value = outcome.serverCpuMs * 1000 / messages;
  return [{ name: "server CPU per message", unit: "µs", value }];
}

function busyNote(role: string, result: ClientResult): string[] {
  const share = result.cpuMs / (result.endedAtMs - result.startedAtMs);
  if (share < BUSY_SHARE) return [];
  return [`a load client (${role}) used a whole core: the server may be faster than this says`];
}
