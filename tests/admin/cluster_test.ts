// nsqadmin's figures over several nsqd's, and daemons that fail, lie or do not answer.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { channelJson, FakeDaemon, fakeNsqd, infoOf, topicJson, withAdmin } from "./fake_daemons.ts";

const CLIENT = { client_id: "c", remote_address: "1.2.3.4:5", version: "V2", connect_ts: 1 };

Deno.test("GET /api/topics/:topic sums nodes, and shows the first node's channel as the sum as upstream does", async () => {
  const latency = (value: number, count: number) => ({
    count,
    percentiles: [{ quantile: 0.99, value }],
  });
  const topicWith = (depth: number, value: number, count: number) =>
    topicJson("t", [
      channelJson("c", {
        depth,
        message_count: depth,
        e2e_processing_latency: latency(value, count),
      }),
    ], {
      depth,
      backend_depth: 1,
      paused: depth === 5,
    });
  await using one = fakeNsqd(() => [topicWith(2, 10, 1)]);
  await using other = fakeNsqd(() => [topicWith(5, 40, 2)]);
  await withAdmin({ nsqdHttpAddress: [one.address, other.address] }, async ({ ask }) => {
    const { json } = await ask("GET", "/api/topics/t");
    assertEquals([json.node, json.depth, json.memory_depth, json.paused], ["*", 7, 5, true]);
    const [sum] = json.channels;
    assertEquals([sum.node, sum.depth, sum.nodes.length], ["*", 7, 1]);
    assertEquals(json.nodes[0].channels[0], sum);
    assertEquals(json.nodes[1].channels[0].depth, 5);
    assertEquals(sum.e2e_processing_latency, {
      count: 3,
      percentiles: [{ average: 30, count: 3, max: 40, min: 40, quantile: 0.99, value: 10 }],
      topic: "",
      channel: "",
      host: "*",
    });
    assertEquals(Object.keys(json).slice(0, 6), [
      "node",
      "hostname",
      "topic_name",
      "depth",
      "memory_depth",
      "backend_depth",
    ]);
  });
});

Deno.test("GET /api/topics/:topic/:channel sorts clients by node and then by nearness", async () => {
  const near = { ...CLIENT, client_id: "near", topology_region: "r", topology_zone: "z" };
  const region = { ...CLIENT, client_id: "region", topology_region: "r", topology_zone: "y" };
  const far = { ...CLIENT, client_id: "far", topology_region: "q", topology_zone: "z" };
  const clients = [far, region, near];
  await using nsqd = fakeNsqd(
    () => [topicJson("t", [channelJson("c", { clients, client_count: 3 })])],
    (url) =>
      url.pathname === "/info"
        ? { ...infoOf(nsqd.port), topology_region: "r", topology_zone: "z" }
        : undefined,
  );
  await withAdmin({ nsqdHttpAddress: [nsqd.address] }, async ({ ask }) => {
    const { json } = await ask("GET", "/api/topics/t/c");
    const ids = json.clients.map(({ client_id }: { client_id: string }) => client_id);
    assertEquals(ids, ["near", "region", "far"]);
    assertEquals(json.clients[0].node_topology_region, "r");
    assert(json.clients[0].connected > 1e18);
    assertEquals(json.clients[0].connected % 1e9, 0);
  });
});

Deno.test("a daemon that fails is a warning beside what the others say", async () => {
  await using good = fakeNsqd(() => [topicJson("t", [channelJson("c")])]);
  await using bad = new FakeDaemon(() => new Response("<broken>", { status: 500 }));
  await withAdmin({ nsqdHttpAddress: [bad.address, good.address] }, async ({ ask, lines }) => {
    const { status, json } = await ask("GET", "/api/topics");
    assertEquals(status, 200);
    assertEquals(json, {
      topics: ["t"],
      message: 'WARNING: got response 500 Internal Server Error "<broken>"',
    });
    assert(lines.some((line) => line.startsWith("warn got response 500")));
  });
});

for (
  const [what, answer, text] of [
    ["no JSON", () => new Response("nonsense"), /the answer is no JSON: "nonsense"$/],
    ["an empty body", () => new Response(""), /unexpected end of JSON input$/],
    ["JSON of another form", () => ({ topics: 7 }), /cannot unmarshal number into topics/],
    ["topics that are none", () => ({ topics: ["t"] }), /cannot unmarshal string into topics/],
    ["a redirect", () => Response.redirect("http://127.0.0.1:1/"), /got response 302 Found/],
  ] as const
) {
  Deno.test(`an nsqd that answers with ${what} makes its own answer useless and no more`, async () => {
    await using liar = new FakeDaemon(answer);
    await withAdmin({ nsqdHttpAddress: [liar.address] }, async ({ ask }) => {
      const { status, json } = await ask("GET", "/api/topics");
      assertEquals(status, 502);
      assertMatch(json.message, text);
      assertEquals((await ask("GET", "/ping")).json, "OK");
    });
  });
}

