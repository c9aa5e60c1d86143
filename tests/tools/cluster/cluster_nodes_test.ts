// Finding nsqds through nsqlookupds and asking all of them, against servers in this process.

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { type ClusterSettings, clusterSettings } from "../../../src/tools/cluster/cluster_flags.ts";
import { clusterStats, isDialable } from "../../../src/tools/cluster/cluster_nodes.ts";
import { OptionError } from "../../../src/options/option_error.ts";

interface Server extends AsyncDisposable {
  readonly port: number;
  readonly queries: string[];
}

/** Answers every question with one document. */
function server(document: unknown, status = 200): Server {
  const queries: string[] = [];
  const http = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, ({ url }) => {
    queries.push(new URL(url).pathname + new URL(url).search);
    return Response.json(document, { status });
  });
  return {
    port: http.addr.port,
    queries,
    [Symbol.asyncDispose]: () => http.shutdown(),
  };
}

function settings(given: Partial<ClusterSettings>): ClusterSettings {
  return { nsqds: [], lookupds: [], limitMs: 10_000, headers: {}, ...given };
}

const FLAGS = {
  nsqdHttpAddress: [],
  lookupdHttpAddress: [],
  httpAuthTokenFile: "",
  httpClientConnectTimeout: 1,
  httpClientRequestTimeout: 2,
} as const;

Deno.test("clusterStats() asks those that nsqlookupds name, and says who is silent", async () => {
  await using nsqd = server({ health: "OK", topics: [{ topic_name: "t", channels: [] }] });
  const node = (broadcast_address: string, http_port: number) => ({ broadcast_address, http_port });
  const producers = [node("127.0.0.1", nsqd.port), node("evil/?x=", 1), node("127.0.0.1", 1)];
  await using lookupd = server({ producers });
  const lookupds = [`127.0.0.1:${lookupd.port}`, "127.0.0.1:2"];
  const { nsqds, silent } = await clusterStats(settings({ lookupds }), { topic: "t" });
  assertEquals([...nsqds.keys()], [`127.0.0.1:${nsqd.port}`]);
  assertEquals(silent.map(({ address }) => address).sort(), ["127.0.0.1:1", "127.0.0.1:2"]);
  assertStringIncludes(nsqd.queries[0]!, "&include_clients=false&include_more=true&topic=t");
});

Deno.test("clusterStats() names the token file where it is not let in", async () => {
  await using nsqd = server({ message: "UNAUTHORIZED" }, 401);
  const { silent } = await clusterStats(settings({ nsqds: [`127.0.0.1:${nsqd.port}`] }));
  assertStringIncludes(silent[0]!.reason, "--http-auth-token-file");
});

Deno.test("isDialable() accepts hosts with ports and nothing that could change a URL", () => {
  assertEquals(["a-b.c:1", "[::1]:4151", "1.2.3.4:5"].map(isDialable), [true, true, true]);
  assertEquals(["a/b:1", "a@b:1", "a", "a:b", "?:1", ":1"].map(isDialable), Array(6).fill(false));
});

Deno.test("clusterSettings() has a usual nsqd, knows short addresses, and sends the token", () => {
  assertEquals(clusterSettings("x", FLAGS).nsqds, ["127.0.0.1:4151"]);
  const lookupdHttpAddress = [":4161", "127.0.0.1:4161", "[::1]:1"];
  const { nsqds, lookupds, limitMs } = clusterSettings("x", { ...FLAGS, lookupdHttpAddress });
  assertEquals([nsqds, lookupds, limitMs], [[], ["127.0.0.1:4161", "[::1]:1"], 3]);
  const { headers } = clusterSettings("x", { ...FLAGS, httpAuthTokenFile: "f" }, () => "secret\n");
  assertEquals(headers["Authorization"], "Bearer secret");
});

Deno.test("clusterSettings() refuses what is no address, and a token file that is none", () => {
  for (const address of ["http://a:1", "a", "a:0", "a:99999"]) {
    const flags = { ...FLAGS, nsqdHttpAddress: [address] };
    assertThrows(() => clusterSettings("x", flags), OptionError, "write host:port");
  }
  const unreadable = () => {
    throw new Error("no such file");
  };
  assertThrows(
    () => clusterSettings("x", { ...FLAGS, httpAuthTokenFile: "f" }, unreadable),
    OptionError,
    "no such file",
  );
});
