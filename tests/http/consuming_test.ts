// Consuming over HTTP, on each kind of server: Deno.serve, node:http and node:https. A consumer is one like any other.

import { assert, assertEquals } from "@std/assert";
import { startHttpServer, startHttpsServer } from "../../src/http/http_server.ts";
import type { Options } from "../../src/options/nsqd_options.ts";
import { TlsMaterial } from "../../src/transport/tls_material.ts";
import { pem, SERVING } from "../transport/certificates.ts";
import { EventReader } from "./event_reader.ts";
import { SocketReader } from "./socket_reader.ts";
import { TestHost } from "./test_host.ts";
import { until } from "../daemons/waiting.ts";

const LOOPBACK = { kind: "tcp", hostname: "127.0.0.1", port: 0 } as const;
const PLACE = "topic=t&channel=c";

interface Scene {
  readonly host: TestHost;
  readonly url: string;
  readonly client: Deno.HttpClient;
  /** GET or POST, the body as JSON; "" for none. */
  ask(method: string, path: string, headers?: Record<string, string>): Promise<[number, unknown]>;
  inFlight(): number;
}

type Kind = "Deno.serve" | "node:http" | "node:https";

async function start(kind: Kind, options: Partial<Options>) {
  if (kind === "Deno.serve") {
    const host = new TestHost(options);
    return { host, server: await startHttpServer(host, LOOPBACK) };
  }
  if (kind === "node:http") {
    const host = new TestHost({ ...options, maxHttpConnections: 100 });
    return { host, server: await startHttpServer(host, LOOPBACK) };
  }
  const host = new TestHost({ ...options, ...SERVING });
  const material = TlsMaterial.load(host.options, Deno.readTextFileSync)!;
  return { host, server: await startHttpsServer(host, LOOPBACK, material) };
}

async function withServer(
  kind: Kind,
  use: (scene: Scene) => Promise<void>,
  options: Partial<Options> = {},
): Promise<void> {
  const { host, server } = await start(kind, options);
  const url = `${kind === "node:https" ? "https" : "http"}://127.0.0.1:${server.port}`;
  using client = Deno.createHttpClient({ caCerts: [pem("ca.crt")] });
  const ask: Scene["ask"] = async (method, path, headers = {}) => {
    const response = await fetch(url + path, { method, client, headers });
    const text = await response.text();
    return [response.status, text === "" ? "" : JSON.parse(text)];
  };
  const inFlight = () => host.topics.get("t")?.channels.get("c")?.inFlightCount ?? 0;
  try {
    await use({ host, url, client, ask, inFlight });
  } finally {
    host.httpConsumers.close();
    await server.shutdown(0);
  }
}

function everywhere(name: string, use: (scene: Scene) => Promise<void>): void {
  for (const kind of ["Deno.serve", "node:http", "node:https"] as const) {
    Deno.test(`${name} (${kind})`, () => withServer(kind, use));
  }
}

async function publish({ host }: Scene, ...bodies: string[]): Promise<void> {
  for (const body of bodies) await host.ask("POST", "/pub?topic=t", body);
}

everywhere(
  "GET /sub sends events, waits for POST /fin, and a closed stream gives back",
  async (scene) => {
    const { ask, url, client, inFlight, host } = scene;
    await publish(scene, "one", "two\n2", "three");
    const events = await EventReader.open(`${url}/sub?${PLACE}`, client);
    const one = await events.next();
    assertEquals([one.body, one.attempts, one.encoding], ["one", 1, "text"]);
    assertEquals(inFlight(), 1);
    assertEquals(await ask("POST", `/touch?${PLACE}&id=${one.id}`), [200, ""]);
    assertEquals(await ask("POST", `/fin?${PLACE}&id=${one.id}`), [200, ""]);
    const gone = { message: "MESSAGE_NOT_IN_FLIGHT" };
    assertEquals(await ask("POST", `/fin?${PLACE}&id=${one.id}`), [409, gone]);
    const two = await events.next();
    assertEquals(two.body, "two\n2");
    assertEquals(await ask("POST", `/req?${PLACE}&id=${two.id}`), [200, ""]);
    const next = [await events.next()];
    await ask("POST", `/fin?${PLACE}&id=${next[0]!.id}`);
    next.push(await events.next());
    assertEquals(next.map(({ body, attempts }) => `${body} ${attempts}`).sort(), [
      "three 1",
      "two\n2 2",
    ]);
    await events.close();
    const channel = host.topics.get("t")!.channels.get("c")!;
    await until(() => channel.consumers.size === 0);
    // As with TCP: what was in flight comes back when its time is over.
    assertEquals(inFlight(), 1);
    assertEquals(await ask("POST", `/fin?${PLACE}&id=${next[1]!.id}`), [409, gone]);
    host.clock.elapsedMs += 61_000;
    host.topics.tick(host.clock.nowMs());
    assertEquals([inFlight(), channel.depth], [0, 1]);
  },
);

