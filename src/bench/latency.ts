/**
 * The scenario that measures how long a message is on its way at a fixed rate.
 */
import { type ClientTask, LATENCY_QUANTILES, type LatencyName } from "./client_task.ts";
import {
  type Figure,
  type LoadOutcome,
  type Measurement,
  type Measuring,
  runLoad,
  withTopic,
} from "./measurement.ts";
import { addressOf } from "./tasks.ts";

const LATE_MS_NOTED = 0.5;

/** Percentiles from due time to consumer, with a note where the sender itself was late. */
export async function latency(measuring: Measuring): Promise<Measurement> {
  const { settings } = measuring;
  return await withTopic(measuring, ["bench"], async () => {
    const task: ClientTask = {
      ...addressOf(measuring),
      role: "latency",
      channel: "bench",
      connections: 2,
      batch: settings.batch,
      rdy: settings.rdy,
      rate: settings.rate,
      seconds: settings.seconds,
    };
    const outcome = await runLoad(measuring, [task]);
    const latencyMs = outcome.results[0]?.result.latencyMs;
    if (latencyMs === undefined) throw new Error("the latency client gave no percentiles");
    const names = Object.keys(LATENCY_QUANTILES).filter((name): name is LatencyName =>
      Object.hasOwn(LATENCY_QUANTILES, name)
    );
    const figures = names.map((name): Figure => ({ name, unit: "ms", value: latencyMs[name] }));
    return { figures, notes: [...outcome.notes, ...lateNote(outcome)] };
  });
}

/** A note where sends left late: that lateness is part of the latency shown. */
function lateNote({ results }: LoadOutcome): string[] {
  const lateMs = results[0]?.result.lateMs ?? 0;
  if (lateMs < LATE_MS_NOTED) return [];
  return [
    `one send in a hundred left more than ${LATE_MS_NOTED} ms late, which counts as latency: ` +
    "this machine was busy, or the server let the sender wait",
  ];
}
