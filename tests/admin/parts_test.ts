// The small parts of nsqadmin, one by one.

import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { AddressRange } from "../../src/admin/address_range.ts";
import { parseBasePath, routesBelow } from "../../src/admin/base_path.ts";
import { compressed } from "../../src/admin/compression.ts";
import { bodyTexts, firstJsonValue, JsonBodyError } from "../../src/admin/go_json_body.ts";
import { goNetError } from "../../src/admin/go_net_error.ts";
import { GrowthWatch } from "../../src/admin/growth_watch.ts";
import { LoginAttempts } from "../../src/admin/login_attempts.ts";
import { contentSecurityPolicy, pageHtml } from "../../src/admin/page_shell.ts";
import { RateBook } from "../../src/admin/rate_book.ts";
import { adminRoutes } from "../../src/admin/routes.ts";
import { highestVersion, isLowerVersion } from "../../src/admin/semantic_version.ts";
import { Sessions } from "../../src/admin/sessions.ts";
import { noChannelFigures } from "../../src/admin/figures.ts";
import { topicSumOf } from "../../src/admin/snapshot.ts";
import { StaticFiles } from "../../src/admin/static_files.ts";
import { Authorizations } from "../../src/auth/authorizations.ts";
import { Identity } from "../../src/auth/identity.ts";
import { checkAdminOptions } from "../../src/options/nsqadmin_checks.ts";
import { NSQADMIN_OPTIONS } from "../../src/options/nsqadmin_options.ts";
import { OptionError } from "../../src/options/option_error.ts";
import { defaultsOf } from "../../src/options/resolve.ts";
import { TemporaryFolder } from "../daemons/temporary_folder.ts";

Deno.test("adminRoutes has each method and path once, with help and a role for what changes something", () => {
  const names = adminRoutes.map(({ method, path }) => `${method} ${path}`);
  assertEquals(names.length, new Set(names).size);
  for (const { method, path, role, help } of adminRoutes) {
    assert(help.length > 1 && !help.endsWith("."), help);
    if (method !== "GET" && path !== "/api/session") {
      assert(role !== "open" && role !== "view", path);
    }
  }
});

Deno.test("parseBasePath() cleans a path and refuses what a route would read otherwise", () => {
  const cleaned = ["", "/", "admin", "/admin/", "//a//b/./c/..", ".."].map(parseBasePath);
  assertEquals(cleaned, ["/", "/", "/admin", "/admin", "/a/b", "/"]);
  for (const bad of ["/:a", "/a b", "/a*", "/a%20"]) {
    assertThrows(() => parseBasePath(bad), OptionError);
  }
  const paths = routesBelow("/a", adminRoutes).map(({ path }) => path);
  assert(paths.includes("/a") && paths.includes("/a/") && paths.includes("/a/api/topics"));
});

Deno.test("isLowerVersion() orders versions as semver.org says; what is none is the lowest", () => {
  const ordered = [
    "nonsense",
    "0.9.9",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0",
    "1.2.0",
    "1.10.0",
  ];
  for (const [index, one] of ordered.entries()) {
    for (const [other, text] of ordered.entries()) {
      assertEquals(isLowerVersion(one, text), index < other, `${one} < ${text}`);
    }
  }
  assertEquals(highestVersion(["1.2.0", "x", "1.10.0"]), "1.10.0");
});

Deno.test("AddressRange knows IPv4, IPv6 and mapped addresses", () => {
  const loopback = new AddressRange("127.0.0.1/8");
  assertEquals(
    ["127.9.9.9", "128.0.0.1", "::ffff:127.0.0.1", "x", "::1"].map((address) =>
      loopback.includes(address)
    ),
    [true, false, true, undefined, false],
  );
  assertEquals(new AddressRange("fd00::/8").includes("fd12::1%eth0"), true);
  for (const bad of ["", "127.0.0.1", "127.0.0.1/33", "x/8", "::1/129"]) {
    assertThrows(() => new AddressRange(bad), SyntaxError);
  }
});

