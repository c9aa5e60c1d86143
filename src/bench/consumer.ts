/**
 * The consuming load client: counts message frames and answers all those of one read by one write
 * of FINs.
 * Invariant: a message is counted only when its FIN is about to be written.
 */
import type { ConsumeTask } from "./client_task.ts";
import { wallMs } from "./client_task.ts";
import type { PreparedRun } from "./prepared_run.ts";
import { allOpened, readInto, subscribed, type Subscription, writeAll } from "./load_connection.ts";
import { readyBytes } from "./prepared_bytes.ts";

/** Large reads: a read costs the client about 10 µs, whatever its length. */
const READ_BUFFER_BYTES_MAX = 256 * 1024;
const READ_BUFFER_BYTES_MIN = 16 * 1024;
/** Many connections share what a few would have, and then each has little to read. */
const READ_BUFFERS_BYTES = 64 * 1024 * 1024;
/** Without a message for so long, a backlog counts as consumed. */
const IDLE_MS = 400;
/** How long the first message may take. */
const FIRST_MS_MAX = 10_000;

/** Subscribes; the run it returns asks for messages and finishes them. */
export async function prepareConsume(task: ConsumeTask): Promise<PreparedRun> {
  const share = Math.floor(READ_BUFFERS_BYTES / task.connections);
  const bufferBytes = Math.max(Math.min(share, READ_BUFFER_BYTES_MAX), READ_BUFFER_BYTES_MIN);
  const subscriptions = await allOpened(task.connections, (index) => {
    const channel = task.channels[index % task.channels.length] ?? "";
    return subscribed(task, channel, { bufferBytes, finishes: true });
  });
  return {
    run: () => consumeAll(subscriptions, task),
    close: () => subscriptions.forEach(({ connection }) => connection.close()),
  };
}

/** What the loops of one client share: when the last message came and whether to go on. */
interface Progress {
  lastMs: number;
  isOver: boolean;
}

async function consumeAll(
  subscriptions: readonly Subscription[],
  task: ConsumeTask,
): Promise<{ messages: number; endedAtMs: number }> {
  const progress: Progress = { lastMs: 0, isOver: false };
  const loops = subscriptions.map((subscription) => consume(subscription, task.rdy, progress));
  await Promise.race([over(progress, task.seconds), Promise.all(loops)]);
  progress.isOver = true;
  const messages = subscriptions.reduce((sum, { counter }) => sum + counter.messages, 0);
  return { messages, endedAtMs: task.seconds > 0 ? wallMs() : progress.lastMs };
}

async function consume(
  { connection, counter }: Subscription,
  rdy: number,
  progress: Progress,
): Promise<void> {
  try {
    await writeAll(connection, readyBytes(rdy));
    while (!progress.isOver) {
      const before = counter.messages;
      await readInto(connection, counter);
      const replies = counter.replies();
      if (replies.length > 0) await writeAll(connection, replies);
      if (counter.messages > before) progress.lastMs = wallMs();
    }
  } catch (error) {
    // Closing the connection ends the read that was under way.
    if (!progress.isOver) throw error;
  }
}

/** Resolves after `seconds`, or, for 0, when nothing came for a while. */
function over(progress: Progress, seconds: number): Promise<void> {
  const startedMs = wallMs();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setInterval(check, 50);
  return promise.finally(() => clearInterval(timer));

  function check() {
    const nowMs = wallMs();
    if (seconds > 0) {
      if (nowMs - startedMs >= seconds * 1000) resolve();
    } else if (progress.lastMs > 0) {
      if (nowMs - progress.lastMs > IDLE_MS) resolve();
    } else if (nowMs - startedMs > FIRST_MS_MAX) {
      reject(new Error("no message came within 10 s"));
    }
  }
}
