// What each load client is told to do.

import { assertEquals } from "@std/assert";
import { settingsOf } from "../../src/bench/settings.ts";
import { consumeTasks, publishTasks, split } from "../../src/bench/tasks.ts";
import { PLAIN } from "./frames.ts";

function measuring(typed: Parameters<typeof settingsOf>[0]) {
  return {
    target: { name: "n", hostname: "h", tcpPort: 1, httpPort: 2, pid: null },
    topic: "t",
    settings: settingsOf(typed, {}),
    layers: PLAIN,
    self: { path: "", args: [] },
  };
}

Deno.test("split() shares evenly and leaves no process without work", () => {
  assertEquals(split(10, settingsOf({ processes: 4 }, {})), [3, 3, 2, 2]);
  assertEquals(split(2, settingsOf({ processes: 4 }, {})), [1, 1]);
});

Deno.test("publishTasks() splits connections and messages alike", () => {
  const tasks = publishTasks(measuring({ processes: 2, connections: 3 }), {
    seconds: 0,
    messages: 300,
  });
  assertEquals(tasks.map(({ connections, messages }) => [connections, messages]), [
    [2, 200],
    [1, 100],
  ]);
});

Deno.test("publishTasks() makes batches of large messages smaller", () => {
  const limit = { seconds: 1, messages: 0 };
  const batches = [200, 100_000, 1 << 20].map((size) =>
    publishTasks(measuring({ size, batch: 200 }), limit)[0]?.batch
  );
  assertEquals(batches, [200, 39, 3]);
});

Deno.test("consumeTasks() gives every channel a consumer", () => {
  const tasks = consumeTasks(measuring({ processes: 2, connections: 2 }), ["a", "b", "c"], 1);
  assertEquals(tasks.map(({ channels }) => channels), [["a", "b"], ["c"]]);
});