Deno.test("firstJsonValue() reads what JSON.parse reads, and stops there", () => {
  for (const text of ['{"a":[1,-2.5e3,"\\u00e9\\n"],"b":{}}', "[]", '"x"', "true", " null ", "0"]) {
    assertEquals(firstJsonValue(text), JSON.parse(text));
    assertEquals(firstJsonValue(`${text} rest`), JSON.parse(text));
  }
  assertThrows(() => firstJsonValue("[".repeat(100_000)), JsonBodyError, "max depth");
  assertThrows(() => firstJsonValue('{"a":"\\x"}'), JsonBodyError, "in string escape code");
  const mistakes = {
    "1.": "unexpected EOF",
    "1e+": "unexpected EOF",
    "1.x": "invalid character 'x' after decimal point in numeric literal",
    "1.5e]": "invalid character ']' in exponent of numeric literal",
    "\ufeff{}": "invalid character 'ï' looking for beginning of value",
  };
  for (const [text, mistake] of Object.entries(mistakes)) {
    assertThrows(() => firstJsonValue(text), JsonBodyError, mistake);
  }
  assertEquals(firstJsonValue("1.5.2"), 1.5);
  assertEquals(bodyTexts('{"Topic":null,"topic":"a","x":1}', ["topic"]), { topic: "a" });
});

Deno.test("goNetError() words failures as Go does", () => {
  const url = new URL("http://h:1/x?y=1");
  const text = (error: unknown) => goNetError({ method: "POST", url }, error).message;
  const failed = (code: string, more = {}) => Object.assign(new Error("m"), { code, ...more });
  assertEquals(
    text(failed("ECONNREFUSED", { address: "::1", port: 5 })),
    'Post "http://h:1/x?y=1": dial tcp [::1]:5: connect: connection refused',
  );
  assertEquals(
    text(failed("ENOTFOUND")),
    'Post "http://h:1/x?y=1": dial tcp: lookup h: no such host',
  );
  assertEquals(
    text(failed("ECONNRESET")),
    'Post "http://h:1/x?y=1": read: connection reset by peer',
  );
  assertEquals(text("odd"), 'Post "http://h:1/x?y=1": odd');
});

Deno.test("LoginAttempts bounds users and addresses, forgives what was right, and forgets with time", () => {
  const attempts = new LoginAttempts();
  const tried = (user: string | undefined, address: string, nowMs: number) => {
    const attempt = attempts.begin(user, address, nowMs);
    return typeof attempt === "number" ? attempt : 0;
  };
  assertEquals([1, 2, 3, 4, 5].map(() => tried("ann", "a", 0)), [0, 0, 0, 0, 0]);
  assert(tried("ann", "a", 0) > 0);
  assertEquals(tried("ann", "b", 0), 0);
  assertEquals(tried("bob", "a", 0), 0);
  assertEquals(tried("ann", "a", 12_000), 0);
  assert(tried("ann", "a", 12_000) > 0);
  for (let count = 0; count < 100; count++) {
    const attempt = attempts.begin("right", "a", 12_000);
    if (typeof attempt !== "number") attempt.forgive();
    assertFalse(typeof attempt === "number");
  }
  const names = Array.from({ length: 60 }, (_, index) => tried(`user${index}`, "c", 0));
  assertEquals(names.filter((wait) => wait === 0).length, 30);
});

function identityOf(name: string, origin = { isReplaced: false }): Identity {
  return new Identity({
    name,
    url: "",
    authorizations: Authorizations.read([]),
    role: "view",
    expiresMs: Infinity,
    origin,
  });
}

