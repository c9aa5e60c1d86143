// What the page sees of the cluster: lists, rates, warnings, the last hour, messages.

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { PatientRound } from "../../src/admin/patient_round.ts";
import { channelJson, FakeDaemon, fakeNsqd, infoOf, topicJson, withAdmin } from "./fake_daemons.ts";

interface Row {
  topic_name: string;
  total_depth: number;
  warnings: string[];
}

const names = (json: { topics: Row[] }) => json.topics.map(({ topic_name }) => topic_name);

Deno.test("GET /api/overview/topics searches, sorts, filters and pages", async () => {
  const topics = Array.from(
    { length: 300 },
    (_, index) =>
      topicJson(`orders.${index}`, [channelJson("c", { depth: index })], { paused: index === 7 }),
  );
  await using nsqd = fakeNsqd(() => topics);
  const options = { nsqdHttpAddress: [nsqd.address], surveyInterval: 60_000 };
  await withAdmin(options, async ({ ask }) => {
    const list = async (query: string) => (await ask("GET", `/api/overview/topics?${query}`)).json;
    const first = await list("");
    assertEquals([first.all, first.total, first.topics.length], [300, 300, 100]);
    assertEquals(names(first).slice(0, 3), ["orders.0", "orders.1", "orders.10"]);
    const deepest = await list("sort=depth&order=desc&limit=2&offset=1");
    assertEquals(names(deepest), ["orders.298", "orders.297"]);
    assertEquals(names(await list("search=9+ORD+8&order=desc")), [
      "orders.98",
      "orders.89",
      "orders.298",
      "orders.289",
      "orders.198",
      "orders.189",
    ]);
    assertEquals(names(await list("only=paused")), ["orders.7"]);
    assertEquals((await list("only=depth")).total, 299);
    assertEquals(
      (await list("limit=99999999999999999999&offset=-1&sort=constructor")).topics.length,
      100,
    );
    assertEquals(first.totals.depth, 300 * 299 / 2);
    assertEquals(nsqd.asked.filter((line) => line.includes("/stats")).length, 1);
  });
});

Deno.test("GET /api/overview/topics knows rates from the second look on, and topics nobody has", async () => {
  let count = 0;
  await using nsqd = fakeNsqd(
    () => [
      topicJson("t", [channelJson("c")], { message_count: count += 50, message_bytes: 10 * count }),
    ],
  );
  await using lookupd = new FakeDaemon(({ pathname }) =>
    pathname === "/nodes"
      ? { producers: [{ ...infoOf(nsqd.port), topics: ["t"], tombstones: [false] }] }
      : { topics: ["t", "lonely"] }
  );
  const options = { lookupdHttpAddress: [lookupd.address], surveyInterval: 50 };
  await withAdmin(options, async ({ ask }) => {
    const look = async () => (await ask("GET", "/api/overview/topics")).json;
    const first = await look();
    assertEquals(names(first), ["lonely", "t"]);
    assertEquals([first.topics[0].node_count, first.topics[1].node_count], [0, 1]);
    assertEquals("message_rate" in first.topics[1], false);
    let rate: number | undefined;
    for (let tries = 0; rate === undefined && tries < 300; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      rate = (await look()).topics[1].message_rate;
    }
    assert(rate! > 0, `the rate is ${rate}`);
  });
});

