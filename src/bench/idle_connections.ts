/**
 * The idle load client: many subscribed connections that ask for one message each and get none. It
 * answers heartbeats, so that they stay.
 */
import type { IdleTask } from "./client_task.ts";
import type { PreparedRun } from "./prepared_run.ts";
import { allOpened, readInto, subscribed, type Subscription, writeAll } from "./load_connection.ts";
import { readyBytes } from "./prepared_bytes.ts";

/** Only heartbeats and an OK arrive. */
const READ_BUFFER_BYTES = 1024;

/** Opens all connections before it returns: the server is measured between that and the run. */
export async function prepareIdle(task: IdleTask): Promise<PreparedRun> {
  let isOver = false;
  const open = await allOpened(task.connections, () => openOne(task));
  const loops = open.map((subscription) => stay(subscription, () => isOver));
  return {
    run: () => Promise.resolve({ messages: open.length }),
    async close() {
      isOver = true;
      open.forEach(({ connection }) => connection.close());
      await Promise.all(loops);
    },
  };
}

async function openOne(task: IdleTask): Promise<Subscription> {
  const settings = { bufferBytes: READ_BUFFER_BYTES, finishes: true };
  const subscription = await subscribed(task, task.channel, settings);
  await writeAll(subscription.connection, readyBytes(1));
  return subscription;
}

async function stay({ connection, counter }: Subscription, isOver: () => boolean): Promise<void> {
  try {
    while (true) {
      await readInto(connection, counter);
      await writeAll(connection, counter.replies());
    }
  } catch (error) {
    if (!isOver()) throw error;
  }
}
