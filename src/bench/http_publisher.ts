/**
 * The HTTP load client: `POST /pub` over raw keep-alive sockets, one request under way on each. A
 * general HTTP client would cost more than the server under test.
 */
import type { HttpTask } from "./client_task.ts";
import { HttpResponseCounter } from "./http_response_counter.ts";
import type { PreparedRun } from "./prepared_run.ts";
import { allOpened, connectedTo, readInto, writeAll } from "./load_connection.ts";
import { bodyBytes, httpPublishBytes } from "./prepared_bytes.ts";

/** Connects; the run it returns posts until the task's time is over. */
export async function prepareHttp(task: HttpTask): Promise<PreparedRun> {
  const host = `${task.hostname}:${task.port}`;
  const request = httpPublishBytes(host, task.topic, bodyBytes(task.size));
  const connections = await allOpened(
    task.connections,
    () => connectedTo(task.hostname, task.port),
  );
  const limit = Math.ceil(task.messages / task.connections);
  return {
    async run() {
      const untilMs = performance.now() + task.seconds * 1000;
      const counts = await Promise.all(
        connections.map((connection) => post(connection, request, { untilMs, limit })),
      );
      return { messages: counts.reduce((sum, count) => sum + count, 0) };
    },
    close: () => connections.forEach((connection) => connection.close()),
  };
}

async function post(
  connection: Deno.Conn,
  request: Uint8Array,
  { untilMs, limit }: { readonly untilMs: number; readonly limit: number },
): Promise<number> {
  const counter = new HttpResponseCounter();
  let sent = 0;
  while (sent < limit && performance.now() < untilMs) {
    await writeAll(connection, request);
    sent++;
    while (counter.responses < sent) await readInto(connection, counter);
  }
  return sent;
}
