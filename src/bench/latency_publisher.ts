/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
/**
 * The publishing half of the latency probe, in a thread of its own: it sleeps to a fraction of a
 * millisecond by blocking its thread, which timers of an event loop cannot do, and which must not
 * hold up the consuming half. Each body starts with the time its send was due.
 * Invariant: a body's time comes from the schedule, never from when it was really sent.
 */
import { setImmediate } from "node:timers";
import { reasonOf } from "../base/system_error.ts";
import { type LatencyTask, wallMs } from "./client_task.ts";
import { FrameCounter } from "./frame_counter.ts";
import { type LoadConnection, opened, readInto, writeAll } from "./load_connection.ts";
import { batchBytes, bodyBytes, publishBytes } from "./prepared_bytes.ts";
import { runSchedule, Schedule } from "./schedule.ts";

/** The kernel wakes a thread up to about 0.1 ms late; the rest is spent looking at the clock. */
const SPIN_MS = 0.15;
const cell = new Int32Array(new SharedArrayBuffer(4));

/** What the thread tells the probe. */
export type LatencyPublisherEvent =
  | { readonly kind: "ready" }
  | { readonly kind: "done"; readonly sent: number; readonly lateMs: number }
  | { readonly kind: "failed"; readonly reason: string };

self.onmessage = async (event: MessageEvent<LatencyTask | "go">) => {
  try {
    await (event.data === "go" ? go() : prepare(event.data));
  } catch (error) {
    tell({ kind: "failed", reason: reasonOf(error) });
  }
};

let go = (): Promise<void> => Promise.reject(new Error("told to go before the task came"));

async function prepare(task: LatencyTask): Promise<void> {
  const connection = await opened(task);
  go = () => publish(connection, task);
  tell({ kind: "ready" });
}

async function publish(open: LoadConnection, task: LatencyTask): Promise<void> {
  const perSend = Math.max(task.batch, 1);
  const count = Math.max(Math.round(task.rate * task.seconds / perSend), 1);
  const command = stampedCommand(task);
  const counter = new FrameCounter({ bufferBytes: 16384, finishes: false });
  const acknowledged = drain(open, counter, count);
  const schedule = new Schedule(wallMs() + 10, task.rate / perSend);
  const latenessMs = new Float64Array(count);
  let sends = 0;
  await runSchedule(schedule, count, { nowMs: wallMs, sleepUntil }, async (dueMs) => {
    latenessMs[sends++] = wallMs() - dueMs;
    command.stamp(dueMs);
    await writeAll(open, command.bytes);
  });
  await acknowledged;
  open.close();
  const lateMs = latenessMs.sort()[Math.floor(count * 0.99)] ?? 0;
  tell({ kind: "done", sent: count * perSend, lateMs });
}

/** The bytes of one send, and how to put a time into each of its bodies. */
function stampedCommand(task: LatencyTask): { bytes: Uint8Array; stamp: (ms: number) => void } {
  const body = bodyBytes(task.size);
  const batch = task.batch > 0 ? batchBytes(task.topic, body, task.batch) : null;
  const bytes = batch?.bytes ?? publishBytes(task.topic, body);
  const firstAt = batch?.firstBodyAt ?? bytes.length - body.length;
  const view = new DataView(bytes.buffer);
  return {
    bytes,
    stamp(ms) {
      for (let at = firstAt; at < bytes.length; at += body.length + 4) view.setFloat64(at, ms);
    },
  };
}

/**
 * Reads replies to the end. A heartbeat is passed over: every command counts as a sign of life, and a
 * write beside those of the schedule could fall into the middle of one.
 */
async function drain(open: LoadConnection, counter: FrameCounter, count: number): Promise<void> {
  while (counter.oks < count) await readInto(open, counter);
}

async function sleepUntil(ms: number): Promise<void> {
  // One turn of the event loop, so that replies are read before the thread blocks. setTimeout would
  // take one or two milliseconds for it.
  await new Promise<void>((resolve) => void setImmediate(resolve));
  const restMs = ms - wallMs() - SPIN_MS;
  if (restMs > 0) Atomics.wait(cell, 0, 0, restMs);
  while (wallMs() < ms);
}

function tell(event: LatencyPublisherEvent): void {
  self.postMessage(event);
}
