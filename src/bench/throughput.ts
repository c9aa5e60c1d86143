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
} from "./measurement.ts";
import { fill, withTopic } from "./surroundings.ts";
import { channelReaches } from "./target.ts";
import { addressOf, consumeTasks, publishedMax, publishTasks, split } from "./tasks.ts";

const DRAIN_SECONDS_MAX = 10;

/** PUBs or MPUBs into a topic without channels. */
export async function publishing(measuring: Measuring): Promise<Measurement> {
  return await withTopic(measuring, [], async () => {
    const { seconds, size } = measuring.settings;
    const limit = { seconds, messages: publishedMax(size) };
    const outcome = await runLoad(measuring, publishTasks(measuring, limit));
    const figures = rateFigures(outcome, messagesOf(outcome, "publish"));
    return { figures, notes: outcome.notes };
  });
}

/** Fills a channel, then consumes and finishes all of it; only the latter is measured. */
export async function consuming(measuring: Measuring): Promise<Measurement> {
  const { topic, target, settings } = measuring;
  return await withTopic(measuring, ["bench"], async () => {
    const place = { target, topic, channel: "bench" };
    await fill(measuring, place.channel, settings.messages);
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
    const outcome = await runLoad(measuring, bothWays(measuring, channels, seconds));
    const [into, out] = [messagesOf(outcome, "publish"), messagesOf(outcome, "consume")];
    const figures: Figure[] = [
      { name: "messages in", unit: "/s", value: into / outcome.seconds },
      { name: "messages out", unit: "/s", value: out / outcome.seconds },
      ...cpuFigures(outcome, into + out),
    ];
    return { figures, notes: outcome.notes };
  });
}

/** The most messages a second that go in and come out of one channel at once, whichever is less. */
export async function maximumRate(measuring: Measuring, seconds: number): Promise<number> {
  let rate = 0;
  await withTopic(measuring, ["bench"], async () => {
    const outcome = await runLoad(measuring, bothWays(measuring, ["bench"], seconds));
    const counts = [messagesOf(outcome, "publish"), messagesOf(outcome, "consume")];
    rate = Math.min(...counts) / outcome.seconds;
    return { figures: [], notes: [] };
  });
  return rate;
}

function bothWays(
  measuring: Measuring,
  channels: readonly string[],
  seconds: number,
): ClientTask[] {
  const limit = { seconds, messages: publishedMax(measuring.settings.size) };
  return [
    ...consumeTasks(measuring, channels, seconds),
    ...publishTasks(measuring, limit),
  ];
}

/** `POST /pub` over keep-alive connections. */
export async function httpPublishing(measuring: Measuring): Promise<Measurement> {
  const { target, settings } = measuring;
  return await withTopic(measuring, [], async () => {
    const base = { ...addressOf(measuring), port: target.httpPort, seconds: settings.seconds };
    const total = publishedMax(settings.size);
    const tasks = split(settings.connections, settings).map((connections): ClientTask => {
      const messages = Math.ceil(total * connections / settings.connections);
      return { ...base, role: "http", connections, messages };
    });
    const outcome = await runLoad(measuring, tasks);
    return { figures: rateFigures(outcome, messagesOf(outcome, "http")), notes: outcome.notes };
  });
}
