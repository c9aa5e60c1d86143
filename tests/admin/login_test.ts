// Logging in, roles, and what pages of other sites cannot do; through a whole nsqadmin.

import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { sha256 } from "../../src/auth/token_hash.ts";
import { FakeDaemon, type Scene, withAdmin } from "./fake_daemons.ts";

const USERS = (["view", "operate", "admin"] as const).map((role) => ({
  name: role,
  role,
  tokens: [`sha256:${sha256(new TextEncoder().encode(`${role}-token`)).toHex()}`],
}));
const PAGE = { "X-Nsqadmin": "page" };

async function withLogin(
  play: (scene: Scene, lookupd: FakeDaemon) => Promise<void>,
  options: Parameters<typeof withAdmin>[0] = {},
): Promise<void> {
  await using lookupd = new FakeDaemon(() => ({ topics: [], producers: [] }));
  const given = { lookupdHttpAddress: [lookupd.address], authFile: "users.json", ...options };
  await withAdmin(given, (scene) => play(scene, lookupd), () => JSON.stringify({ users: USERS }));
}

async function loggedIn({ ask }: Scene, user: string): Promise<Record<string, string>> {
  const { status, headers } = await ask("POST", "/api/session", { user, token: `${user}-token` });
  assertEquals(status, 200);
  return { Cookie: headers.get("set-cookie")!.split(";")[0]! };
}

Deno.test("nsqadmin with --auth-file answers nobody who is not logged in, except for the page", () =>
  withLogin(async ({ ask }, lookupd) => {
    for (
      const path of [
        "/api/topics",
        "/api/overview/topics",
        "/api/tail?topic=t",
        "/metrics",
        "/config/log_level",
      ]
    ) {
      const { status, json, headers } = await ask("GET", path);
      assertEquals([path, status, json], [path, 401, { message: "UNAUTHORIZED" }]);
      assertEquals(headers.get("www-authenticate"), 'Bearer realm="nsqadmin"');
    }
    assertEquals((await ask("DELETE", "/api/topics/t")).status, 401);
    assertEquals((await ask("GET", "/api/session")).json, {
      login: true,
      user: null,
      role: null,
      expires_ms: null,
    });
    for (const path of ["/ping", "/", "/topics/t/c", "/healthz"]) {
      assertEquals((await ask("GET", path)).status, 200);
    }
    assertEquals(lookupd.asked, []);
  }));