Deno.test("GET /api/overview/warnings names what needs attention, the worst first", async () => {
  const waiting = { depth: 5, message_count: 5 };
  const clients = (ready: number) => [{ ready_count: ready }];
  await using nsqd = fakeNsqd(() => [
    topicJson("t", [
      channelJson("stuck", { ...waiting, client_count: 1, clients: clients(0) }),
      channelJson("busy", { ...waiting, client_count: 1, in_flight_count: 1, clients: clients(0) }),
      channelJson("fine", { ...waiting, client_count: 1, clients: clients(3) }),
      channelJson("lonely", waiting),
      channelJson("halted", { ...waiting, paused: true }),
      channelJson("empty"),
    ]),
  ], ({ pathname, searchParams }) =>
    pathname === "/stats" && !searchParams.has("topic")
      ? {
        health: "NOK - no disk",
        node: { free_bytes: 5e8, min_free_bytes: 4e8, is_full: false },
        topics: [topicJson(
          "t",
          ["stuck", "busy", "fine", "lonely", "halted"].map((name) =>
            channelJson(name, {
              ...waiting,
              client_count: name === "lonely" || name === "halted" ? 0 : 1,
              in_flight_count: name === "busy" ? 1 : 0,
              paused: name === "halted",
            })
          ),
        )],
      }
      : undefined);
  await withAdmin({ nsqdHttpAddress: [nsqd.address, "127.0.0.1:1"] }, async ({ ask }) => {
    const { json } = await ask("GET", "/api/overview/warnings");
    assertEquals(
      json.warnings.map(({ kind, channel }: { kind: string; channel?: string }) => [kind, channel]),
      [
        ["node_unreachable", undefined],
        ["node_unhealthy", undefined],
        ["disk", undefined],
        ["rdy_zero", "stuck"],
        ["no_consumer", "lonely"],
        ["paused_with_depth", "halted"],
      ],
    );
    assertMatch(
      json.message,
      /^WARNING: Get "http:\/\/127\.0\.0\.1:1\/info": dial tcp 127\.0\.0\.1:1: connect: connection refused$/,
    );
    const nodes = (await ask("GET", "/api/overview/nodes")).json.nodes;
    assertEquals(nodes.map(({ reachable }: { reachable: boolean }) => reachable), [true, false]);
    assertEquals([nodes[0].free_bytes, nodes[0].is_full, nodes[0].channel_count], [5e8, false, 5]);
    const { json: { topics: [row] } } = await ask("GET", "/api/overview/topics?only=warnings");
    assertEquals(row.warnings, ["rdy_zero", "no_consumer", "paused_with_depth"]);
  });
});

Deno.test("an nsqd whose /stats says nonsense about its node spoils nothing of the overview", async () => {
  await using nsqd = fakeNsqd(
    () => [],
    ({ pathname }) =>
      pathname === "/stats"
        ? { health: "NOK - odd", node: ["free_bytes", 0], topics: [topicJson("t", [])] }
        : undefined,
  );
  await withAdmin({ nsqdHttpAddress: [nsqd.address] }, async ({ ask }) => {
    const { warnings } = (await ask("GET", "/api/overview/warnings")).json;
    assertEquals(warnings.map(({ kind }: { kind: string }) => kind), ["node_unhealthy"]);
    const { nodes } = (await ask("GET", "/api/overview/nodes")).json;
    assertEquals([nodes[0].topic_count, nodes[0].free_bytes], [1, undefined]);
  });
});

Deno.test("GET /api/overview/topic shows a topic by node and channel; one nobody has without figures", async () => {
  await using nsqd = fakeNsqd(
    () => [topicJson("t", [channelJson("c", { depth: 3, in_flight_count: 2 })], { depth: 1 })],
  );
  await using lookupd = new FakeDaemon(({ pathname, searchParams }) => {
    if (pathname === "/topics") return { topics: ["t", "lonely"] };
    if (pathname === "/channels") return { channels: ["c", "known"] };
    if (pathname !== "/lookup") return undefined;
    const topic = searchParams.get("topic");
    if (topic === "t") return { channels: [], producers: [infoOf(nsqd.port)] };
    return topic === "lonely" ? { channels: [], producers: [] } : undefined;
  });
  await withAdmin({ lookupdHttpAddress: [lookupd.address] }, async ({ ask }) => {
    const { json } = await ask("GET", "/api/overview/topic?topic=t");
    assertEquals([json.depth, json.total_depth, json.message], [1, 4, ""]);
    const channels = json.channels as { channel_name: string; depth: number; nodes: unknown[] }[];
    assertEquals(
      channels.map(({ channel_name, depth, nodes }) => [channel_name, depth, nodes.length]),
      [
        ["c", 3, 1],
        ["known", 0, 0],
      ],
    );
    assertEquals(json.nodes[0].node, nsqd.address);
    const lonely = (await ask("GET", "/api/overview/topic?topic=lonely")).json;
    assertEquals([lonely.nodes, lonely.channels.length], [[], 2]);
    assertEquals((await ask("GET", "/api/overview/topic?topic=nosuch")).status, 404);
    assertEquals((await ask("GET", "/api/overview/topic")).status, 400);
  });
});

