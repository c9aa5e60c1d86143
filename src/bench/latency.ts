/**
 * The scenarios that measure how long a message is on its way at a fixed rate.
 */
import { type ClientTask, LATENCY_QUANTILES, type LatencyName } from "./client_task.ts";
import { withIdleConnections } from "./idle_memory.ts";
import {
  type Figure,
  type LoadOutcome,
  type Measurement,
  type Measuring,
  runLoad,
} from "./measurement.ts";
import { withTopic } from "./surroundings.ts";
import { addressOf, batchMax } from "./tasks.ts";
import { maximumRate } from "./throughput.ts";

const LATE_MS_NOTED = 0.5;
/** At high rates so many sends a second, each a batch: the sender must not be what is measured. */
const SENDS_PER_SECOND_MAX = 1000;
/** How long the maximum is looked for, at most. */
const MAXIMUM_SECONDS = 3;

/** Percentiles from due time to consumer, with a note where the sender itself was late. */
export async function latency(measuring: Measuring): Promise<Measurement> {
  const { settings } = measuring;
  // The first is consumed; in the others messages wait.
  const channels = Array.from({ length: settings.channels }, (_, index) => `bench${index}`);
  return await withTopic(
    measuring,
    channels,
    () => withIdleConnections(measuring, settings.connections - 2, () => probe(measuring)),
  );
}

/** The same at half of the rate that goes through the server with one connection in and one out. */
export async function latencyAtHalf(measuring: Measuring): Promise<Measurement> {
  const { settings, topic } = measuring;
  const seconds = Math.min(settings.seconds, MAXIMUM_SECONDS);
  const finding = {
    ...measuring,
    topic: `${topic}_max`,
    settings: { ...settings, connections: 1 },
  };
  const maximum = await maximumRate(finding, seconds);
  const rate = Math.max(Math.floor(maximum / 2), 1);
  const batch = Math.min(Math.ceil(rate / SENDS_PER_SECOND_MAX), batchMax(settings.size));
  const { figures, ...rest } = await latency({
    ...measuring,
    settings: { ...settings, rate, batch },
  });
  return { ...rest, figures: [{ name: "rate", unit: "/s", value: rate }, ...figures] };
}

/** Runs the latency client against the topic, which is there with its channel `bench0`. */
export async function probe(measuring: Measuring): Promise<Measurement> {
  const { settings } = measuring;
  const task: ClientTask = {
    ...addressOf(measuring),
    role: "latency",
    channel: "bench0",
    connections: 2,
    batch: Math.min(settings.batch, batchMax(settings.size)),
    rdy: settings.rdy,
    rate: settings.rate,
    seconds: settings.seconds,
  };
  const outcome = await runLoad(measuring, [task]);
  const { latencyMs, histogram } = outcome.results[0]?.result ?? {};
  if (latencyMs === undefined || histogram === undefined) {
    throw new Error("the latency client gave no percentiles");
  }
  const names = Object.keys(LATENCY_QUANTILES).filter((name): name is LatencyName =>
    Object.hasOwn(LATENCY_QUANTILES, name)
  );
  const figures = names.map((name): Figure => ({ name, unit: "ms", value: latencyMs[name] }));
  return { figures, histogram, notes: [...outcome.notes, ...lateNote(outcome)] };
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
