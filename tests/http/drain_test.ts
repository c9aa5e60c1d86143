// Draining over HTTP: how it is begun, called off and shown, and what publishers are told.

import { assertEquals, assertMatch } from "@std/assert";
import { TestHost } from "./test_host.ts";

Deno.test("PUT /config/drain begins, with or without a limit, and calls off", async () => {
  const host = new TestHost();
  const put = async (body: string) => {
    const reply = await host.ask("PUT", "/config/drain", body);
    return [reply.status, await reply.text()];
  };
  const counts = { depth: 3, in_flight: 2, deferred: 1 };
  const since = host.startWallMs / 1000;
  const view = JSON.stringify({ draining: true, since, deadline: null, ...counts });
  assertEquals(await put(""), [200, view]);
  assertEquals(await put("true"), [200, view]);
  assertEquals(await put("90s\n"), [200, view]);
  assertEquals(await put("false"), [200, '{"draining":false}']);
  const calls = ["begin undefined", "begin undefined", "begin 90000", "call off"];
  assertEquals(host.drain.calls, calls);
  for (const bad of ["soon", "-5s", "12"]) {
    assertEquals(await put(bad), [400, '{"message":"INVALID_VALUE"}'], bad);
  }
  assertEquals(host.drain.calls, calls);
});

Deno.test("GET /config/drain and /stats show a drain, and nothing without one", async () => {
  const host = new TestHost();
  const text = async (target: string) => await (await host.ask("GET", target)).text();
  assertEquals(await text("/config/drain"), '{"draining":false}');
  assertEquals("drain" in JSON.parse(await text("/stats?format=json")), false);
  host.drain.begin();
  host.drain.view = { ...host.drain.view!, deadlineWallMs: host.startWallMs + 1500 };
  const { deadline } = JSON.parse(await text("/config/drain"));
  assertEquals(deadline, host.startWallMs / 1000 + 2);
  assertEquals(JSON.parse(await text("/stats?format=json")).drain.in_flight, 2);
  assertMatch(await text("/stats"), /^Health: OK\nDraining: depth 3, in flight 2, deferred 1\n\n/m);
});

Deno.test("POST /pub and /mpub are refused during a drain, and make no topic", async () => {
  const host = new TestHost();
  host.topics.publishingRefusal = "draining";
  for (const target of ["/pub?topic=t", "/mpub?topic=t", "/pub?topic=t&defer=5"]) {
    const reply = await host.ask("POST", target, "x");
    assertEquals([reply.status, await reply.text()], [503, '{"message":"DRAINING"}'], target);
  }
  assertEquals(host.topics.all.size, 0);
});