Deno.test("Sessions end with their time, with the user's file, and when a user has too many", () => {
  const sessions = new Sessions(1000);
  const origin = { isReplaced: false };
  const { id } = sessions.open(identityOf("ann", origin), 0);
  assertEquals(sessions.find(id, 999)?.identity.name, "ann");
  assertEquals(sessions.find(id, 1000), undefined);
  const again = sessions.open(identityOf("ann", origin), 0);
  origin.isReplaced = true;
  assertEquals(sessions.find(again.id, 1), undefined);
  const first = sessions.open(identityOf("bob"), 0);
  const other = sessions.open(identityOf("eve"), 0);
  for (let count = 0; count < 100; count++) sessions.open(identityOf("bob"), 0);
  assertEquals(sessions.find(first.id, 0), undefined);
  assertEquals(sessions.find(other.id, 0)?.identity.name, "eve");
  assertEquals(sessions.size, 101);
});

Deno.test("RateBook.rate() needs two looks, repeats itself for close ones, and knows no negative rate", () => {
  const book = new RateBook();
  assertEquals(book.rate("a", 10, 0), undefined);
  assertEquals(book.rate("a", 20, 500), undefined);
  assertEquals(book.rate("a", 30, 2_000), 10);
  assertEquals(book.rate("a", 999, 2_100), 10);
  assertEquals(book.rate("a", 0, 4_000), undefined);
  assertEquals(book.change("b", 5, 0), undefined);
  assertEquals(book.change("b", 3, 1_000), -2);
  assertEquals(book.change("b", 3, 1_000_000), undefined);
});

Deno.test("GrowthWatch tells of a backlog that grew for a minute and did not fall", () => {
  const watch = new GrowthWatch();
  const look = (atMs: number, depth: number) => {
    const channels = new Map([["c", { ...noChannelFigures(), depth }]]);
    const figures = {
      depth: 0,
      memory_depth: 0,
      backend_depth: 0,
      message_count: 0,
      paused: false,
    };
    const topics = new Map([["t", topicSumOf("t", [{ name: "t", figures, channels }])]]);
    watch.look({ atMs, wallMs: 0, tookMs: 0, lookupds: [], nodes: [], topics });
    return watch.growthOf("t", "c");
  };
  assertEquals([look(0, 100), look(30_000, 5_000)], [undefined, undefined]);
  const growth = look(60_000, 6_000);
  assertEquals([growth?.fromDepth, growth?.depth, growth?.forMs], [100, 6_000, 60_000]);
  assertEquals(look(61_000, 5_999), undefined);
  assertEquals(look(125_000, 6_400), undefined, "not much more than before");
  assertEquals(look(126_000, 0), undefined);
});

Deno.test("StaticFiles gives only files of plain names, and reads a folder anew each time", async () => {
  using temporary = new TemporaryFolder();
  const folder = temporary.path;
  Deno.writeTextFileSync(`${folder}/main.js`, "1");
  Deno.mkdirSync(`${folder}/inner`);
  const files = new StaticFiles(folder);
  assertEquals((await files.find("main.js"))?.contentType, "text/javascript; charset=utf-8");
  Deno.writeTextFileSync(`${folder}/main.js`, "22");
  assertEquals((await files.find("main.js"))?.bytes.length, 2);
  for (
    const name of ["../main.js", "..", ".hidden", "inner", "a/b", "", "nosuch.js", "main.js\0"]
  ) {
    assertEquals(await files.find(name), undefined, name);
  }
  const embedded = new StaticFiles("", { "main.css": "a{}", "x.map": "{}" });
  const { contentType, hash } = (await embedded.find("main.css"))!;
  assertEquals(contentType, "text/css; charset=utf-8");
  assertEquals(await embedded.addressOf("main.css"), `static/main.css?v=${hash}`);
  assertEquals(await embedded.addressOf("constructor"), undefined);
});

