/**
 * The life of a load client's process: prepare (connect), say "ready", wait for "go", run, print the
 * result as one line of JSON. The measuring process is at the other end of standard input and output.
 * Invariant: nothing is connected or built between "go" and the end of the run.
 */
import process from "node:process";
import { reasonOf } from "../base/system_error.ts";
import { type ClientResult, type ClientTask, wallMs } from "./client_task.ts";
import { prepareConsume } from "./consumer.ts";
import { prepareHttp } from "./http_publisher.ts";
import { prepareIdle } from "./idle_connections.ts";
import { prepareLatency } from "./latency_probe.ts";
import type { PreparedRun } from "./prepared_run.ts";
import { preparePublish } from "./publisher.ts";

/** Runs the task that `taskText` holds as JSON, to the end; returns the exit code. */
export async function runLoadClient(taskText: string): Promise<number> {
  const task: ClientTask = JSON.parse(taskText);
  const result = await resultOf(task).catch((error: unknown): ClientResult => ({
    messages: 0,
    startedAtMs: 0,
    endedAtMs: 0,
    cpuMs: 0,
    failure: reasonOf(error),
  }));
  await say(JSON.stringify(result));
  return result.failure === null ? 0 : 1;
}

async function resultOf(task: ClientTask): Promise<ClientResult> {
  const prepared = await prepare(task);
  await say("ready");
  await Deno.stdin.read(new Uint8Array(16));
  const startedAtMs = wallMs();
  const cpuBefore = process.cpuUsage();
  const done = await prepared.run();
  const cpu = process.cpuUsage(cpuBefore);
  const endedAtMs = done.endedAtMs ?? wallMs();
  await prepared.close();
  const cpuMs = (cpu.user + cpu.system) / 1000;
  return { ...done, startedAtMs, endedAtMs, cpuMs, failure: null };
}

function prepare(task: ClientTask): Promise<PreparedRun> {
  switch (task.role) {
    case "publish":
      return preparePublish(task);
    case "consume":
      return prepareConsume(task);
    case "latency":
      return prepareLatency(task);
    case "idle":
      return prepareIdle(task);
    case "http":
      return prepareHttp(task);
  }
}

async function say(line: string): Promise<void> {
  const bytes = new TextEncoder().encode(line + "\n");
  let at = 0;
  while (at < bytes.length) at += await Deno.stdout.write(bytes.subarray(at));
}