Deno.test("GET /api/history sums nodes on common steps; upstream's nsqd has none", async () => {
  const columns = (values: number[]) => ({
    depth: values,
    in_flight: values,
    deferred: values,
    messages: values,
    requeues: values,
    timeouts: values,
    oldest_age_ms: values,
    latency_p50_ms: values,
    latency_p99_ms: values.map(() => null),
  });
  const historyOf = (end: number, values: number[]) => ({ pathname, search }: URL) =>
    pathname !== "/history" ? undefined : {
      step_ms: 10_000,
      is_complete: true,
      series: [{ topic: "t", channel: null, end_ms: end, ...columns(values) }],
      asked: search,
    };
  const topics = () => [topicJson("t", [])];
  await using one = fakeNsqd(topics, historyOf(1_000_000, [10, 20, 30]));
  await using late = fakeNsqd(topics, historyOf(989_000, [1, 2]));
  await using upstream = fakeNsqd(topics);
  const options = { nsqdHttpAddress: [one.address, late.address, upstream.address] };
  await withAdmin(options, async ({ ask }) => {
    const { json } = await ask("GET", "/api/history?topic=t&since=5");
    assertEquals([json.step_ms, json.end_ms], [10_000, 1_000_000]);
    const [{ columns: found, topic, channel }] = json.series;
    assertEquals([topic, channel], ["t", null]);
    assertEquals(found.depth, [11, 22, 30]);
    assertEquals(found.message_rate, [1.1, 2.2, 3]);
    assertEquals(found.oldest_age_ms, [10, 20, 30]);
    assertEquals(found.latency_p99_ms, [null, null, null]);
    const [none, nothing, finished] = found.finish_rate;
    assertEquals([none, nothing, Math.round(10 * finished)], [null, 0, 6]);
    assertEquals(json.nodes.map(({ supported }: { supported: boolean }) => supported), [
      true,
      true,
      false,
    ]);
    assert(one.asked.includes("GET /history?topic=t&since=5"));
  });
});

Deno.test("GET /api/messages hands on what nsqd's show of their messages", async () => {
  const message = { id: "0123456789abcdef", state: "deferred", body: "x", encoding: "text" };
  await using ours = fakeNsqd(
    () => [topicJson("t", [])],
    ({ pathname }) =>
      pathname === "/channel/peek"
        ? { total: 3, is_complete: false, messages: [message] }
        : undefined,
  );
  await using upstream = fakeNsqd(() => [topicJson("t", [])]);
  await withAdmin({ nsqdHttpAddress: [ours.address, upstream.address] }, async ({ ask }) => {
    const query = "topic=t&channel=c%23ephemeral&state=deferred&limit=9999&format=hex";
    const { json } = await ask("GET", `/api/messages?${query}`);
    assertEquals(json, {
      messages: [{ node: ours.address, ...message }],
      total: 3,
      is_complete: false,
      nodes: [
        { node: ours.address, supported: true, total: 3 },
        { node: upstream.address, supported: false },
      ],
      message: "",
    });
    assert(
      ours.asked.includes(
        "GET /channel/peek?topic=t&channel=c%23ephemeral&state=deferred&format=hex&limit=500&bytes=4096",
      ),
    );
  });
});

Deno.test("GET /api/messages and /api/history do without an nsqd that lies", async () => {
  const topics = () => [topicJson("t", [])];
  const nsqd = (total: unknown, age: unknown) => {
    const series = { topic: "t", channel: null, depth: [7], oldest_age_ms: age };
    const pages: Record<string, unknown> = {
      "/history": { step_ms: 1000, series: [series] },
      "/channel/peek": { total, is_complete: true, messages: [{ id: "0123456789abcdef" }] },
    };
    return fakeNsqd(topics, ({ pathname }) => pages[pathname]);
  };
  await using honest = nsqd(1, [2]);
  await using liar = nsqd("many", "old");
  await withAdmin({ nsqdHttpAddress: [honest.address, liar.address] }, async ({ ask }) => {
    for (const path of ["/api/messages?topic=t&channel=c", "/api/history?topic=t"]) {
      const { status, json } = await ask("GET", path);
      assertEquals(status, 200);
      const nodes = json.nodes as { node: string; error?: string }[];
      assertEquals(nodes.map(({ node, error }) => [node, error?.split(" ")[0]]), [
        [honest.address, undefined],
        [liar.address, "json:"],
      ]);
      assertEquals((json.messages ?? json.series).length, 1);
    }
  });
});

