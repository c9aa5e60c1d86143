/**
 * The latency load client: a thread publishes by a fixed schedule (latency_publisher.ts), this one
 * consumes; both are one process and share its clock. A message's latency runs from when it was due
 * to when its bytes were read.
 * Invariant: late sends count in full, so a server that stalls is charged for all it held up.
 */
import { DDSketch } from "@datadog/sketches-js";
import { LATENCY_QUANTILES, type LatencyName, type LatencyTask, wallMs } from "./client_task.ts";
import type { LatencyPublisherEvent } from "./latency_publisher.ts";
import type { PreparedRun } from "./prepared_run.ts";
import { readInto, subscribed, type Subscription, writeAll } from "./load_connection.ts";
import { readyBytes } from "./prepared_bytes.ts";

const READ_BUFFER_BYTES = 256 * 1024;
/** The share of the messages left out at the start: connections and code are still cold. */
const WARM_UP_SHARE = 0.1;
/** How long the last messages may take after the last send. */
const LATE_MS_MAX = 10_000;

/** Connects both halves; the run it returns measures for the task's seconds. */
export async function prepareLatency(task: LatencyTask): Promise<PreparedRun> {
  const latencies: number[] = [];
  const subscription = await subscribed(task, task.channel, {
    bufferBytes: READ_BUFFER_BYTES,
    finishes: true,
    onMessage: (view, bodyAt) => void latencies.push(wallMs() - view.getFloat64(bodyAt)),
  });
  const publisher = startPublisher();
  publisher.worker.postMessage(task);
  await publisher.next("ready");
  return {
    async run() {
      const state = { isOver: false };
      const consumed = consume(subscription, task.rdy, state);
      publisher.worker.postMessage("go");
      const { sent, lateMs } = await Promise.race([publisher.next("done"), failed(consumed)]);
      await arrival(latencies, sent);
      state.isOver = true;
      return { messages: latencies.length, latencyMs: percentiles(latencies), lateMs };
    },
    close() {
      publisher.worker.terminate();
      subscription.connection.close();
    },
  };
}

async function consume(
  { connection, counter }: Subscription,
  rdy: number,
  state: { isOver: boolean },
): Promise<void> {
  try {
    await writeAll(connection, readyBytes(rdy));
    while (!state.isOver) {
      await readInto(connection, counter);
      const replies = counter.replies();
      if (replies.length > 0) await writeAll(connection, replies);
    }
  } catch (error) {
    if (!state.isOver) throw error;
  }
}

/** Never resolves; rejects as `work` does. */
function failed(work: Promise<void>): Promise<never> {
  return work.then(() => new Promise<never>(() => {}));
}

async function arrival(latencies: readonly number[], count: number): Promise<void> {
  const untilMs = wallMs() + LATE_MS_MAX;
  while (latencies.length < count) {
    if (wallMs() > untilMs) {
      throw new Error(`${count - latencies.length} of ${count} messages did not arrive`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The reported percentiles of all latencies but the first tenth. */
export function percentiles(latencies: readonly number[]): Record<LatencyName, number> {
  const sketch = new DDSketch({ relativeAccuracy: 0.01 });
  const from = Math.floor(latencies.length * WARM_UP_SHARE);
  let highest = 0;
  for (let index = from; index < latencies.length; index++) {
    // The clocks of two threads may differ by a few microseconds: nothing arrives before it is sent.
    const latency = Math.max(latencies[index]!, 0);
    sketch.accept(latency);
    highest = Math.max(highest, latency);
  }
  const at = (quantile: number) => sketch.getValueAtQuantile(quantile);
  return {
    "p50": at(LATENCY_QUANTILES["p50"]),
    "p90": at(LATENCY_QUANTILES["p90"]),
    "p99": at(LATENCY_QUANTILES["p99"]),
    "p99.9": at(LATENCY_QUANTILES["p99.9"]),
    "max": highest,
  };
}

type EventOf<Kind> = Extract<LatencyPublisherEvent, { readonly kind: Kind }>;

/** Starts the publishing thread. `next` waits for one of its events, or throws what went wrong. */
function startPublisher() {
  const url = new URL("./latency_publisher.ts", import.meta.url).href;
  const worker = new Worker(url, { type: "module" });
  return {
    worker,
    next<Kind extends LatencyPublisherEvent["kind"]>(kind: Kind): Promise<EventOf<Kind>> {
      return new Promise((resolve, reject) => {
        worker.onerror = (event) => {
          event.preventDefault();
          reject(new Error(event.message));
        };
        worker.onmessage = ({ data }: MessageEvent<LatencyPublisherEvent>) => {
          if (data.kind === "failed") reject(new Error(data.reason));
          else if (isOf(data, kind)) resolve(data);
        };
      });
    },
  };
}

function isOf<Kind extends LatencyPublisherEvent["kind"]>(
  event: LatencyPublisherEvent,
  kind: Kind,
): event is EventOf<Kind> {
  return event.kind === kind;
}
