/**
 * The scenarios that count messages a second: how each is set up, measured once and cleared away.
 * Invariant: only messages that the server acknowledged, or whose FIN it took, are counted.
 */
import type { ClientTask } from "./client_task.ts";
import {
  cpuFigures,
  type Figure,
  type Measurement,
  type Measuring,
  messagesOf,
  rateFigures,
  runLoad,
  withTopic,
} from "./measurement.ts";
import { channelReaches } from "./target.ts";
import { addressOf, consumeTasks, publishTasks, split } from "./tasks.ts";

const PREFILL_SECONDS_MAX = 120;
const DRAIN_SECONDS_MAX = 10;

/** PUBs or MPUBs into a topic without channels. */
export async function publishing(measuring: Measuring): Promise<Measurement> {
  return await withTopic(measuring, [], async () => {
    const { seconds } = measuring.settings;
    const outcome = await runLoad(measuring, publishTasks(measuring, { seconds, messages: 0 }));
    const figures = rateFigures(outcome, messagesOf(outcome, "publish"));
    return { figures, notes: outcome.notes };
  });
}

/** Fills a channel, then consumes and finishes all of it; only the latter is measured. */
export async function consuming(measuring: Measuring): Promise<Measurement> {
  const { topic, target, settings } = measuring;
  return await withTopic(measuring, ["bench"], async () => {
    const filling = { ...measuring, settings: { ...settings, batch: 200, connections: 2 } };
    const filled = await runLoad(
      filling,
      publishTasks(filling, { seconds: 0, messages: settings.messages }),
    );
    const count = messagesOf(filled, "publish");
    const place = { target, topic, channel: "bench" };
    await channelReaches(place, ({ depth }) => depth >= count, PREFILL_SECONDS_MAX);
    const outcome = await runLoad(measuring, consumeTasks(measuring, ["bench"], 0));
    // What counts is that the server took every FIN, not that it sent every message.
    const isEmpty = (state: { depth: number; inFlight: number }) =>
      state.depth === 0 && state.inFlight === 0;
    await channelReaches(place, isEmpty, DRAIN_SECONDS_MAX);
    return {
      figures: rateFigures(outcome, messagesOf(outcome, "consume")),
      notes: outcome.notes,
    };
  });
}

/** Publishers and consumers at the same time. */
export async function publishingAndConsuming(measuring: Measuring): Promise<Measurement> {
  const { channels: count, seconds } = measuring.settings;
  const channels = Array.from({ length: count }, (_, index) => `bench${index}`);
  return await withTopic(measuring, channels, async () => {
    const outcome = await runLoad(measuring, [
      ...consumeTasks(measuring, channels, seconds),
      ...publishTasks(measuring, { seconds, messages: 0 }),
    ]);
    const [into, out] = [messagesOf(outcome, "publish"), messagesOf(outcome, "consume")];
    const figures: Figure[] = [
      { name: "messages in", unit: "/s", value: into / outcome.seconds },
      { name: "messages out", unit: "/s", value: out / outcome.seconds },
      ...cpuFigures(outcome, into + out),
    ];
    return { figures, notes: outcome.notes };
  });
}

/** `POST /pub` over keep-alive connections. */
export async function httpPublishing(measuring: Measuring): Promise<Measurement> {
  const { target, settings } = measuring;
  return await withTopic(measuring, [], async () => {
    const base = { ...addressOf(measuring), port: target.httpPort, seconds: settings.seconds };
    const tasks = split(settings.connections, settings)
      .map((connections): ClientTask => ({ ...base, role: "http", connections }));
    const outcome = await runLoad(measuring, tasks);
    return { figures: rateFigures(outcome, messagesOf(outcome, "http")), notes: outcome.notes };
  });
}
