// /debug/pprof on nsqd's API: profiles of V8, one at a time, and a word for what only Go has.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { TestHost } from "./test_host.ts";

async function ask(host: TestHost, path: string, method = "GET") {
  const reply = await host.ask(method, `/debug/pprof/${path}`);
  const type = reply.headers.get("content-type");
  return { status: reply.status, type, text: await reply.text(), headers: reply.headers };
}

/** Something a profile can see. */
function busyLoop(isOver: () => boolean): void {
  if (isOver()) return;
  for (const endMs = performance.now() + 5; performance.now() < endMs;) Math.sqrt(endMs);
  setTimeout(busyLoop, 1, isOver);
}

Deno.test("GET /debug/pprof/profile shows by V8's sampling where time goes", async () => {
  let isOver = false;
  busyLoop(() => isOver);
  const names = new Set<string>();
  // A machine that has other things to do may leave little time to sample.
  for (let left = 30; left > 0 && !names.has("busyLoop"); left--) {
    const { status, type, text, headers } = await ask(new TestHost(), "profile?seconds=0.3");
    assertEquals([status, type], [200, "application/x-v8-cpuprofile+json"]);
    assertMatch(headers.get("content-disposition")!, /filename="nsqd\.cpuprofile"/);
    const { nodes, samples, startTime, endTime } = JSON.parse(text);
    assert(Array.isArray(samples) && endTime > startTime);
    for (const { callFrame } of nodes) names.add(callFrame.functionName);
  }
  isOver = true;
  assert(names.has("busyLoop"), [...names].join());
});

Deno.test("GET /debug/pprof/profile makes one profile at a time", async () => {
  const host = new TestHost();
  const first = ask(host, "profile?seconds=0.2");
  const second = await ask(host, "profile?seconds=0.2");
  assertEquals([second.status, second.type], [409, "text/plain; charset=utf-8"]);
  assertMatch(second.text, /being made already/);
  assertEquals((await first).status, 200);
  assertEquals((await ask(host, "profile?seconds=0.05")).status, 200);
});

for (const seconds of ["0", "61", "-1", "abc", "1e3", ""]) {
  Deno.test(`GET /debug/pprof/profile refuses seconds=${seconds}`, async () => {
    const { status, text } = await ask(new TestHost(), `profile?seconds=${seconds}`);
    assertEquals([status, text], [400, "seconds must be a number above 0, 60 at most\n"]);
  });
}

Deno.test("GET /debug/pprof/heap gives V8's figures", async () => {
  const { status, type, text } = await ask(new TestHost(), "heap");
  assertEquals([status, type], [200, "application/x-v8-heap-statistics+json"]);
  const { heap, spaces } = JSON.parse(text);
  assert(heap.used_heap_size > 0 && spaces.length > 3);
});

Deno.test("GET /debug/pprof/ lists what there is, cmdline the words, symbol what upstream says", async () => {
  const host = new TestHost();
  const index = await ask(host, "");
  assertEquals([index.status, index.type], [200, "text/html; charset=utf-8"]);
  for (const name of ["cmdline", "profile", "heap"]) {
    assert(index.text.includes(`href="/debug/pprof/${name}"`), name);
  }
  assertEquals((await ask(host, "cmdline")).text, "nsqd\0--flag");
  assertEquals((await ask(host, "symbol")).text, "num_symbols: 1\n");
  assertEquals((await ask(host, "symbol", "POST")).text, "num_symbols: 1\n");
});

Deno.test("GET /debug/pprof/goroutine and its like say that only Go has them", async () => {
  const host = new TestHost();
  for (const name of ["goroutine", "block", "threadcreate"]) {
    const { status, text } = await ask(host, name);
    assertEquals(status, 501);
    assertMatch(text, /Go's runtime/);
  }
  for (const name of ["mutex", "allocs", "trace"]) {
    assertEquals((await ask(host, name)).status, 404);
  }
  assertEquals(host.lines.filter((line) => !line.includes("404")), []);
});
