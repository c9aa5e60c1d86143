// Which route a request gets, and what it gets instead when there is none; and the table of routes itself.

import { assertEquals, assertMatch } from "@std/assert";
import { Router } from "../../src/web/router.ts";
import { type RouteRow, routes } from "../../src/http/routes.ts";
import { TestHost } from "./test_host.ts";

const rows: readonly RouteRow[] = routes;

Deno.test("routes has each method and path once, well formed, with help", () => {
  const names = rows.map(({ method, path }) => `${method} ${path}`);
  assertEquals(names.length, new Set(names).size);
  for (const { path, help, parameters } of rows) {
    assertMatch(path, /^(\/[a-z]+)+(\/:option|\/)?$/);
    assertMatch(help, /^\S.{9,}[^.]$/);
    for (const parameter of parameters) assertMatch(parameter, /^[a-z_]+\??$/);
  }
});

Deno.test("Router.find() finds every route of the table by its path", () => {
  const router = new Router(routes);
  for (const route of rows) {
    const found = router.find(route.method, route.path.replace(":option", "log_level"));
    assertEquals(found?.route, route);
    assertEquals(found?.segment, route.path.includes(":") ? "log_level" : "");
  }
});

Deno.test("Router.find() gives the segments of a path in the path's order, whatever other routes call them", () => {
  const routes = ["/a/:node", "/a/:topic/:channel", "/a/:channel/:topic/x", "/b/:topic"].map((
    path,
  ) => ({
    method: "GET",
    path,
  }));
  const router = new Router(routes);
  const segments = (path: string) => router.find("GET", path)?.segments;
  assertEquals(segments("/a/1"), ["1"]);
  assertEquals(segments("/a/1/2"), ["1", "2"]);
  assertEquals(segments("/a/1/2/x"), ["1", "2"]);
  assertEquals(segments("/b/%23"), ["%23"]);
  assertEquals(router.find("GET", "/b"), undefined);
  assertEquals(router.correctedPath("GET", "//A/x y/./2/"), "/a/x%20y/2");
});

for (
  const [ask, allow] of [
    ["POST /ping", "GET, OPTIONS"],
    ["HEAD /ping", "GET, OPTIONS"],
    ["GET /pub?topic=t", "OPTIONS, POST"],
    ["PUT /topic/delete?topic=t", "OPTIONS, POST"],
    ["DELETE /config/log_level", "GET, OPTIONS, PUT"],
    ["PATCH /debug/pprof/symbol", "GET, OPTIONS, POST"],
  ] as const
) {
  Deno.test(`HTTP API answers ${ask} with 405 and Allow: ${allow}`, async () => {
    const [method, target] = ask.split(" ") as [string, string];
    const reply = await new TestHost().ask(method, target);
    assertEquals([reply.status, reply.headers.get("allow")], [405, allow]);
    assertEquals(await reply.json(), { message: "METHOD_NOT_ALLOWED" });
    assertEquals(reply.headers.get("x-nsq-content-type"), "nsq; version=1.0");
  });
}

Deno.test("HTTP API answers OPTIONS of a path it has, without body, type or log line", async () => {
  const host = new TestHost();
  const reply = await host.ask("OPTIONS", "/config/log_level");
  assertEquals([reply.status, await reply.text()], [200, ""]);
  assertEquals(Object.fromEntries(reply.headers), { allow: "GET, OPTIONS, PUT" });
  assertEquals(host.lines, []);
});

for (
  const target of ["/", "/topic", "/topic/", "/config/", "/put?topic=t", "/debug/pprof/mutex", "/*"]
) {
  Deno.test(`HTTP API knows no ${target}`, async () => {
    for (const method of ["GET", "POST", "OPTIONS", "HEAD"]) {
      const reply = await new TestHost().ask(method, target);
      assertEquals([reply.status, await reply.text()], [404, `{"message":"NOT_FOUND"}`]);
    }
  });
}

for (
  const [ask, location] of [
    ["GET /ping/", "/ping"],
    ["GET /PING", "/ping"],
    ["GET //ping", "/ping"],
    ["GET /x/../ping/.", "/ping"],
    ["GET /stats/?format=json&topic=a%20b", "/stats?format=json&topic=a%20b"],
    ["GET /debug/pprof", "/debug/pprof/"],
    ["GET /Config/log_level/", "/config/log_level"],
    ["GET /config/a%C3%A4/", "/config/a%C3%A4"],
    ["POST /pub/?topic=t", "/pub?topic=t"],
    ["PUT /config/Log/", "/config/Log"],
  ] as const
) {
  Deno.test(`HTTP API redirects ${ask} to ${location}`, async () => {
    const host = new TestHost();
    const [method, target] = ask.split(" ") as [string, string];
    const reply = await host.ask(method, target);
    const isGet = method === "GET";
    assertEquals([reply.status, reply.headers.get("location")], [isGet ? 301 : 308, location]);
    const page = `<a href="${location.replaceAll("&", "&amp;")}">Moved Permanently</a>.\n\n`;
    assertEquals(await reply.text(), isGet ? page : "");
    assertEquals(reply.headers.get("content-type"), isGet ? "text/html; charset=utf-8" : null);
    assertEquals(reply.headers.has("x-nsq-content-type"), false);
    assertEquals(host.lines, []);
  });
}

Deno.test("HTTP API does not redirect a method the right path would not have", async () => {
  assertEquals((await new TestHost().ask("POST", "/ping/")).status, 404);
});

Deno.test("HTTP API finds a path written with escapes", async () => {
  assertEquals((await new TestHost().ask("GET", "/p%69ng")).status, 200);
});