Deno.test("POST /api/session opens a session whose cookie no script and no other site gets", () =>
  withLogin(async ({ ask }) => {
    const body = { user: "operate", token: "operate-token" };
    const { json, headers } = await ask("POST", "/api/session", body);
    assertEquals([json.login, json.user, json.role], [true, "operate", "operate"]);
    assert(Math.abs(json.expires_ms - Date.now() - 12 * 3600_000) < 60_000);
    const cookie = headers.get("set-cookie")!;
    assertMatch(
      cookie,
      /^nsqadmin_session=[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/,
    );
    const again = await ask("POST", "/api/session", body, { "X-Forwarded-Proto": "https" });
    assertMatch(again.headers.get("set-cookie")!, /; Secure$/);
    assertNotEquals(again.headers.get("set-cookie")!.slice(0, 40), cookie.slice(0, 40));
  }));

Deno.test("DELETE /api/session ends the session, and no other", () =>
  withLogin(async (scene) => {
    const one = await loggedIn(scene, "view");
    const other = await loggedIn(scene, "view");
    const { json, headers } = await scene.ask("DELETE", "/api/session", undefined, {
      ...one,
      ...PAGE,
    });
    assertEquals(json.user, null);
    assertMatch(headers.get("set-cookie")!, /^nsqadmin_session=; Path=\/; Max-Age=0;/);
    assertEquals((await scene.ask("GET", "/api/topics", undefined, one)).status, 401);
    assertEquals((await scene.ask("GET", "/api/topics", undefined, other)).status, 200);
  }));

Deno.test("roles go as far as their routes say", () =>
  withLogin(async (scene) => {
    const statuses = async (headers: Record<string, string>) => [
      (await scene.ask("GET", "/api/topics", undefined, headers)).status,
      (await scene.ask("POST", "/api/topics", { topic: "t" }, headers)).status,
      (await scene.ask("GET", "/api/messages?topic=t&channel=c", undefined, headers)).status,
      (await scene.ask("DELETE", "/api/topics/t", undefined, headers)).status,
      (await scene.ask("GET", "/config/log_level", undefined, headers)).status,
    ];
    const as = async (user: string) => await statuses({ ...await loggedIn(scene, user), ...PAGE });
    assertEquals(await as("view"), [200, 403, 403, 403, 403]);
    assertEquals(await as("operate"), [200, 200, 200, 403, 403]);
    assertEquals(await as("admin"), [200, 200, 200, 200, 200]);
    assertEquals(await statuses({ Authorization: "Bearer operate-token" }), [
      200,
      200,
      200,
      403,
      403,
    ]);
  }));

Deno.test("a request with a cookie changes something only when it shows that the page sent it", () =>
  withLogin(async (scene) => {
    const cookie = await loggedIn(scene, "admin");
    const status = async (headers: Record<string, string>) => {
      const all = { ...cookie, ...headers };
      return (await scene.ask("POST", "/api/topics", { topic: "t" }, all)).status;
    };
    assertEquals(await status({}), 403);
    assertEquals(await status(PAGE), 200);
    assertEquals(await status({ Origin: scene.base }), 200);
    assertEquals(await status({ Origin: "http://evil.example" }), 403);
    assertEquals(await status({ ...PAGE, Origin: "http://evil.example" }), 403);
    assertEquals(await status({ Origin: "null" }), 403);
    assertEquals(await status({ "Sec-Fetch-Site": "same-origin" }), 200);
    assertEquals(await status({ ...PAGE, "Sec-Fetch-Site": "cross-site" }), 403);
    assertEquals(
      await status({ "Origin": "https://admin.example", "X-Forwarded-Host": "admin.example" }),
      200,
    );
  }));

Deno.test("without --auth-file other sites' pages change nothing either, and tools need no header", async () => {
  await using lookupd = new FakeDaemon(() => ({ producers: [] }));
  await withAdmin({ lookupdHttpAddress: [lookupd.address] }, async ({ ask }) => {
    const status = async (headers: Record<string, string>) =>
      (await ask("POST", "/api/topics", { topic: "t" }, headers)).status;
    assertEquals(await status({}), 200);
    assertEquals(await status({ Origin: "http://evil.example" }), 403);
    assertEquals(await status({ "Sec-Fetch-Site": "same-site" }), 403);
    const tail = await ask("GET", "/api/tail?topic=t", undefined, {
      "Sec-Fetch-Site": "cross-site",
    });
    assertEquals(tail.json, { message: "CROSS_SITE" });
  });
});

Deno.test("wrong tokens are limited, for a user from an address, and right ones do not count", () =>
  withLogin(async ({ ask }) => {
    const attempt = (user: string, token: string) => ask("POST", "/api/session", { user, token });
    for (let count = 0; count < 8; count++) {
      assertEquals((await attempt("view", "view-token")).status, 200);
    }
    for (let count = 0; count < 5; count++) {
      assertEquals((await attempt("admin", "guess")).status, 401);
    }
    const { status, json, headers } = await attempt("admin", "admin-token");
    assertEquals([status, json.message], [429, "TOO_MANY_ATTEMPTS"]);
    assert(Number(headers.get("retry-after")) > 0);
    assertEquals((await attempt("operate", "operate-token")).status, 200);
  }));

Deno.test("wrong tokens in a header are limited, too, and what is open stays open", () =>
  withLogin(async ({ ask }) => {
    const headers = { Authorization: "Bearer wrong" };
    const status = async (path: string) => (await ask("GET", path, undefined, headers)).status;
    for (let count = 0; count < 40; count++) assertEquals(await status("/ping"), 200);
    assertEquals(await status("/api/topics"), 401);
    const statuses = await Promise.all(Array.from({ length: 40 }, () => status("/api/topics")));
    assert(statuses.includes(429), `${statuses}`);
    assertEquals(await status("/"), 200);
  }));

Deno.test("Admin.reload() ends all sessions, and keeps the users where the file cannot be used", async () => {
  let text = JSON.stringify({ users: USERS });
  await using lookupd = new FakeDaemon(() => ({ topics: [] }));
  const options = { lookupdHttpAddress: [lookupd.address], authFile: "users.json" };
  await withAdmin(options, async (scene) => {
    const cookie = await loggedIn(scene, "view");
    const status = async () => (await scene.ask("GET", "/api/topics", undefined, cookie)).status;
    text = "{";
    scene.admin.reload();
    assertEquals(await status(), 200);
    text = JSON.stringify({ users: USERS.slice(1) });
    scene.admin.reload();
    assertEquals(await status(), 401);
    const body = { user: "view", token: "view-token" };
    assertEquals((await scene.ask("POST", "/api/session", body)).status, 401);
  }, () => text);
});

Deno.test("--admin-user and --auth-file both have their say", () =>
  withLogin(async (scene) => {
    const headers = { ...await loggedIn(scene, "admin"), ...PAGE };
    const create = (more: Record<string, string>) =>
      scene.ask("POST", "/api/topics", { topic: "t" }, { ...headers, ...more });
    assertEquals((await create({})).status, 403);
    assertEquals((await create({ "x-forwarded-user": "boss" })).status, 200);
    assertEquals(
      (await scene.ask("GET", "/", undefined, headers)).json.match(/IS_ADMIN = (\w+)/)[1],
      "false",
    );
  }, { adminUser: ["boss"] }));

Deno.test("nsqadmin warns when other machines reach it and nobody has to log in", async () => {
  const warnings = async (given: Parameters<typeof withAdmin>[0]) => {
    let found: string[] = [];
    const options = { lookupdHttpAddress: ["127.0.0.1:1"], ...given };
    await withAdmin(options, ({ lines }) => {
      found = lines.filter((line) => line.startsWith("warn"));
      return Promise.resolve();
    }, () => JSON.stringify({ users: USERS }));
    return found;
  };
  const open = await warnings({ httpAddress: "0.0.0.0:0" });
  assertMatch(open[0]!, /can be reached from other machines, and whoever does may change/);
  const proxied = await warnings({ httpAddress: "0.0.0.0:0", adminUser: ["a"] });
  assertMatch(proxied[0]!, /let only your proxy reach it/);
  assertEquals(await warnings({ httpAddress: "0.0.0.0:0", authFile: "users.json" }), []);
  assertEquals(await warnings({}), []);
});