everywhere(
  "GET /sub over a WebSocket takes fin, req, touch and rdy, and says what it cannot do",
  async (scene) => {
    const { url, client, inFlight } = scene;
    await publish(scene, "one", "two", "three");
    const socket = await SocketReader.open(`${url}/sub?${PLACE}&format=json`, client);
    const one = await socket.next();
    assertEquals([one.type, one.body, one.attempts], ["message", "one", 1]);
    socket.say({ touch: one.id });
    socket.say({ rdy: 2 });
    const two = await socket.next();
    assertEquals(two.body, "two");
    socket.say({ fin: one.id });
    assertEquals((await socket.next()).body, "three");
    socket.say({ fin: one.id });
    assertEquals(await socket.next(), { type: "error", message: "MESSAGE_NOT_IN_FLIGHT" });
    socket.say({ req: two.id, delay_ms: 0 });
    assertEquals((await socket.next()).attempts, 2);
    socket.sayText("{");
    assertEquals(await socket.next(), { type: "error", message: "INVALID_COMMAND" });
    socket.say({ rdy: -1 });
    assertEquals(await socket.next(), { type: "error", message: "INVALID_RDY" });
    socket.say({ req: two.id, delay_ms: "soon" });
    assertEquals(await socket.next(), { type: "error", message: "INVALID_DELAY" });
    socket.close();
    const channel = scene.host.topics.get("t")!.channels.get("c")!;
    await until(() => channel.consumers.size === 0);
    assertEquals(inFlight(), 2);
  },
);

everywhere("GET /get waits for messages, and who is gone waits no more", async (scene) => {
  const { ask, url, client, inFlight, host } = scene;
  assertEquals(await ask("GET", `/get?${PLACE}&wait=0`), [200, { messages: [] }]);
  const waiting = ask("GET", `/get?${PLACE}&count=5`);
  const channel = host.topics.get("t")!.channels.get("c")!;
  const [consumer] = channel.consumers;
  await until(() => consumer!.readyCount === 5);
  await host.ask("POST", "/mpub?topic=t", "one\ntwo");
  const [, reply] = await waiting as [number, { messages: { id: string; body: string }[] }];
  assertEquals(reply.messages.map(({ body }) => body), ["one", "two"]);
  assertEquals([inFlight(), consumer!.capacity], [2, 0]);
  assertEquals(await ask("POST", `/fin?${PLACE}&id=${reply.messages[0]!.id}`), [200, ""]);
  // Finishing makes no room for what nobody waits for.
  await publish(scene, "three");
  assertEquals([inFlight(), channel.depth], [1, 1]);
  const aborter = new AbortController();
  const { signal } = aborter;
  const held = fetch(`${url}/get?topic=t&channel=d`, { client, signal })
    .then((response) => response.text()).catch(() => "");
  const readyCounts = () =>
    [...host.topics.get("t")!.channels.get("d")?.consumers ?? []].map((each) => each.readyCount);
  await until(() => readyCounts()[0] === 1);
  aborter.abort();
  await held;
  await until(() => readyCounts()[0] === 0);
});

Deno.test("GET /sub?fin=auto finishes what it sent, and takes an ephemeral channel along", () =>
  withServer("Deno.serve", async (scene) => {
    const { url, client, host } = scene;
    const query = "topic=t&channel=tail%23ephemeral&fin=auto";
    const events = await EventReader.open(`${url}/sub?${query}`, client);
    await publish(scene, "one", "two");
    assertEquals([(await events.next()).body, (await events.next()).body], ["one", "two"]);
    const topic = host.topics.get("t")!;
    const channel = topic.channels.get("tail#ephemeral")!;
    await until(() => channel.inFlightCount === 0);
    await events.close();
    await until(() => !topic.channels.has("tail#ephemeral"));
  }));

Deno.test("GET /sub gives a client that does not read a bounded share, and the rest to others", () =>
  withServer("Deno.serve", async (scene) => {
    const { url, client, host, inFlight } = scene;
    const body = "x".repeat(50_000);
    for (let count = 0; count < 200; count++) await host.ask("POST", "/pub?topic=t", body);
    const lazy = await fetch(`${url}/sub?${PLACE}&max_in_flight=1000`, { client });
    await until(() => inFlight() > 0);
    const before = inFlight();
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert(inFlight() < 200, `${before} and then ${inFlight()} of 200 were sent`);
    const eager = await EventReader.open(`${url}/sub?${PLACE}&max_in_flight=1000`, client);
    assertEquals((await eager.next()).body, body);
    await eager.close();
    await lazy.body?.cancel();
  }));

