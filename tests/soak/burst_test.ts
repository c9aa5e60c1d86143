/**
 * A burst of connections, BURST_CONNECTIONS (2,000) at once, most of which mean no good: idle, half-open, dripping
 * a command byte by byte, or reading nothing of what they asked for. The honest ones are served, those who do not
 * get on are let go, a limit holds, and memory stays in bounds. No times are asserted; the figures are printed.
 */
import { assert, assertEquals } from "@std/assert";
import { bytesOf } from "../../src/base/byte_string.ts";
import { identifyCommand } from "../../src/client/command_bytes.ts";
import { BrokerProcess, inMib } from "./broker_process.ts";
import { Bystander } from "./bystander.ts";
import { HostileSocket } from "./hostile_socket.ts";
import { say, sleep } from "./random.ts";
import { RssWatch } from "./rss_watch.ts";

const COUNT = Number(Deno.env.get("BURST_CONNECTIONS") ?? 2000);
const KIB = 1024;
const MIB = KIB * KIB;
/** What one connection may cost at most on average, and what the burst itself leaves uncollected. */
const CONNECTION_BYTES_MAX = 16 * KIB;
const GARBAGE_BYTES_MAX = 128 * MIB;
/** A slow reader's outbox: twice its limit, and two messages. */
const UNREAD_BYTES_MAX = 200 * KIB;
const MESSAGE_BYTES = 20_000;
const SLOW_COUNT = 100;
const DRIP_MS = 250;
const PATIENCE_MS = 30_000;
const POLL_MS = 50;
const MAGIC = "  V2";

const FLAGS = ["--min-free-space=0"];
/** Even on a slow machine the first bytes of two thousand connections come within the former. */
const IMPATIENT = [...FLAGS, "--handshake-timeout=10s", "--command-timeout=3s"];

/** Connects all at once. */
function burst(port: number, count: number, hello: string | Uint8Array) {
  return Promise.all(Array.from({ length: count }, () => HostileSocket.saying(port, hello)));
}

async function refusals(broker: BrokerProcess): Promise<Record<string, number>> {
  return JSON.parse(await broker.get("/stats?format=json&include_more=true&topic=none")).refusals ??
    {};
}

/** Sends a byte of a command now and then until the broker has had enough; says whether it had. */
async function drip(socket: HostileSocket): Promise<boolean> {
  const command = bytesOf(`PUB ${"t".repeat(64)}\n`);
  for (const byte of command) {
    if (!await socket.write(Uint8Array.of(byte))) return true;
    await sleep(DRIP_MS);
  }
  return false;
}

/** Resolves when as many were given up as mean no good; those who mean well must not be among them. */
async function givenUp(broker: BrokerProcess, expected: Record<string, number>): Promise<void> {
  const untilMs = performance.now() + PATIENCE_MS;
  const sum = (counts: Record<string, number>) =>
    Object.values(counts).reduce((all, count) => all + count, 0);
  let counts = await refusals(broker);
  for (
    ;
    sum(counts) < sum(expected) && performance.now() < untilMs;
    counts = await refusals(broker)
  ) {
    await sleep(POLL_MS);
  }
  assertEquals(counts, expected);
}

/** Messages that wait for the slow readers. */
async function prepareBacklog(broker: BrokerProcess): Promise<void> {
  await broker.post("/topic/create?topic=unread");
  await broker.post("/channel/create?topic=unread&channel=c");
  const body = new Uint8Array(MESSAGE_BYTES);
  for (let index = 0; index < 20 * SLOW_COUNT; index++) {
    await broker.post("/pub?topic=unread", body);
  }
}

Deno.test(`broker bears a burst of ${COUNT} connections of all kinds`, async () => {
  await using broker = await BrokerProcess.start(IMPATIENT);
  await using bystander = await Bystander.start(broker.tcpPort);
  await prepareBacklog(broker);
  await bystander.more(3);
  using watch = new RssWatch(broker);
  const startMs = performance.now();
  const quarter = Math.floor((COUNT - SLOW_COUNT) / 4);
  const quiet = bytesOf(
    MAGIC + String.fromCharCode(...identifyCommand({ heartbeat_interval: -1 })),
  );
  const reader = "SUB unread c\nRDY 100\n";
  const [idle, silent, half, dripping, slow] = await Promise.all([
    burst(broker.tcpPort, quarter, quiet),
    burst(broker.tcpPort, quarter, ""),
    burst(broker.tcpPort, quarter, `${MAGIC}PUB t\n\0\0`),
    burst(broker.tcpPort, quarter, MAGIC),
    burst(broker.tcpPort, SLOW_COUNT, MAGIC + reader),
  ]);
  const connectedMs = performance.now() - startMs;
  const drips = Promise.all(dripping.map(drip));
  await bystander.more(3);
  assertEquals(await broker.get("/ping"), "OK");
  const servedMs = performance.now() - startMs;
  assert((await drips).every((isCut) => isCut), "some could drip on");
  await givenUp(broker, { handshake_timeout: quarter, command_timeout: 2 * quarter });
  watch.expectBelow(
    GARBAGE_BYTES_MAX + COUNT * CONNECTION_BYTES_MAX + SLOW_COUNT * UNREAD_BYTES_MAX,
  );
  say(
    `burst: ${COUNT} connected in ${Math.round(connectedMs)} ms, others served after ` +
      `${Math.round(servedMs)} ms, memory +${inMib(watch.growthBytes)} at most`,
  );
  for (const socket of [...idle, ...silent, ...half, ...dripping, ...slow]) socket.close();
  await bystander.more(3);
  assertEquals(broker.faults, []);
  assertEquals(broker.isAlive, true);
});

Deno.test("broker lets in --max-connections and no more, whatever comes", async () => {
  const limit = 200;
  await using broker = await BrokerProcess.start([...FLAGS, `--max-connections=${limit}`]);
  const hello = bytesOf(
    MAGIC + String.fromCharCode(...identifyCommand({ heartbeat_interval: -1 })),
  );
  const sockets = await burst(broker.tcpPort, 3 * limit, hello);
  const ends = sockets.map((socket) => socket.readToEnd());
  while ((await refusals(broker)).tcp_connections !== 2 * limit) await sleep(20);
  while (sockets.filter(({ heard }) => heard > 0).length < limit) await sleep(20);
  for (const socket of sockets) socket.close();
  const heard = await Promise.all(ends);
  assertEquals(heard.filter((bytes) => bytes > 0).length, limit);
  // Their places are free again.
  await using bystander = await Bystander.start(broker.tcpPort);
  await bystander.more(3);
  assertEquals(broker.faults, []);
});

Deno.test("broker gives up on HTTP heads that never end, where connections are counted", async () => {
  const count = 300;
  await using broker = await BrokerProcess.start([...IMPATIENT, "--max-http-connections=400"]);
  const sockets = await burst(broker.httpPort, count, "GET /ping HTTP/1.1\r\nHost: x\r\nX-A: ");
  assertEquals(await broker.get("/ping"), "OK");
  const heard = await Promise.all(sockets.map((socket) => socket.readToEnd()));
  for (const socket of sockets) socket.close();
  assert(heard.every((bytes) => bytes > 0), "each is told with 408");
  assertEquals(await refusals(broker), { http_request_timeout: count });
  assertEquals(broker.faults, []);
});
