/**
 * The publishing load client: each connection keeps `window` commands unanswered and writes as many
 * new ones as it read OKs, from one prepared array. It makes no message and copies none.
 * Invariant: it ends only when everything sent was answered, so its count is what the server took.
 */
import { joinedBytes } from "../base/joined_bytes.ts";
import type { PublishTask } from "./client_task.ts";
import { FrameCounter } from "./frame_counter.ts";
import { allOpened, type LoadConnection, opened, readInto, writeAll } from "./load_connection.ts";
import { batchBytes, bodyBytes, publishBytes } from "./prepared_bytes.ts";
import type { PreparedRun } from "./prepared_run.ts";

/** Replies are ten bytes each; this holds those of a large window. */
const READ_BUFFER_BYTES = 16384;

/** Connects; the run it returns publishes until the task's limit and counts answered messages. */
export async function preparePublish(task: PublishTask): Promise<PreparedRun> {
  const body = bodyBytes(task.size);
  const command = task.batch > 0
    ? batchBytes(task.topic, body, task.batch).bytes
    : publishBytes(task.topic, body);
  const commands = joinedBytes(Array.from({ length: task.window }, () => command));
  const connections = await allOpened(task.connections, () => opened(task));
  const perCommand = Math.max(task.batch, 1);
  const limit = task.messages > 0
    ? Math.ceil(task.messages / perCommand / task.connections)
    : Infinity;
  return {
    async run() {
      const untilMs = task.seconds > 0 ? performance.now() + task.seconds * 1000 : Infinity;
      const counts = await Promise.all(
        connections.map((connection) =>
          publish({ connection, commands, commandBytes: command.length, limit, untilMs })
        ),
      );
      return { messages: counts.reduce((sum, count) => sum + count, 0) * perCommand };
    },
    close: () => connections.forEach((connection) => connection.close()),
  };
}

interface Publishing {
  readonly connection: LoadConnection;
  /** As many commands as the window holds. */
  readonly commands: Uint8Array;
  readonly commandBytes: number;
  readonly limit: number;
  readonly untilMs: number;
}

/** Publishes on one connection; returns how many commands were answered. */
async function publish(work: Publishing): Promise<number> {
  const counter = new FrameCounter({ bufferBytes: READ_BUFFER_BYTES, finishes: false });
  const window = work.commands.length / work.commandBytes;
  let sent = 0;
  let free = window;
  while (true) {
    const count = performance.now() < work.untilMs ? Math.min(free, work.limit - sent) : 0;
    if (count > 0) {
      await writeAll(work.connection, work.commands.subarray(0, count * work.commandBytes));
      sent += count;
    } else if (counter.oks === sent) {
      return sent;
    }
    await readInto(work.connection, counter);
    const replies = counter.replies();
    if (replies.length > 0) await writeAll(work.connection, replies);
    free = window - (sent - counter.oks);
  }
}