Deno.test("GET /sub sends heartbeats, and sends away who has not read for a minute", () =>
  withServer("Deno.serve", async (scene) => {
    const { url, client, host } = scene;
    const events = await EventReader.open(`${url}/sub?${PLACE}`, client);
    host.clock.elapsedMs += 15_001;
    host.httpConsumers.tick();
    assertEquals(await events.comment(), "heartbeat");
    await events.close();
    const body = "x".repeat(50_000);
    for (let count = 0; count < 400; count++) await host.ask("POST", "/pub?topic=t", body);
    const lazy = await fetch(`${url}/sub?${PLACE}&max_in_flight=2000`, { client });
    const channel = host.topics.get("t")!.channels.get("c")!;
    await until(() => [...channel.consumers].some(({ sink }) => !sink.hasRoom));
    await until(() => {
      host.clock.elapsedMs += 10_000;
      host.httpConsumers.tick();
      return channel.consumers.size === 0;
    });
    await lazy.body?.cancel().catch(() => {});
  }));

Deno.test("GET /sub and /get refuse what they cannot read, and more than there may be", () =>
  withServer("Deno.serve", async ({ ask, url, client }) => {
    const refusals: Record<string, string> = {
      "/sub": "400 MISSING_ARG_TOPIC",
      "/sub?topic=t": "400 MISSING_ARG_CHANNEL",
      "/sub?topic=%20&channel=c": "400 INVALID_ARG_TOPIC",
      [`/sub?${PLACE}&max_in_flight=0`]: "400 INVALID_ARG_MAX_IN_FLIGHT",
      [`/sub?${PLACE}&msg_timeout=0`]: "400 INVALID_ARG_MSG_TIMEOUT",
      [`/sub?${PLACE}&sample_rate=100`]: "400 INVALID_ARG_SAMPLE_RATE",
      [`/sub?${PLACE}&fin=never`]: "400 INVALID_ARG_FIN",
      [`/sub?${PLACE}&format=xml`]: "400 INVALID_ARG_FORMAT",
      [`/get?${PLACE}&count=0`]: "400 INVALID_ARG_COUNT",
      [`/get?${PLACE}&wait=x`]: "400 INVALID_ARG_WAIT",
    };
    for (const [path, expected] of Object.entries(refusals)) {
      const [status, reply] = await ask("GET", path);
      assertEquals(`${status} ${(reply as { message: string }).message}`, expected, path);
    }
    assertEquals(await ask("GET", `/sub?${PLACE}`, { origin: "https://elsewhere.example" }), [
      403,
      { message: "FORBIDDEN_ORIGIN" },
    ]);
    const events = await EventReader.open(`${url}/sub?${PLACE}`, client);
    assertEquals(await ask("GET", `/get?${PLACE}&wait=0`), [503, {
      message: "TOO_MANY_CONSUMERS",
    }]);
    await events.close();
  }, { maxHttpConsumers: 1 }));

Deno.test("GET /get lets a page of an allowed origin read, and says so", () =>
  withServer("Deno.serve", async ({ url, client }) => {
    const origin = "https://page.example";
    const headers = { origin };
    const response = await fetch(`${url}/get?${PLACE}&wait=0`, { client, headers });
    assertEquals(response.headers.get("access-control-allow-origin"), origin);
    await response.body?.cancel();
  }, { httpAllowOrigin: ["https://page.example"] }));

Deno.test("The seat of those who poll is given up when nobody has used it for a minute", () =>
  withServer("Deno.serve", async ({ ask, host }) => {
    await ask("GET", `/get?${PLACE}&wait=0`);
    assertEquals(host.httpConsumers.count, 1);
    host.clock.elapsedMs += 59_000;
    host.httpConsumers.tick();
    assertEquals(host.httpConsumers.count, 1);
    host.clock.elapsedMs += 2000;
    host.httpConsumers.tick();
    assertEquals(host.httpConsumers.count, 0);
  }));

Deno.test("Deleting a channel ends the streams of its consumers", () =>
  withServer("Deno.serve", async ({ url, client, host }) => {
    const events = await EventReader.open(`${url}/sub?${PLACE}`, client);
    const topic = host.topics.get("t")!;
    host.topics.deleteChannel(topic, topic.channels.get("c")!);
    assertEquals(await events.end(), true);
    assertEquals(host.httpConsumers.count, 0);
  }));
