/**
 * Conversations with nsqadmin, as they are had with upstream's and with ours.
 *
 * The shared recordings have none of nsqadmin, so these are our own: `scripts/record_nsqadmin.ts` plays them
 * with upstream's programs and writes what those said to `nsqadmin-vectors.json`.
 */
import type { Step } from "./vectors.ts";

type Distributed<One> = One extends unknown ? Omit<One, "expect"> : never;

/** A step that has not been recorded. */
export type UnrecordedStep = Distributed<Step>;

/** A conversation that has not been recorded. */
export type UnrecordedCase = { readonly name: string; readonly steps: readonly UnrecordedStep[] };

type Headers = Readonly<Record<string, string>>;

function start(daemon: string, kind: "nsqd" | "nsqlookupd" | "nsqadmin", ...flags: string[]) {
  return { op: "start", daemon, kind, flags } satisfies UnrecordedStep;
}

function nsqd(daemon: string, ...flags: string[]) {
  const named = [`--broadcast-address=127.0.0.1`, ...flags];
  return start(daemon, "nsqd", ...named);
}

/** An nsqadmin of the nsqlookupd that `LOOKUPD` starts. */
function lookingAdmin(...flags: string[]) {
  return start("admin", "nsqadmin", "--lookupd-http-address=${lookupd.http}", ...flags);
}

function http(to: string, method: string, target: string, body?: string, headers?: Headers) {
  const content = body === undefined ? {} : { body: [{ text: body }] };
  return {
    op: "http",
    to,
    method,
    target,
    ...content,
    ...headers === undefined ? {} : { headers },
  } satisfies UnrecordedStep;
}

const get = (target: string, headers?: Headers) => http("admin", "GET", target, undefined, headers);
const gets = (...targets: string[]) => targets.map((target) => get(target));
const post = (target: string, body: string, headers?: Headers) =>
  http("admin", "POST", target, body, headers);
const put = (target: string, body: string) => http("admin", "PUT", target, body);
const remove = (target: string, body?: string, headers?: Headers) =>
  http("admin", "DELETE", target, body, headers);
const atNsqd = (target: string, body = "") => http("nsqd", "POST", target, body);

function wait(to: string, target: string, until: Record<string, string | number | boolean>) {
  return { op: "wait", to, target, until } satisfies UnrecordedStep;
}

const LOOKUPD = start("lookupd", "nsqlookupd");
/** An address, `gone.http`, where nobody answers. */
const GONE = { op: "reserve_port", name: "gone.http_port" } as const satisfies UnrecordedStep;

/** One nsqlookupd and one nsqd with a topic, two channels and three messages. */
const CLUSTER: readonly UnrecordedStep[] = [
  LOOKUPD,
  nsqd("nsqd", "--lookupd-tcp-address=${lookupd.tcp}"),
  wait("lookupd", "/nodes", { "producers/#": 1 }),
  atNsqd("/topic/create?topic=orders"),
  atNsqd("/channel/create?topic=orders&channel=billing"),
  atNsqd("/channel/create?topic=orders&channel=archive"),
  atNsqd("/mpub?topic=orders", "one\ntwo\nthree"),
  wait("nsqd", "/stats?format=json&topic=orders", { "topics/0/channels/0/depth": 3 }),
  wait("lookupd", "/lookup?topic=orders", { "producers/#": 1, "channels/#": 2 }),
  lookingAdmin(),
];
/** The same without an nsqlookupd. */
const ALONE: readonly UnrecordedStep[] = [
  nsqd("nsqd"),
  atNsqd("/topic/create?topic=orders"),
  atNsqd("/channel/create?topic=orders&channel=billing"),
  atNsqd("/mpub?topic=orders", "one\ntwo\nthree"),
  wait("nsqd", "/stats?format=json&topic=orders", { "topics/0/channels/0/depth": 3 }),
  start("admin", "nsqadmin", "--nsqd-http-address=${nsqd.http}"),
];
/** One nsqlookupd that knows nothing, and an nsqadmin with these flags. */
const emptyCluster = (...flags: string[]): UnrecordedStep[] => [LOOKUPD, lookingAdmin(...flags)];
const EMPTY = emptyCluster();
/** Two nsqd's with one topic, for sums. */
const PAIR: readonly UnrecordedStep[] = [
  LOOKUPD,
  ...["nsqd", "other"].flatMap((name, index): UnrecordedStep[] => [
    nsqd(name, "--lookupd-tcp-address=${lookupd.tcp}"),
    wait("lookupd", "/nodes", { "producers/#": index + 1 }),
    http(name, "POST", "/topic/create?topic=t"),
    http(name, "POST", "/channel/create?topic=t&channel=c"),
    http(name, "POST", "/mpub?topic=t", index === 0 ? "1\n2" : "1\n2\n3"),
    wait(name, "/stats?format=json&topic=t", { "topics/0/channels/0/depth": index + 2 }),
    wait("lookupd", "/lookup?topic=t", { "producers/#": index + 1 }),
  ]),
  lookingAdmin(),
];
const READS = gets(
  "/api/topics",
  "/api/topics?inactive=true",
  "/api/topics/orders",
  "/api/topics/orders/billing",
  "/api/nodes",
  "/api/nodes/${nsqd.http}",
  "/api/counter",
);
const FORWARDED = { "X-Forwarded-User": "ann" };

