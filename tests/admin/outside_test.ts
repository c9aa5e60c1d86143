// What nsqadmin tells and asks others: notifications, graphite; what it serves of the page; what it says of itself.

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import type { AdminOptions } from "../../src/options/nsqadmin_options.ts";
import { FakeDaemon, fakeNsqd, topicJson, withAdmin } from "./fake_daemons.ts";
import { until } from "../daemons/waiting.ts";

const LOOKUPD = () => new FakeDaemon(({ pathname }) => pathname === "/lookup" ? undefined : {});

Deno.test("actions are told to --notification-http-endpoint, in upstream's form", async () => {
  const told: unknown[] = [];
  await using endpoint = new FakeDaemon(async (_, request) => {
    told.push([request.headers.get("content-type"), await request.json()]);
    return new Response(null, { status: 500 });
  });
  await using nsqd = fakeNsqd(
    () => [topicJson("t", [])],
    (_, { method }) => method === "POST" ? {} : undefined,
  );
  const options = {
    nsqdHttpAddress: [nsqd.address],
    notificationHttpEndpoint: `http://${endpoint.address}/hook`,
  };
  await withAdmin(options, async ({ ask, base }) => {
    const headers = {
      "X-Scheme": "https",
      "User-Agent": "tool/1 \xc3\xa9",
      "Authorization": `Basic ${btoa("ann:x")}`,
    };
    assertEquals((await ask("POST", "/api/topics/t/c", { action: "pause" }, headers)).status, 200);
    assertEquals((await ask("DELETE", "/api/topics/t")).status, 200);
    assertEquals((await ask("POST", "/api/topics/nosuch", { action: "empty" })).status, 200);
    assertEquals((await ask("POST", "/api/topics", { topic: "new" })).status, 200);
    await until(() => told.length === 4);
    type Told = [string, Record<string, unknown>];
    const [[type, first], ...others] = told as [Told, ...Told[]];
    const { timestamp, remote_ip: remote, ...rest } = first;
    assertEquals(type, "application/json");
    assert(Math.abs(Number(timestamp) - Date.now() / 1000) < 60);
    assertMatch(String(remote), /^127\.0\.0\.1:\d+$/);
    assertEquals(rest, {
      action: "pause_channel",
      topic: "t",
      channel: "c",
      user: "ann",
      user_agent: "tool/1 é",
      url: `${base.replace("http:", "https:")}/api/topics/t/c`,
      via: "here",
    });
    assertEquals(others.map(([, { action, channel, user }]) => [action, channel, user]), [
      ["delete_topic", undefined, undefined],
      ["empty_topic", undefined, undefined],
      ["create_topic", undefined, undefined],
    ]);
  });
});

Deno.test("an endpoint that is not there does not end nsqadmin, as it does upstream's", async () => {
  await using lookupd = LOOKUPD();
  const options = {
    lookupdHttpAddress: [lookupd.address],
    notificationHttpEndpoint: "http://127.0.0.1:1/hook",
  };
  await withAdmin(options, async ({ ask, lines }) => {
    for (let count = 0; count < 2; count++) {
      assertEquals((await ask("POST", "/api/topics", { topic: "t" })).status, 200);
    }
    const failures = () =>
      lines.filter((line) => line.startsWith("error failed to POST notification"));
    await until(() => failures().length === 2);
    assertEquals((await ask("GET", "/ping")).json, "OK");
  });
});

