/**
 * The latency load client: a thread publishes by a fixed schedule (latency_publisher.ts), this one
 * consumes; both are one process and share its clock. A message's latency runs from when it was due
 * to when its bytes were read.
 * Invariant: late sends count in full, so a server that stalls is charged for all it held up.
 */
import { type LatencyTask, wallMs } from "./client_task.ts";
import { LatencyHistogram } from "./latency_histogram.ts";
import type { LatencyPublisherEvent } from "./latency_publisher.ts";
import type { PreparedRun } from "./prepared_run.ts";
import { readInto, subscribed, type Subscription, writeAll } from "./load_connection.ts";
import { readyBytes } from "./prepared_bytes.ts";

const READ_BUFFER_BYTES = 256 * 1024;
/** The share of the time left out at the start: connections and code are still cold. */
const WARM_UP_SHARE = 0.1;
/** How long the last messages may take after the last send. */
const LATE_MS_MAX = 10_000;

/** Connects both halves; the run it returns measures for the task's seconds. */
export async function prepareLatency(task: LatencyTask): Promise<PreparedRun> {
  const arrivals = new Arrivals(task.seconds * 1000 * WARM_UP_SHARE);
  const subscription = await subscribed(task, task.channel, {
    bufferBytes: READ_BUFFER_BYTES,
    finishes: true,
    onMessage: (view, bodyAt) => arrivals.take(view.getFloat64(bodyAt)),
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
      await arrived(arrivals, sent);
      state.isOver = true;
      const { count: messages, histogram } = arrivals;
      const latencyMs = histogram.percentiles();
      return { messages, latencyMs, histogram: histogram.coarse(), lateMs };
    },
    close() {
      publisher.worker.terminate();
      subscription.connection.close();
    },
  };
}

/** Counts what arrives, and records the latency of what was due after the warm-up. */
class Arrivals {
  count = 0;
  readonly histogram = new LatencyHistogram();
  readonly #warmUpMs: number;
  #fromMs = Infinity;

  constructor(warmUpMs: number) {
    this.#warmUpMs = warmUpMs;
  }

  take(dueMs: number): void {
    if (this.count++ === 0) this.#fromMs = dueMs + this.#warmUpMs;
    if (dueMs >= this.#fromMs) this.histogram.record(wallMs() - dueMs);
  }
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

async function arrived(arrivals: Arrivals, count: number): Promise<void> {
  const untilMs = wallMs() + LATE_MS_MAX;
  while (arrivals.count < count) {
    if (wallMs() > untilMs) {
      throw new Error(`${count - arrivals.count} of ${count} messages did not arrive`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
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
