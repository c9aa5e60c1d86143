/**
 * Turns settings into the tasks of load clients, spread over processes.
 * Invariant: the tasks' connections, and their messages, add up to what was set (rounded up to whole
 * batches).
 */
import type { ConsumeTask, PublishTask } from "./client_task.ts";
import type { Measuring } from "./measurement.ts";
import type { Settings } from "./settings.ts";

/** `total` in shares as equal as can be, one for each client process; none is 0. */
export function split(total: number, settings: Settings): number[] {
  const count = Math.min(total, processCount(settings));
  return Array.from(
    { length: count },
    (_, index) => Math.floor(total / count) + (index < total % count ? 1 : 0),
  );
}

/** What every task of a measurement has in common. */
export function addressOf({ target, topic, settings, layers }: Measuring) {
  const { hostname, tcpPort: port } = target;
  return { hostname, port, topic, size: settings.size, layers };
}

/** A batch of large messages is made smaller, so that no server finds it too large. */
const BATCH_BYTES_MAX = 4_000_000;

/** The most messages of `size` bytes in a batch. */
export function batchMax(size: number): number {
  return Math.max(Math.floor(BATCH_BYTES_MAX / (size + 4)), 1);
}

/** What nobody consumes stays in the server's memory: a round ends before it fills the machine's. */
const PUBLISHED_BYTES_MAX = 2_000_000_000;

/** The most messages that a round without consumers publishes. */
export function publishedMax(size: number): number {
  return Math.ceil(PUBLISHED_BYTES_MAX / size);
}

/** Publishers; a `seconds` or `messages` of 0 is no limit. */
export function publishTasks(
  measuring: Measuring,
  limit: { readonly seconds: number; readonly messages: number },
): PublishTask[] {
  const { window, connections, size } = measuring.settings;
  const batch = Math.min(measuring.settings.batch, batchMax(size));
  return split(connections, measuring.settings).map((share) => ({
    ...addressOf(measuring),
    role: "publish",
    connections: share,
    batch,
    window,
    seconds: limit.seconds,
    messages: Math.ceil(limit.messages * share / connections),
  }));
}

/** Consumers, at least one for each channel; `seconds` 0 means until nothing comes. */
export function consumeTasks(
  measuring: Measuring,
  channels: readonly string[],
  seconds: number,
): ConsumeTask[] {
  const { settings } = measuring;
  const total = Math.max(settings.connections, channels.length);
  let first = 0;
  return split(total, settings).map((connections) => {
    const share = Array.from(
      { length: connections },
      (_, index) => channels[(first + index) % channels.length]!,
    );
    first += connections;
    const { rdy } = settings;
    return { ...addressOf(measuring), role: "consume", connections, channels: share, rdy, seconds };
  });
}

/** A core is left for the server; more than four processes have not been needed. */
function processCount({ processes }: Settings): number {
  if (processes > 0) return processes;
  return Math.min(Math.max(navigator.hardwareConcurrency - 1, 1), 4);
}
