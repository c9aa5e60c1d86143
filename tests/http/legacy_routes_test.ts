// The names of the HTTP API before 1.0: absent unless asked for, and then each answers as its successor does.

import { assertEquals } from "@std/assert";
import { renamed } from "../../src/http/legacy_routes.ts";
import { routes } from "../../src/http/routes.ts";
import { TestHost } from "./test_host.ts";

/** A host with a topic `t`, a message in it, and a channel `c`. */
async function prepared(legacyHttp: boolean): Promise<TestHost> {
  const host = new TestHost({ legacyHttp });
  await host.ask("POST", "/pub?topic=t", "one");
  await host.ask("POST", "/channel/create?topic=t&channel=c");
  await host.ask("POST", "/pub?topic=t", "two");
  return host;
}

/** What a request was answered, and what has become of the topics. */
async function outcome(method: string, target: string): Promise<unknown> {
  const host = await prepared(true);
  const reply = await host.ask(method, target, method === "POST" ? "three\nfour" : undefined);
  const topics = [...host.topics.all.values()].map((topic) => [
    topic.name,
    topic.depth,
    topic.isPaused,
    [...topic.channels.values()].map(({ name, depth, isPaused }) => [name, depth, isPaused]),
  ]);
  return [reply.status, [...reply.headers], await reply.text(), topics];
}

for (const [path, successor] of Object.entries(renamed)) {
  Deno.test(`--legacy-http: ${path} answers like ${successor}, and without the flag 404`, async () => {
    for (
      const query of ["?topic=t&channel=c", "?topic=new&channel=c", "?topic=t&channel=new", ""]
    ) {
      const expected = await outcome("POST", successor + query);
      assertEquals(await outcome("POST", path + query), expected, query);
      if (successor.endsWith("pub")) continue;
      assertEquals(await outcome("GET", path + query), expected, `GET ${query}`);
    }
    const host = await prepared(false);
    const reply = await host.ask("POST", `${path}?topic=t&channel=c`, "three");
    assertEquals([reply.status, await reply.text()], [404, '{"message":"NOT_FOUND"}']);
  });
}

Deno.test("--legacy-http has a row for each successor there is, and publishes by POST alone", async () => {
  const paths: readonly string[] = routes.map(({ path }) => path);
  for (const successor of Object.values(renamed)) assertEquals(paths.includes(successor), true);
  const host = await prepared(true);
  const reply = await host.ask("GET", "/put?topic=t");
  assertEquals([reply.status, reply.headers.get("allow")], [405, "OPTIONS, POST"]);
});
