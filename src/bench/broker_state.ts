/**
 * The scenarios that measure what a server spends on what it holds: queued messages, idle topics, and
 * `/stats` over many of them.
 */
import { memoryFigures, NO_PROCESS_NOTE, settledMemoryBytes } from "./idle_memory.ts";
import { probe } from "./latency.ts";
import type { Figure, Measurement, Measuring } from "./measurement.ts";
import { median } from "./median.ts";
import { processCpuMs, processMemoryBytes } from "./process_figures.ts";
import { fill, withOtherTopics, withTopic } from "./surroundings.ts";
import { statsBytes, type Target } from "./target.ts";

/** How long a server may work on after its topics were created. */
const QUIET_SECONDS_MAX = 60;
/** Less processor time than this in a second is quiet. */
const QUIET_CPU_MS = 20;
/** A pause between two requests of `/stats`: dashboards ask less often. */
const STATS_PAUSE_MS = 250;

/** What a message that waits in a channel takes of the server's resident memory. */
export async function queuedMemory(measuring: Measuring): Promise<Measurement> {
  const { target, settings } = measuring;
  return await withTopic(measuring, ["bench"], async () => {
    const before = processMemoryBytes(target.pid);
    const count = await fill(measuring, "bench", settings.messages);
    const after = await settledMemoryBytes(measuring);
    if (before === null || after === null) return { figures: [], notes: [NO_PROCESS_NOTE] };
    const each: Figure = { name: "memory per message", unit: "B", value: (after - before) / count };
    return { figures: [each, ...memoryFigures(before, after)], notes: [] };
  });
}

/** Processor time and memory of a server whose topics are idle. */
export async function idleTopics(measuring: Measuring): Promise<Measurement> {
  const { target, settings } = measuring;
  const before = processMemoryBytes(target.pid);
  const startedMs = performance.now();
  return await withOtherTopics(measuring, async () => {
    const seconds = (performance.now() - startedMs) / 1000;
    const created: Figure = { name: "time to create", unit: "s", value: seconds };
    if (before === null) return { figures: [created], notes: [NO_PROCESS_NOTE] };
    const isQuiet = await becameQuiet(target);
    const busy = await busyShare(target, settings.seconds * 1000);
    const after = processMemoryBytes(target.pid) ?? NaN;
    const cpu: Figure = { name: "CPU while idle", unit: "%", value: busy * 100 };
    const notes = isQuiet ? [] : [`it was still busy ${QUIET_SECONDS_MAX} s after the last topic`];
    return { figures: [cpu, ...memoryFigures(before, after), created], notes };
  });
}

/** How long `/stats` takes with many topics, and the latency of messages meanwhile. */
export async function statsMeanwhile(measuring: Measuring): Promise<Measurement> {
  const { target } = measuring;
  return await withTopic(measuring, ["bench0"], async () => {
    await becameQuiet(target);
    const asking = { isOver: false };
    const asked = askForStats(target, asking);
    try {
      const { figures, ...rest } = await probe(measuring);
      asking.isOver = true;
      const { timesMs, bytes } = await asked;
      const own: Figure[] = [
        { name: "/stats", unit: "ms", value: median(timesMs) },
        { name: "/stats slowest", unit: "ms", value: Math.max(...timesMs) },
        { name: "/stats size", unit: "MB", value: bytes / 1e6 },
      ];
      return { ...rest, figures: [...own, ...figures] };
    } finally {
      asking.isOver = true;
      await asked.catch(() => {});
    }
  });
}

async function askForStats(
  target: Target,
  asking: { readonly isOver: boolean },
): Promise<{ timesMs: number[]; bytes: number }> {
  const timesMs: number[] = [];
  let bytes = 0;
  while (!asking.isOver) {
    const startedMs = performance.now();
    bytes = await statsBytes(target);
    timesMs.push(performance.now() - startedMs);
    await new Promise((resolve) => setTimeout(resolve, STATS_PAUSE_MS));
  }
  return { timesMs, bytes };
}

/** Waits for a second in which the server did next to nothing; false where none came. */
async function becameQuiet(target: Target): Promise<boolean> {
  if (target.pid === null) return true;
  for (let second = 0; second < QUIET_SECONDS_MAX; second++) {
    if (await busyShare(target, 1000) * 1000 <= QUIET_CPU_MS) return true;
  }
  return false;
}

/** The share of a core that the server used during a pause; NaN where it cannot be known. */
async function busyShare({ pid }: Target, pauseMs: number): Promise<number> {
  const [cpuBefore, startedMs] = [processCpuMs(pid) ?? NaN, performance.now()];
  await new Promise((resolve) => setTimeout(resolve, pauseMs));
  return ((processCpuMs(pid) ?? NaN) - cpuBefore) / (performance.now() - startedMs);
}