Deno.test("GET /api/graphite gives the first point as a rate", async () => {
  let answer: unknown = [{ target: "x", datapoints: [[120, 1], [5, 2]] }];
  await using graphite = new FakeDaemon(() => answer);
  await using lookupd = LOOKUPD();
  const options = {
    lookupdHttpAddress: [lookupd.address],
    graphiteUrl: `http://${graphite.address}`,
  };
  await withAdmin(options, async ({ ask }) => {
    const rate = async () =>
      (await ask("GET", "/api/graphite?metric=rate&target=a(b,%22c%22)")).json;
    assertEquals(await rate(), { rate: "2.00" });
    assertEquals(graphite.asked, [
      "GET /render?format=json&from=-120sec&target=a%28b%2C%22c%22%29&until=-60sec",
    ]);
    answer = [{ datapoints: [[7.5, 1]] }];
    assertEquals(await rate(), { rate: "0.12" });
    assertEquals((await ask("GET", "/api/graphite?metric=rate&target=")).json, { rate: "0.12" });
    answer = [{ datapoints: [[-1, 1]] }];
    assertEquals(await rate(), { rate: "N/A" });
    for (const bad of [[], [{ datapoints: [] }], [{ datapoints: [[null, 1]] }], {}, undefined]) {
      answer = bad;
      assertEquals(await rate(), { message: "INTERNAL_ERROR" });
    }
  });
});

Deno.test("/render is a route only with --proxy-graphite", async () => {
  await using lookupd = LOOKUPD();
  const options = { lookupdHttpAddress: [lookupd.address], graphiteUrl: "http://127.0.0.1:1" };
  const statuses = async (proxyGraphite: boolean) => {
    const found: number[] = [];
    await withAdmin({ ...options, proxyGraphite }, async ({ ask }) => {
      for (const method of ["GET", "POST", "OPTIONS"]) {
        found.push((await ask(method, "/render")).status);
      }
    });
    return found;
  };
  assertEquals(await statuses(false), [404, 404, 404]);
  assertEquals(await statuses(true), [502, 405, 200]);
});

Deno.test("--admin-user compares names beyond ASCII as UTF-8", async () => {
  await using lookupd = LOOKUPD();
  const options = { lookupdHttpAddress: [lookupd.address], adminUser: ["é"] };
  await withAdmin(options, async ({ ask }) => {
    const status = async (user: string) =>
      (await ask("POST", "/api/topics", { topic: "t" }, { "X-Forwarded-User": user })).status;
    assertEquals(await status("\xc3\xa9"), 200);
    assertEquals(await status("e"), 403);
  });
});

Deno.test("nsqadmin says in upstream's words which TLS files it cannot use", async () => {
  const refusal = async (options: Partial<AdminOptions>) => {
    const files = (path: string) => {
      if (path === "empty") return "";
      throw new Deno.errors.NotFound("No such file or directory (os error 2): readfile");
    };
    const address = { lookupdHttpAddress: ["127.0.0.1:1"] };
    const error = await assertRejects(() =>
      withAdmin({ ...address, ...options }, () => Promise.resolve(), files)
    );
    return error instanceof Error ? error.message : "";
  };
  const missing = "no such file or directory";
  assertEquals(
    await refusal({ httpClientTlsCert: "c", httpClientTlsKey: "k" }),
    `failed to LoadX509KeyPair c, k - open c: ${missing}`,
  );
  assertEquals(
    await refusal({ httpClientTlsRootCaFile: "ca" }),
    `failed to read TLS root CA file ca - open ca: ${missing}`,
  );
  assertEquals(
    await refusal({ httpClientTlsRootCaFile: "empty" }),
    "failed to AppendCertsFromPEM empty",
  );
});

