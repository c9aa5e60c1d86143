/**
 * The scenario that measures what idle subscribed connections cost a server in memory.
 */
import { startLoadProcess } from "./load_process.ts";
import { type Figure, type Measurement, type Measuring, withTopic } from "./measurement.ts";
import { processMemoryBytes } from "./process_figures.ts";
import { addressOf, split } from "./tasks.ts";

/** Time for a garbage collection after a burst of connects, before memory is read. */
const SETTLE_MS = 2000;

/** The growth of the server's resident memory, and how long opening took. */
export async function idleConnections(measuring: Measuring): Promise<Measurement> {
  const { target, settings, self } = measuring;
  return await withTopic(measuring, ["bench"], async () => {
    const before = processMemoryBytes(target.pid);
    const task = { ...addressOf(measuring), role: "idle", channel: "bench" } as const;
    const startedMs = performance.now();
    const processes = await Promise.all(
      split(settings.connections, settings).map((connections) =>
        startLoadProcess(self, { ...task, connections })
      ),
    );
    const seconds = (performance.now() - startedMs) / 1000;
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const after = processMemoryBytes(target.pid);
    await Promise.all(processes.map((process) => process.result()));
    const opened: Figure = { name: "time to open", unit: "s", value: seconds };
    if (before === null || after === null) {
      return {
        figures: [opened],
        notes: ["memory is not known: name its process (--target-pid, --peer-pid)"],
      };
    }
    const grown: Figure = { name: "memory growth", unit: "MB", value: (after - before) / 1e6 };
    const total: Figure = { name: "memory in all", unit: "MB", value: after / 1e6 };
    return { figures: [grown, total, opened], notes: [] };
  });
}