Deno.test("an nsqd that answers without end is cut off, and memory stays bounded", async () => {
  const piece = new Uint8Array(1024 * 1024).fill(32);
  let sent = 0;
  await using liar = new FakeDaemon(() =>
    new Response(
      new ReadableStream({
        pull(controller) {
          sent++;
          controller.enqueue(piece);
        },
      }),
    )
  );
  await withAdmin({ nsqdHttpAddress: [liar.address] }, async ({ ask }) => {
    const { status, json } = await ask("GET", "/api/topics");
    assertEquals(status, 502);
    // On a slow machine the time for a request may be over first.
    assertMatch(json.message, /longer than 67108864 bytes|deadline exceeded/);
    assert(sent < 200, `${sent} MiB were taken`);
  });
});

Deno.test("an nsqd that does not answer is given up after the time for a request", async () => {
  const { promise, resolve } = Promise.withResolvers<Response>();
  await using mute = new FakeDaemon(() => promise);
  const options = { nsqdHttpAddress: [mute.address], httpClientRequestTimeout: 100 };
  await withAdmin(options, async ({ ask }) => {
    const { status, json } = await ask("GET", "/api/topics");
    assertEquals(status, 502);
    assertMatch(json.message, /Get "http:.*context deadline exceeded/);
  });
  resolve(new Response());
});

Deno.test("an nsqd that wants TLS is asked again over TLS, at the port it names", async () => {
  const tls = new URL("../conformance/tls/", import.meta.url).pathname;
  await using plain = new FakeDaemon(() =>
    Response.json({ message: "TLS_REQUIRED", https_port: secure.addr.port }, { status: 403 })
  );
  const secure = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
    cert: Deno.readTextFileSync(`${tls}server.crt`),
    key: Deno.readTextFileSync(`${tls}server.key`),
  }, () => Response.json({ topics: [{ topic_name: "hidden" }] }));
  try {
    const options = { nsqdHttpAddress: [plain.address] };
    await withAdmin(options, async ({ ask }) => {
      assertEquals((await ask("GET", "/api/topics")).status, 502);
    });
    const insecure = { ...options, httpClientTlsInsecureSkipVerify: true };
    await withAdmin(insecure, async ({ ask }) => {
      assertEquals((await ask("GET", "/api/topics")).json, { topics: ["hidden"], message: "" });
    });
    const trusting = { ...options, httpClientTlsRootCaFile: `${tls}server.crt` };
    await withAdmin(trusting, async ({ ask }) => {
      assertEquals((await ask("GET", "/api/topics")).json, { topics: ["hidden"], message: "" });
    });
  } finally {
    await secure.shutdown();
  }
});

Deno.test("an nsqd of a malformed address is not asked", async () => {
  const producer = {
    broadcast_address: "evil.example/x?",
    http_port: 80,
    tcp_port: 1,
    version: "1",
  };
  await using lookupd = new FakeDaemon(({ pathname }) =>
    pathname === "/lookup" ? { channels: [], producers: [producer] } : undefined
  );
  await withAdmin({ lookupdHttpAddress: [lookupd.address] }, async ({ ask }) => {
    const { status, json } = await ask("GET", "/api/topics/t");
    assertEquals(status, 502);
    assertMatch(json.message, /"evil\.example\/x\?:80" is no host:port$/);
  });
});

Deno.test("DELETE /api/nodes/:node asks no address that the cluster does not know", async () => {
  await using stranger = fakeNsqd(() => []);
  await using lookupd = new FakeDaemon(({ pathname }) =>
    pathname === "/nodes" ? { producers: [] } : pathname === "/topic/tombstone" ? {} : undefined
  );
  await withAdmin({ lookupdHttpAddress: [lookupd.address] }, async ({ ask }) => {
    const { status, json } = await ask("DELETE", `/api/nodes/${stranger.address}`, { topic: "t" });
    assertEquals(status, 502);
    assertMatch(json.message, /is not known$/);
    assertEquals(stranger.asked, []);
    assertEquals(
      lookupd.asked[0],
      `POST /topic/tombstone?topic=t&node=${encodeURIComponent(stranger.address)}`,
    );
  });
});

Deno.test("only nsqd's get to see the token of --http-auth-token-file", async () => {
  const seen: (string | null)[] = [];
  const note = (_: URL, request: Request) => {
    seen.push(request.headers.get("authorization"));
    return undefined;
  };
  await using nsqd = fakeNsqd(() => [topicJson("t", [])], note);
  await using lookupd = new FakeDaemon((url, request) => {
    assertEquals(request.headers.get("authorization"), null);
    return url.pathname === "/lookup"
      ? { channels: [], producers: [infoOf(nsqd.port)] }
      : undefined;
  });
  const options = { lookupdHttpAddress: [lookupd.address], httpAuthTokenFile: "token" };
  await withAdmin(options, async ({ ask }) => {
    assertEquals((await ask("GET", "/api/topics/t")).status, 200);
  }, () => " secret\n");
  assertEquals(seen, ["Bearer secret"]);
});