/** All of them. */
export const NSQADMIN_CASES: readonly UnrecordedCase[] = [
  { name: "admin.read.lookupd", steps: [...CLUSTER, ...READS] },
  { name: "admin.read.nsqd", steps: [...ALONE, ...READS] },
  {
    name: "admin.read.empty_lookupd",
    steps: [...EMPTY, ...READS.slice(0, 5), get("/api/counter"), get("/api/nodes/127.0.0.1:1")],
  },
  {
    name: "admin.read.empty_nsqd",
    steps: [nsqd("nsqd"), start("admin", "nsqadmin", "--nsqd-http-address=${nsqd.http}"), ...READS],
  },
  {
    name: "admin.read.unknown",
    steps: [
      ...CLUSTER,
      get("/api/topics/nosuch"),
      get("/api/topics/orders/nosuch"),
      get("/api/topics/nosuch/nosuch"),
      get("/api/nodes/127.0.0.1:1"),
      get("/api/nodes/nonsense"),
      get("/api/topics?inactive=1"),
      get("/api/topics?inactive=%zz"),
      get("/api/topics?a;b"),
    ],
  },
  {
    name: "admin.read.inactive",
    steps: [
      ...EMPTY,
      http("lookupd", "POST", "/topic/create?topic=lonely"),
      http("lookupd", "POST", "/channel/create?topic=idle&channel=c"),
      get("/api/topics"),
      get("/api/topics?inactive=true"),
      get("/api/topics/lonely"),
      get("/api/topics/idle/c"),
      post("/api/topics/lonely", '{"action":"pause"}'),
      remove("/api/topics/lonely"),
      get("/api/topics"),
    ],
  },
  {
    name: "admin.read.client",
    steps: [
      ...ALONE,
      { op: "connect", to: "nsqd", framing: "v2", conn: "c1", magic: [{ text: "  V2" }] },
      {
        op: "send",
        conn: "c1",
        data: [
          { text: "IDENTIFY\n" },
          { hex: "0000004a" },
          {
            text: '{"client_id":"worker","hostname":"app1.example","user_agent":"demo/1.0"}  ',
          },
          { text: "SUB orders billing\nRDY 2\n" },
        ],
      } as UnrecordedStep,
      { op: "recv", conn: "c1" },
      { op: "recv", conn: "c1" },
      { op: "recv", conn: "c1" },
      { op: "recv", conn: "c1" },
      get("/api/topics/orders/billing"),
      get("/api/nodes/${nsqd.http}"),
      get("/api/topics/orders"),
    ],
  },
  { name: "admin.read.sum", steps: [...PAIR, get("/api/topics"), get("/api/counter")] },
  {
    name: "admin.read.partial",
    steps: [
      GONE,
      ...emptyCluster("--lookupd-http-address=${gone.http}"),
      http("lookupd", "POST", "/topic/create?topic=lonely"),
      get("/api/topics"),
      get("/api/nodes"),
      post("/api/topics", '{"topic":"t"}'),
      get("/api/topics"),
    ],
  },
  {
    name: "admin.read.all_failed",
    steps: [
      GONE,
      start("admin", "nsqadmin", "--lookupd-http-address=${gone.http}"),
      ...gets("/api/topics", "/api/topics/t", "/api/topics/t/c", "/api/nodes", "/api/counter"),
      post("/api/topics", '{"topic":"t"}'),
      post("/api/topics/t", '{"action":"pause"}'),
      remove("/api/topics/t"),
    ],
  },
  {
    name: "admin.read.all_failed_nsqd",
    steps: [
      GONE,
      start("admin", "nsqadmin", "--nsqd-http-address=${gone.http}"),
      ...gets("/api/topics", "/api/topics/t", "/api/nodes", "/api/counter", "/api/nodes/x"),
      post("/api/topics/t", '{"action":"pause"}'),
      remove("/api/topics/t/c"),
    ],
  },
  {
    name: "admin.act.pause",
    steps: [
      ...CLUSTER,
      ...["pause", "unpause", "empty", "stop", ""].flatMap((action) => [
        post("/api/topics/orders", `{"action":"${action}"}`),
        post("/api/topics/orders/billing", `{"action":"${action}"}`),
        get("/api/topics/orders/billing"),
      ]),
      post("/api/topics/orders/nosuch", '{"action":"pause"}'),
      post("/api/topics/nosuch", '{"action":"pause"}'),
      post("/api/topics/nosuch/c", '{"action":"empty"}'),
    ],
  },
  {
    name: "admin.act.delete",
    steps: [
      ...CLUSTER,
      remove("/api/topics/orders/billing"),
      get("/api/topics/orders/billing"),
      remove("/api/topics/orders/billing"),
      remove("/api/topics/orders"),
      get("/api/topics"),
      remove("/api/topics/orders"),
      http("nsqd", "GET", "/stats?format=json&topic=orders&include_mem=false"),
    ],
  },
  {
    name: "admin.act.delete_nsqd",
    steps: [
      ...ALONE,
      remove("/api/topics/orders/nosuch"),
      remove("/api/topics/orders/billing"),
      remove("/api/topics/nosuch"),
      remove("/api/topics/orders"),
      get("/api/topics"),
    ],
  },
  {
    name: "admin.act.create",
    steps: [
      ...CLUSTER,
      post("/api/topics", '{"topic":"new"}'),
      post("/api/topics", '{"topic":"orders","channel":"third"}'),
      post("/api/topics", '{"topic":"new","channel":"c"}'),
      get("/api/topics"),
      get("/api/topics?inactive=true"),
      http("nsqd", "GET", "/stats?format=json&topic=orders&channel=third&include_mem=false"),
      http("lookupd", "GET", "/channels?topic=new"),
    ],
  },
  {
    name: "admin.act.create_nsqd",
    steps: [
      ...ALONE,
      post("/api/topics", '{"topic":"new"}'),
      get("/api/topics"),
      post("/api/topics", '{"topic":"new","channel":"c"}'),
      post("/api/topics", '{"topic":"orders","channel":"c"}'),
      get("/api/topics/orders"),
    ],
  },
  {
    name: "admin.act.bodies",
    steps: [
      ...EMPTY,
      ...[
        "",
        " ",
        "{",
        "nonsense",
        "[]",
        "null",
        "{}",
        '{"topic":1}',
        '{"topic":"a b"}',
        '{"topic":"t","channel":"c d"}',
        '{"TOPIC":"x"} and more',
        '{"topic":"t",}',
        '{"topic" "t"}',
        '{"topic":"t"',
        "{'topic':'t'}",
        "tru",
        "trux",
        "-",
        '"text"',
        "[1 2]",
      ].flatMap((body) => [
        post("/api/topics", body),
        post("/api/topics/t", body),
        // Upstream then asks the address that is named here, whatever it is; ours does not.
        ...body.includes("channel") || body.includes("TOPIC") ? [] : [remove("/api/nodes/n", body)],
      ]),
    ],
  },
  {
    name: "admin.act.tombstone",
    steps: [
      ...CLUSTER,
      remove("/api/nodes/${nsqd.http}", '{"topic":"orders"}'),
      http("lookupd", "GET", "/lookup?topic=orders"),
      http("nsqd", "GET", "/stats?format=json&topic=orders&include_mem=false"),
      remove("/api/nodes/${nsqd.http}", '{"topic":"orders"}'),
    ],
  },
  {
    name: "admin.acl",
    steps: [
      ...emptyCluster("--admin-user=ann", "--admin-user=bob"),
      get("/api/topics"),
      ...[undefined, { "x-forwarded-user": "bob" }, { "X-Forwarded-User": "Ann" }, FORWARDED]
        .flatMap((headers) => [
          post("/api/topics", '{"topic":"t"}', headers),
          post("/api/topics/t", "nonsense", headers),
          post("/api/topics/t/c", "", headers),
          remove("/api/topics/nosuch", undefined, headers),
          remove("/api/topics/nosuch/c", undefined, headers),
          remove("/api/nodes/127.0.0.1:1", "", headers),
        ]),
      get("/config/log_level"),
      put("/config/log_level", "debug"),
    ],
  },
  {
    name: "admin.acl.other_header",
    steps: [
      ...emptyCluster("--admin-user=ann", "--acl-http-header=X-User"),
      post("/api/topics", '{"topic":"t"}', FORWARDED),
      post("/api/topics", '{"topic":"t"}', { "x-user": "ann" }),
    ],
  },
  {
    name: "admin.config",
    steps: [
      ...EMPTY,
      ...[
        "log_level",
        "log_prefix",
        "base_path",
        "graphite_url",
        "proxy_graphite",
        "statsd_interval",
        "statsd_prefix",
        "nsqlookupd_http_addresses",
        "nsqd_http_addresses",
        "http_client_connect_timeout",
        "allow_config_from_cidr",
        "acl_http_header",
        "admin_users",
        "admin_user",
        "nosuch",
      ].map((option) => get(`/config/${option}`)),
      put("/config/log_level", ""),
      put("/config/log_level", "loud"),
      put("/config/log_level", "WARN"),
      put("/config/base_path", "/x"),
      put("/config/nosuch", "x"),
      put("/config/nsqlookupd_http_addresses", "nonsense"),
      put("/config/nsqlookupd_http_addresses", '{"a":1}'),
      put("/config/nsqlookupd_http_addresses", '["127.0.0.1:1"]'),
      get("/api/topics"),
      put("/config/nsqlookupd_http_addresses", '["${lookupd.http}"]'),
      get("/api/topics"),
      post("/config/log_level", "debug"),
    ],
  },
  {
    name: "admin.config.elsewhere",
    steps: [
      ...emptyCluster("--allow-config-from-cidr=10.0.0.0/8"),
      get("/config/log_level"),
      put("/config/log_level", "debug"),
    ],
  },
  {
    name: "admin.routes",
    steps: [
      ...EMPTY,
      get("/ping"),
      get("/nosuch"),
      get("/api"),
      get("/api/nosuch"),
      get("/static/nosuch.js"),
      get("/fonts/nosuch.woff2"),
      get("/static/"),
      get("/render?target=x"),
      http("admin", "HEAD", "/ping"),
      post("/ping", ""),
      put("/api/topics", "{}"),
      remove("/api/nodes"),
      http("admin", "OPTIONS", "/api/topics"),
      http("admin", "OPTIONS", "/api/topics/t/c"),
      get("/api/topics/"),
      get("/API/topics"),
      get("/ping/"),
      get("/api//topics"),
    ],
  },
  {
    name: "admin.base_path",
    steps: [
      ...emptyCluster("--base-path=admin/"),
      get("/admin/ping"),
      get("/admin/api/topics"),
      get("/admin/config/base_path"),
      get("/ping"),
      get("/api/topics"),
      get("/"),
      get("/admin/api/topics/nosuch"),
    ],
  },
  {
    name: "admin.graphite",
    steps: [
      GONE,
      ...emptyCluster("--graphite-url=http://${gone.http}"),
      get("/api/graphite"),
      get("/api/graphite?metric=rate"),
      get("/api/graphite?metric=speed&target=x"),
      get("/api/graphite?metric=rate&target=x"),
      get("/api/graphite?metric=rate&target=%zz"),
      get("/render?target=x"),
    ],
  },
  {
    name: "admin.flags",
    steps: ([
      [],
      ["--lookupd-http-address=127.0.0.1:1", "--nsqd-http-address=127.0.0.1:2"],
      ["--lookupd-http-address=127.0.0.1"],
      ["--nsqd-http-address=127.0.0.1:1", "--http-client-tls-cert=x"],
      ["--nsqd-http-address=127.0.0.1:1", "--http-client-tls-key=x"],
      ["--nsqd-http-address=127.0.0.1:1", "--http-client-tls-root-ca-file=/nonexistent"],
      ["--nsqd-http-address=127.0.0.1:1", "--allow-config-from-cidr=nonsense"],
      ["--nosuch"],
      ["--statsd-interval=x"],
    ] as string[][]).map((flags): UnrecordedStep => ({
      op: "run_to_exit",
      kind: "nsqadmin",
      flags,
    } as UnrecordedStep)),
  },
];
