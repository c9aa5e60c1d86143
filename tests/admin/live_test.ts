// nsqadmin beside a real broker of ours: messages, tails, and its HTTP API behind a token.

import { assert, assertEquals } from "@std/assert";
import { sha256 } from "../../src/auth/token_hash.ts";
import { BrokerHere } from "../command_line/broker_here.ts";
import { TemporaryFolder } from "../daemons/temporary_folder.ts";
import { type Scene, withAdmin } from "./fake_daemons.ts";
import { seen, until } from "../daemons/waiting.ts";

async function withBroker(
  play: (scene: Scene, broker: BrokerHere, http: string) => Promise<void>,
  options: Parameters<typeof withAdmin>[0] = {},
  ...flags: string[]
): Promise<void> {
  using folder = new TemporaryFolder();
  const own = ["--http-address=127.0.0.1:0", "--broadcast-address=127.0.0.1", ...flags];
  await using broker = await BrokerHere.start(folder.path, ...own);
  const http = /HTTP: listening on (\S+)/.exec(broker.lines.join(""))![1]!;
  await withAdmin({ nsqdHttpAddress: [http], ...options }, (scene) => play(scene, broker, http));
}

Deno.test("messages of a broker of ours are looked at, finished, requeued and moved, one by one", () =>
  withBroker(async ({ ask }, broker, node) => {
    assertEquals(
      (await ask("POST", "/api/topics", { topic: "t", channel: "c", on_nodes: true })).json,
      { message: "" },
    );
    for (const body of ["one", "two", "three"]) {
      const defer = { topic: "t", body, defer_ms: 600_000 };
      assertEquals((await ask("POST", "/api/publish", defer)).json, { message: "", node });
    }
    const peek = async (state: string) =>
      (await ask("GET", `/api/messages?topic=t&channel=c&state=${state}`)).json.messages as {
        id: string;
        body: string;
        node: string;
      }[];
    const deferred = await seen(() => peek("deferred"), (found) => found.length === 3);
    assertEquals(deferred.map(({ body }) => body).sort(), ["one", "three", "two"]);
    const act = async (action: string, body: string, more = {}) => {
      const { id } = deferred.find((message) => message.body === body)!;
      const order = { action, topic: "t", channel: "c", node, id, ...more };
      return (await ask("POST", "/api/messages", order)).status;
    };
    assertEquals(await act("finish", "one"), 200);
    assertEquals(await act("finish", "one"), 404);
    assertEquals(await act("requeue", "two"), 200);
    assertEquals(await act("move", "three", { destination: "u" }), 200);
    assertEquals(await peek("deferred"), []);
    const [consumed] = await broker.consume("t", "c", 1);
    assertEquals(consumed?.body, "two");
    assert(broker.broker.topics.get("u") !== undefined);
    const { json } = await ask("GET", "/api/history?topic=t");
    assertEquals(json.nodes, [{ node, supported: true }]);
  }));

Deno.test("GET /api/tail shows what is published, takes nothing, and leaves no channel behind", () =>
  withBroker(async ({ ask, base }, broker) => {
    assertEquals((await ask("GET", "/api/tail?topic=t")).status, 404);
    await broker.publish("t", "before");
    assertEquals((await ask("GET", "/api/tail?topic=t")).json, { message: "TOPIC_HAS_NO_CHANNEL" });
    assertEquals(
      (await ask("POST", "/api/topics", { topic: "t", channel: "c", on_nodes: true })).status,
      200,
    );
    const leaving = new AbortController();
    const response = await fetch(`${base}/api/tail?topic=t`, { signal: leaving.signal });
    assertEquals(response.headers.get("content-type"), "text/event-stream; charset=utf-8");
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    const seen = async (pattern: RegExp) => {
      while (!pattern.test(text)) {
        const { done, value } = await reader.read();
        if (done) throw new Error(`the stream ended:\n${text}`);
        text += value;
      }
    };
    await seen(/"connected":true/);
    await broker.publish("t", "line\n<one>", "\xff\xfe");
    await seen(/"encoding":"hex"|"body":"ÿþ"/);
    assert(text.includes('"body":"line\\n<one>"'), text);
    assertEquals(text.includes("before"), false);
    assertEquals((await ask("GET", "/api/tail?topic=t")).json, { message: "TOO_MANY_TAILS" });
    const channels = () => [...broker.broker.topics.get("t")!.channels.keys()];
    assertEquals(channels().length, 2);
    leaving.abort();
    await reader.cancel().catch(() => {});
    await until(() => channels().length === 1);
    assertEquals(broker.depth("t", "c"), 3);
  }, { maxTails: 1 }));

Deno.test("nsqadmin shows its token to a broker with --http-auth", async () => {
  using folder = new TemporaryFolder();
  const digest = sha256(new TextEncoder().encode("nsqadmin-token")).toHex();
  const users = [{
    name: "nsqadmin",
    role: "admin",
    tokens: [`sha256:${digest}`],
    authorizations: [{ topic: ".*", permissions: ["subscribe", "publish"] }],
  }];
  Deno.writeTextFileSync(`${folder.path}/users.json`, JSON.stringify({ users }));
  Deno.writeTextFileSync(`${folder.path}/token`, "nsqadmin-token\n");
  const flags = [`--auth-file=${folder.path}/users.json`, "--http-auth"];
  const body = { topic: "t", channel: "c", on_nodes: true };
  await withBroker(
    async ({ ask }) => {
      assertEquals((await ask("POST", "/api/topics", body)).status, 502);
    },
    {},
    ...flags,
  );
  await withBroker(
    async ({ ask, base }) => {
      assertEquals((await ask("POST", "/api/topics", body)).json, { message: "" });
      assertEquals((await ask("GET", "/api/topics")).json.topics, ["t"]);
      const response = await fetch(`${base}/api/tail?topic=t`);
      const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
      for (let text = ""; !text.includes('"connected":true');) text += (await reader.read()).value;
      await reader.cancel();
    },
    { httpAuthTokenFile: `${folder.path}/token` },
    ...flags,
  );
});
