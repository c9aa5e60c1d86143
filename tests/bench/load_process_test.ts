// Load clients in processes of their own, against servers that speak just enough.

import { assertEquals, assertRejects } from "@std/assert";
import type { ClientTask } from "../../src/bench/client_task.ts";
import { readInto } from "../../src/bench/load_connection.ts";
import { startLoadProcess } from "../../src/bench/load_process.ts";
import { joinedBytes } from "../../src/base/joined_bytes.ts";
import { batchBytes, bodyBytes, publishBytes } from "../../src/bench/prepared_bytes.ts";
import { messageFrame, PLAIN, textFrame } from "./frames.ts";

const self = {
  path: Deno.execPath(),
  args: ["run", "--quiet", "-A", new URL("./bench_main.ts", import.meta.url).pathname],
};

/** Accepts connections until closed and gives each to `serve`; a hang-up ends it quietly. */
function fakeServer(serve: (connection: Deno.TcpConn) => Promise<void>) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const served: Promise<void>[] = [];
  const accepting = (async () => {
    for await (const connection of listener) {
      served.push(serve(connection).catch(() => {}).finally(() => connection.close()));
    }
  })();
  return {
    address: {
      hostname: "127.0.0.1",
      port: listener.addr.port,
      topic: "t",
      size: 50,
      layers: PLAIN,
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      await Promise.all(served);
    },
  };
}

/** Calls `onBytes` with how many bytes have come in all, until the client hangs up. */
async function countBytes(
  connection: Deno.TcpConn,
  onBytes: (count: number) => Promise<void>,
): Promise<void> {
  const buffer = new Uint8Array(65536);
  let count = 0;
  while (true) {
    const length = await connection.read(buffer);
    if (length === null) return;
    count += length;
    await onBytes(count);
  }
}

/** Answers OK for every `commandBytes` bytes behind the magic. */
function answering(commandBytes: number) {
  return async (connection: Deno.TcpConn) => {
    let answered = 0;
    await countBytes(connection, async (count) => {
      for (; (count - 4) / commandBytes >= answered + 1; answered++) {
        await connection.write(textFrame(0, "OK"));
      }
    });
  };
}

Deno.test("a publishing client counts what was answered, over all its connections", async () => {
  const command = batchBytes("t", bodyBytes(50), 20).bytes;
  await using server = fakeServer(answering(command.length));
  const task: ClientTask = {
    ...server.address,
    role: "publish",
    connections: 2,
    batch: 20,
    window: 3,
    seconds: 0,
    messages: 400,
  };
  const client = await startLoadProcess(self, task);
  const { messages, startedAtMs, endedAtMs } = await client.result();
  assertEquals([messages, endedAtMs > startedAtMs], [400, true]);
});

Deno.test("a publishing client fails with the server's own words", async () => {
  const command = publishBytes("t", bodyBytes(50));
  await using server = fakeServer(async (connection) => {
    await countBytes(connection, async (count) => {
      if (count >= 4 + command.length) await connection.write(textFrame(1, "E_BAD_TOPIC t"));
    });
  });
  const task: ClientTask = {
    ...server.address,
    role: "publish",
    connections: 1,
    batch: 0,
    window: 1,
    seconds: 5,
    messages: 0,
  };
  const client = await startLoadProcess(self, task);
  await assertRejects(
    () => client.result(),
    Error,
    'a load client (publish) failed: the server answered "E_BAD_TOPIC t"',
  );
});

Deno.test("a consuming client finishes every message and ends when no more come", async () => {
  const messages = joinedBytes(
    Array.from({ length: 1000 }, () => messageFrame("0123456789abcdef", bodyBytes(50))),
  );
  const [magicAndSub, ready] = ["  V2SUB t c\n".length, "RDY 9\n".length];
  let finishBytes = 0;
  await using server = fakeServer(async (connection) => {
    let isSent = false;
    await countBytes(connection, async (count) => {
      if (count === magicAndSub) await connection.write(textFrame(0, "OK"));
      if (count >= magicAndSub + ready && !isSent) {
        isSent = true;
        for (let at = 0; at < messages.length;) {
          at += await connection.write(messages.subarray(at));
        }
      }
      finishBytes = count - magicAndSub - ready;
    });
  });
  const task: ClientTask = {
    ...server.address,
    role: "consume",
    connections: 1,
    channels: ["c"],
    rdy: 9,
    seconds: 0,
  };
  const client = await startLoadProcess(self, task);
  const result = await client.result();
  assertEquals([result.messages, finishBytes], [1000, 21_000]);
});

Deno.test("startLoadProcess() throws why a client could not connect", async () => {
  const task: ClientTask = {
    hostname: "127.0.0.1",
    port: 1,
    topic: "t",
    size: 50,
    layers: PLAIN,
    role: "http",
    connections: 1,
    seconds: 1,
    messages: 10,
  };
  await assertRejects(() => startLoadProcess(self, task), Error, "a load client (http) failed:");
});

Deno.test("readInto() says that the server hung up", async () => {
  await using server = fakeServer(() => Promise.resolve());
  const connection = await Deno.connect(server.address);
  const counter = { failure: null, space: () => new Uint8Array(8), accept: () => {} };
  await assertRejects(() => readInto(connection, counter), Error, "the server closed");
  connection.close();
});