Deno.test("POST /api/messages has one nsqd do something with one message, and tells its refusal", async () => {
  await using nsqd = fakeNsqd(() => [topicJson("t", [])], ({ pathname }, { method }) => {
    if (method !== "POST") return undefined;
    if (pathname === "/message/finish") {
      return Response.json({ message: "MESSAGE_NOT_FOUND" }, { status: 404 });
    }
    return pathname === "/message/move" ? new Response() : undefined;
  });
  await withAdmin({ nsqdHttpAddress: [nsqd.address] }, async ({ ask }) => {
    const body = { topic: "t", channel: "c", node: nsqd.address, id: "0123456789abcdef" };
    const act = async (more: Record<string, unknown>) => {
      const { status, json } = await ask("POST", "/api/messages", { ...body, ...more });
      return [status, json.message];
    };
    assertEquals(await act({ action: "move", destination: "u" }), [200, ""]);
    assert(nsqd.asked.includes("POST /message/move?topic=t&channel=c&id=0123456789abcdef&to=u"));
    assertEquals(await act({ action: "finish" }), [404, "MESSAGE_NOT_FOUND"]);
    assertEquals(await act({ action: "requeue" }), [501, "NOT_SUPPORTED"]);
    assertEquals(await act({ action: "move" }), [400, "INVALID_TOPIC"]);
    assertEquals(await act({ action: "eat" }), [400, "INVALID_ACTION"]);
    assertEquals(await act({ action: "finish", topic: "a b" }), [400, "INVALID_TOPIC"]);
    assertEquals(await act({ action: "finish", channel: 5 }), [400, "INVALID_BODY"]);
    assertEquals(await act({ action: "finish", node: "127.0.0.1:1" }), [404, "NODE_NOT_FOUND"]);
  });
});

Deno.test("POST /api/publish publishes text or bytes on a node that has the topic", async () => {
  const bodies: string[] = [];
  const taking = async ({ pathname, search }: URL, request: Request) => {
    if (pathname !== "/pub") return undefined;
    bodies.push(`${search} ${new Uint8Array(await request.arrayBuffer()).toHex()}`);
    return search.includes("defer=999")
      ? Response.json({ message: "INVALID_DEFER" }, { status: 400 })
      : new Response("OK");
  };
  await using without = fakeNsqd(() => []);
  await using nsqd = fakeNsqd(() => [topicJson("t", [])], taking);
  await withAdmin({ nsqdHttpAddress: [without.address, nsqd.address] }, async ({ ask }) => {
    const publish = async (body: unknown) => {
      const { status, json } = await ask("POST", "/api/publish", body);
      return [status, json.message];
    };
    assertEquals((await ask("POST", "/api/publish", { topic: "t", body: "hé" })).json, {
      message: "",
      node: nsqd.address,
    });
    assertEquals(await publish({ topic: "t", body_base64: "AAE=", defer_ms: 5 }), [200, ""]);
    assertEquals(bodies, ["?topic=t 68c3a9", "?topic=t&defer=5 0001"]);
    assertEquals(await publish({ topic: "t", body: "x", defer_ms: 999 }), [400, "INVALID_DEFER"]);
    assertEquals(await publish({ topic: "t", body: "x", defer_ms: -1 }), [400, "INVALID_DEFER"]);
    assertEquals(await publish({ topic: "t", body_base64: "!" }), [400, "INVALID_BODY"]);
    assertEquals(await publish({ topic: "", body: "x" }), [400, "INVALID_TOPIC"]);
    assertEquals(await publish({ topic: "t", body: "x".repeat(1024 * 1024 + 1) }), [
      413,
      "BODY_TOO_BIG",
    ]);
    assertEquals(await publish("nonsense"), [
      400,
      "invalid character 'o' in literal null (expecting 'u')",
    ]);
  });
});

Deno.test("a node that is silent is told of, and what the others say is there", async () => {
  const { promise, resolve } = Promise.withResolvers<Response>();
  await using mute = new FakeDaemon(() => promise);
  await using nsqd = fakeNsqd(() => [topicJson("t", [])]);
  const options = {
    nsqdHttpAddress: [mute.address, nsqd.address],
    surveyInterval: 1,
    // The other one has no longer, even where this process stands still meanwhile.
    httpClientRequestTimeout: 1_500,
  };
  await withAdmin(options, async ({ ask }) => {
    for (let count = 0; count < 3; count++) {
      const { json } = await ask("GET", "/api/overview/topics");
      assertEquals(names(json), ["t"]);
      assertMatch(json.message, /^WARNING: Get ".*deadline exceeded/);
    }
  });
  resolve(new Response());
});

Deno.test("PatientRound.ask() waits only a moment for who was silent the last time, and asks him once", async () => {
  const round = new PatientRound<string>();
  const asked: string[] = [];
  const asking = (name: string, answer: Promise<string>) => () => {
    asked.push(name);
    return answer;
  };
  await assertRejects(
    () => round.ask("d", asking("first", Promise.reject(new Error("silent")))),
    Error,
    "silent",
  );
  const { promise, resolve } = Promise.withResolvers<string>();
  await assertRejects(() => round.ask("d", asking("second", promise)), Error, "silent");
  await assertRejects(() => round.ask("d", asking("third", promise)), Error, "silent");
  resolve("late");
  await promise;
  assertEquals(await round.ask("d", asking("fourth", Promise.resolve("now"))), "now");
  assertEquals(asked, ["first", "second", "fourth"]);
});