Deno.test("pageHtml() lets no value end the script it stands in", () => {
  const evil = "</script><script>alert(1)//\u2028";
  const html = pageHtml(
    {
      USER_AGENT: "u",
      VERSION: evil,
      GRAPHITE_URL: evil,
      GRAPH_ENABLED: true,
      STATSD_COUNTER_FORMAT: "%s",
      STATSD_GAUGE_FORMAT: "%s",
      STATSD_INTERVAL: 60,
      STATSD_PREFIX: evil,
      NSQLOOKUPD: [evil],
      IS_ADMIN: true,
      BASE_PATH: "/",
      NSQADMIN: { login: true, user: evil, role: "view", mode: "lookupd" },
    },
    { script: "/static/main.js", style: undefined, icon: undefined },
    "n",
  );
  assertEquals(html.match(/<script/g)?.length, 2);
  assertEquals(html.includes("alert(1)//\u2028"), false);
  assert(contentSecurityPolicy("n", undefined).includes("script-src 'self' 'nonce-n';"));
  assert(contentSecurityPolicy("n", "http://g").includes("img-src 'self' data: http://g;"));
});

Deno.test("compressed() takes the first format of the client's list that is known", async () => {
  const text = "x".repeat(1000);
  const encodingOf = (accepted: string | null) =>
    compressed(new Response(text), accepted).headers.get("content-encoding");
  assertEquals([null, "br", "gzip;q=1", "br, deflate, gzip", "gzip"].map(encodingOf), [
    null,
    null,
    null,
    "deflate",
    "gzip",
  ]);
  const raw = compressed(new Response(text), "deflate");
  assertEquals(raw.headers.get("vary"), "Accept-Encoding");
  const stream = raw.body!.pipeThrough(new DecompressionStream("deflate-raw"));
  assertEquals(await new Response(stream).text(), text);
  const events = new Response("x", { headers: { "Content-Type": "text/event-stream" } });
  assertEquals(compressed(events, "gzip"), events);
});

Deno.test("checkAdminOptions() refuses in upstream's order and words", () => {
  const refusal = (given: Record<string, unknown>) => {
    try {
      checkAdminOptions({ ...defaultsOf(NSQADMIN_OPTIONS), ...given });
      return "";
    } catch (error) {
      return error instanceof OptionError ? `${error.exitCode} ${error.text}` : String(error);
    }
  };
  const ok = { lookupdHttpAddress: ["h:1"] };
  assertEquals(refusal(ok), "");
  assertEquals(
    refusal({}),
    "1 failed to instantiate nsqadmin - --nsqd-http-address or --lookupd-http-address required",
  );
  assertEquals(
    refusal({ ...ok, nsqdHttpAddress: ["h:1"] }),
    "1 failed to instantiate nsqadmin - use --nsqd-http-address or --lookupd-http-address not both",
  );
  assertEquals(
    refusal({ ...ok, httpClientTlsCert: "c" }),
    "1 failed to instantiate nsqadmin - --http-client-tls-key must be specified with --http-client-tls-cert",
  );
  assertEquals(
    refusal({ ...ok, httpClientTlsKey: "c" }),
    "1 failed to instantiate nsqadmin - --http-client-tls-cert must be specified with --http-client-tls-key",
  );
  assertEquals(
    refusal({ lookupdHttpAddress: ["h"] }),
    "1 failed to instantiate nsqadmin - failed to resolve --lookupd-http-address (h) - address h: missing port in address",
  );
  assertEquals(
    refusal({ nsqdHttpAddress: ["http://h:1"] }),
    "1 failed to instantiate nsqadmin - failed to resolve --nsqd-http-address (http://h:1) - write host:port, without a scheme",
  );
  assertEquals(
    refusal({ lookupdHttpAddress: ["a:b:1"] }),
    "1 failed to instantiate nsqadmin - failed to resolve --lookupd-http-address (a:b:1) - " +
      "address a:b:1: too many colons in address",
  );
  assertEquals(
    refusal({ ...ok, proxyGraphite: true }),
    "1 failed to instantiate nsqadmin - failed to parse --graphite-url () - write a URL as http://host:port/path",
  );
  assertEquals(
    refusal({ ...ok, aclHttpHeader: "X User" }),
    "1 failed to instantiate nsqadmin - --acl-http-header (X User) is no name of a header",
  );
});