Deno.test("GET /render hands graphite's answers through, with its credentials and without ours", async () => {
  const seen: Record<string, string | null>[] = [];
  await using graphite = new FakeDaemon((_, { headers }) => {
    const names = ["host", "authorization", "cookie", "x-forwarded-for"];
    seen.push(Object.fromEntries(names.map((name) => [name, headers.get(name)])));
    return new Response("PNG", { headers: { "Content-Type": "image/png", "X-Own": "1" } });
  });
  await using lookupd = LOOKUPD();
  const options = {
    lookupdHttpAddress: [lookupd.address],
    graphiteUrl: `http://bob:p%40ss@${graphite.address}/ignored`,
    proxyGraphite: true,
    basePath: "/admin",
  };
  await withAdmin(options, async ({ ask, base }) => {
    const { json, headers } = await ask("GET", "/admin/render?target=x&a=%20", undefined, {
      Cookie: "c=1",
      Authorization: "Bearer x",
    });
    assertEquals([json, headers.get("content-type"), headers.get("x-own")], [
      "PNG",
      "image/png",
      "1",
    ]);
    assertEquals(graphite.asked, ["GET /admin/render?target=x&a=%20"]);
    assertEquals(seen, [{
      host: base.slice("http://".length),
      authorization: `Basic ${btoa("bob:p@ss")}`,
      cookie: null,
      "x-forwarded-for": "127.0.0.1",
    }]);
  });
});

Deno.test("the page is one HTML for all its addresses, with a strict policy, and files that may be kept", async () => {
  await using lookupd = LOOKUPD();
  const options = { lookupdHttpAddress: [lookupd.address], basePath: "/admin" };
  await withAdmin(options, async ({ ask }) => {
    for (
      const path of [
        "/admin",
        "/admin/",
        "/admin/topics/a%23b/c",
        "/admin/nodes/h:1",
        "/admin/lookup",
      ]
    ) {
      const { status, json, headers } = await ask("GET", path);
      assertEquals([status, headers.get("content-type"), headers.get("cache-control")], [
        200,
        "text/html",
        "no-store",
      ]);
      const nonce = /script-src 'self' 'nonce-([^']+)'/.exec(
        headers.get("content-security-policy")!,
      )![1]!;
      assert(json.includes(`<script nonce="${nonce}">`));
      assertMatch(json, /^var BASE_PATH = "\/admin";$/m);
      assertMatch(
        json,
        /^var NSQADMIN = \{"login":false,"user":null,"role":"admin","mode":"lookupd"\};$/m,
      );
    }
    const script = /src="(\/admin\/static\/main\.js\?v=\w+)"/.exec(
      (await ask("GET", "/admin")).json,
    )![1]!;
    const file = await ask("GET", script);
    assertEquals([file.status, file.headers.get("content-type")], [
      200,
      "text/javascript; charset=utf-8",
    ]);
    assertEquals(file.headers.get("cache-control"), "public, max-age=31536000, immutable");
    const tag = file.headers.get("etag")!;
    const plain = script.split("?")[0]!;
    const kept = await ask("GET", plain, undefined, { "If-None-Match": tag });
    assertEquals([kept.status, kept.headers.get("cache-control")], [304, "no-cache"]);
    for (const name of ["nosuch.js", "..%2f..%2fetc%2fpasswd", "%00"]) {
      const { status, json } = await ask("GET", `/admin/static/${name}`);
      assertEquals([status, json], [404, "NOT_FOUND"]);
    }
  });
});

Deno.test("nsqadmin says how it is: /healthz, /readyz, /metrics", async () => {
  await using lookupd = LOOKUPD();
  await withAdmin({ lookupdHttpAddress: ["127.0.0.1:1", lookupd.address] }, async ({ ask }) => {
    assertEquals((await ask("GET", "/healthz")).json.status, "ok");
    assertEquals((await ask("GET", "/readyz")).json.status, "ok");
    const { json, headers } = await ask("GET", "/metrics");
    assertEquals(headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    assertMatch(json, /^nsqadmin_daemon_requests_total\{kind="nsqlookupd"\} 2$/m);
    assertMatch(json, /^nsqadmin_daemon_request_failures_total\{kind="nsqlookupd"\} 1$/m);
  });
  await withAdmin({ lookupdHttpAddress: ["127.0.0.1:1"] }, async ({ ask }) => {
    const { status, json } = await ask("GET", "/readyz");
    assertEquals([status, json.status], [503, "failing"]);
    assertMatch(json.checks.at(-1).reason, /connection refused$/);
  });
});
