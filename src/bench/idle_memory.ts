/**
 * The scenario that measures what idle subscribed connections cost a server in memory, and such
 * connections beside other scenarios.
 */
import { type LoadProcess, startLoadProcess } from "./load_process.ts";
import type { Figure, Measurement, Measuring } from "./measurement.ts";
import { processMemoryBytes } from "./process_figures.ts";
import { withTopic } from "./surroundings.ts";
import { createTopic, deleteTopic } from "./target.ts";
import { addressOf, split } from "./tasks.ts";

/** Time for a garbage collection after a burst of work, before memory is read. */
const SETTLE_MS = 2000;

/** Said where a server's process is not known. */
export const NO_PROCESS_NOTE =
  "processor time and memory are not known: name its process (--target-pid, --peer-pid)";

/** The growth of the server's resident memory, and how long opening took. */
export async function idleConnections(measuring: Measuring): Promise<Measurement> {
  const { target, settings } = measuring;
  return await withTopic(measuring, ["bench"], async () => {
    const before = processMemoryBytes(target.pid);
    const startedMs = performance.now();
    const processes = await openedIdle(measuring, settings.connections);
    const seconds = (performance.now() - startedMs) / 1000;
    const after = await settledMemoryBytes(measuring);
    await Promise.all(processes.map((process) => process.result()));
    const opened: Figure = { name: "time to open", unit: "s", value: seconds };
    if (before === null || after === null) return { figures: [opened], notes: [NO_PROCESS_NOTE] };
    return { figures: [...memoryFigures(before, after), opened], notes: [] };
  });
}

/** Resident memory of the server after a pause, in bytes; null where it cannot be known. */
export async function settledMemoryBytes({ target }: Measuring): Promise<number | null> {
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  return processMemoryBytes(target.pid);
}

/** What memory grew by, and what it came to. */
export function memoryFigures(beforeBytes: number, afterBytes: number): Figure[] {
  return [
    { name: "memory growth", unit: "MB", value: (afterBytes - beforeBytes) / 1e6 },
    { name: "memory in all", unit: "MB", value: afterBytes / 1e6 },
  ];
}

/** Measures while `count` connections more are subscribed to a topic of their own and get nothing. */
export async function withIdleConnections(
  measuring: Measuring,
  count: number,
  measure: () => Promise<Measurement>,
): Promise<Measurement> {
  if (count <= 0) return await measure();
  const { target } = measuring;
  const idle = { ...measuring, topic: `${measuring.topic}_idle` };
  await createTopic(target, idle.topic, ["bench"]);
  try {
    const processes = await openedIdle(idle, count);
    try {
      return await measure();
    } finally {
      await Promise.all(processes.map((process) => process.stop()));
    }
  } finally {
    await deleteTopic(target, idle.topic);
  }
}

async function openedIdle(measuring: Measuring, count: number): Promise<LoadProcess[]> {
  const task = { ...addressOf(measuring), role: "idle", channel: "bench" } as const;
  const starting = split(count, measuring.settings)
    .map((connections) => startLoadProcess(measuring.self, { ...task, connections }));
  const ended = await Promise.allSettled(starting);
  const processes = ended.flatMap((end) => end.status === "fulfilled" ? [end.value] : []);
  const failed = ended.find((end) => end.status === "rejected");
  if (failed === undefined) return processes;
  await Promise.all(processes.map((process) => process.stop()));
  throw failed.reason;
}
