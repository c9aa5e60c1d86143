/**
 * Spoiled and made-up conversations and requests against both ports of a real nsqlookupd, for a quarter of
 * FUZZ_SECONDS (10): it never dies, writes no stack trace, goes on answering a healthy nsqd, and memory returns.
 * FUZZ_SEED repeats a run's choices.
 */
import { assert, assertEquals } from "@std/assert";
import { LookupPeers } from "../../src/lookup/lookup_peers.ts";
import { lookupdRoutes } from "../../src/lookupd/routes.ts";
import { SILENT_LOG } from "../base/kept_log.ts";
import { Daemon } from "../daemons/daemon.ts";
import { FAULT_LINE } from "../daemons/daemon_process.ts";
import { until } from "../daemons/waiting.ts";
import { joinBytes } from "../conformance/vectors.ts";
import { inMib } from "../soak/broker_process.ts";
import { Random, say } from "../soak/random.ts";
import { SERVING_FLAGS } from "../transport/certificates.ts";
import { type Attack, spoiled, throwAll } from "./attackers.ts";
import { latin1 } from "./mutation.ts";
import { loadRecordings } from "./recordings.ts";

/** A quarter of what nsqd gets: there is less of it. */
const SECONDS = Math.ceil(Number(Deno.env.get("FUZZ_SECONDS") ?? 10) / 4);
const SEED = Number(Deno.env.get("FUZZ_SEED") ?? Math.floor(Math.random() * 2 ** 32));
const MIB = 1024 * 1024;
/** What may stay: code compiled meanwhile, spare buffers, and holes in the allocator. */
const LEFT_BYTES_MAX = 160 * MIB;
/** Objects are all gone, but V8 collects them when it likes. */
const LEFT_HEAP_BYTES_MAX = 64 * MIB;
/** So many registrations may garbage make; they are no leak. */
const REGISTRATIONS_MAX = 20_000;
const FLAGS = [
  "--broadcast-address=127.0.0.1",
  "--handshake-timeout=2s",
  "--command-timeout=2s",
  `--max-registrations=${REGISTRATIONS_MAX}`,
  ...SERVING_FLAGS,
  "--https-address=127.0.0.1:0",
];
const NODE = {
  broadcastAddress: "127.0.0.1",
  tcpPort: 1,
  httpPort: 1,
  hostname: "healthy",
  topologyRegion: "",
  topologyZone: "",
  version: "1",
};

const NAMES = ["t", "t#ephemeral", "..", "", "x".repeat(64), "x".repeat(65), "\u00e9", "healthy"];
const FACTS = [
  '{"broadcast_address":"127.0.0.1","tcp_port":1,"http_port":1,"version":"1"}',
  '{"broadcast_address":"no.such.host.invalid","tcp_port":99999,"http_port":-1,"version":"1"}',
  '{"Broadcast_Address":"::1","TCP_PORT":1,"http_port":1e400,"version":"1"}',
  "{}",
  "[",
  "[".repeat(3000),
  `{${'"a":1,'.repeat(500)}"b":2}`,
];

function introduction(random: Random): Uint8Array<ArrayBuffer>[] {
  const body = latin1(random.pick(FACTS));
  const view = new DataView(new ArrayBuffer(4));
  view.setInt32(0, random.chance(85) ? body.length : random.pick([-1, 0, 2 ** 31 - 1, -(2 ** 31)]));
  return [latin1("IDENTIFY\n"), new Uint8Array(view.buffer), body];
}

/** Magic and up to twenty commands, nearly right. */
function madeConversation(random: Random): Uint8Array {
  const parts = [
    latin1(random.chance(95) ? "  V1" : random.pick(["  V2", "", "GET ", "\x16\x03\x01"])),
  ];
  if (random.chance(80)) parts.push(...introduction(random));
  for (let left = random.between(0, 20); left > 0; left--) {
    const verb = random.pick(["REGISTER", "UNREGISTER", "PING", "REGISTER", "IDENTIFY", "NOP"]);
    const words = Array.from({ length: random.between(0, 3) }, () => random.pick(NAMES));
    parts.push(latin1(`${[verb, ...words].join(" ")}${random.chance(95) ? "\n" : "\r\n"}`));
  }
  return joinBytes(parts);
}

/** One to four requests on one connection; profiles would take their time. */
function madeRequests(random: Random): Uint8Array {
  const paths = lookupdRoutes.filter(({ path }) => !path.endsWith("/profile"));
  return joinBytes(Array.from({ length: random.between(1, 4) }, () => {
    const { method, path, parameters } = random.pick(paths);
    const verb = random.chance(80) ? method : random.pick(["GET", "HEAD", "OPTIONS", "PUT", "x"]);
    const query = parameters.filter(() => random.chance(80))
      .map((name) => `${name}=${encodeURI(random.pick(NAMES))}`).join(
        random.pick(["&", ";", "&&"]),
      );
    const length = random.chance(85) ? 0 : random.between(-1, 10_000_000);
    return latin1(
      `${verb} ${path}?${query} HTTP/1.${random.between(0, 1)}\r\nHost: fuzz\r\n` +
        `Content-Length: ${length}\r\n\r\n`,
    );
  }));
}

interface Held {
  readonly rssBytes: number;
  readonly heapBytes: number;
}

async function held(lookupd: Daemon): Promise<Held> {
  const { heap } = await lookupd.json("/debug/pprof/heap") as { heap: { used_heap_size: number } };
  return { rssBytes: lookupd.rssBytes(), heapBytes: heap.used_heap_size };
}

/** What it holds when there is nothing to do: it is asked until it collects, so often at most. */
async function idle(lookupd: Daemon, limit: Held): Promise<Held> {
  const least = { rssBytes: Infinity, heapBytes: Infinity };
  for (let round = 0; round < 60; round++) {
    for (let count = 0; count < 50; count++) await lookupd.ask("GET", "/metrics");
    const { rssBytes, heapBytes } = await held(lookupd);
    least.rssBytes = Math.min(least.rssBytes, rssBytes);
    least.heapBytes = Math.min(least.heapBytes, heapBytes);
    if (least.rssBytes < limit.rssBytes && least.heapBytes < limit.heapBytes) break;
  }
  return least;
}

/** A healthy node beside: it is found all the time. Returns how often it was asked for. */
async function healthy(lookupd: Daemon, untilMs: number): Promise<number> {
  let asked = 0;
  for (; performance.now() < untilMs; asked++) {
    const { status, text } = await lookupd.ask("GET", "/nodes");
    assertEquals(status, 200);
    assert(
      text.includes('"hostname":"healthy"'),
      `the healthy node is gone:\n${text.slice(0, 500)}`,
    );
  }
  return asked;
}

Deno.test(`nsqlookupd bears ${SECONDS} s of garbage on both its ports`, async () => {
  say(`fuzz of nsqlookupd: FUZZ_SEED=${SEED}`);
  const recordings = loadRecordings();
  await using lookupd = await Daemon.start({ program: "nsqlookupd", flags: FLAGS });
  const peers = new LookupPeers({ log: SILENT_LOG });
  const order = { kind: "servers", node: NODE, requestLimitMs: 5000 } as const;
  peers.order({ ...order, addresses: [lookupd.tcpAddress], registrations: [["healthy", ["c"]]] });
  const isFound = async () => (await lookupd.ask("GET", "/lookup?topic=healthy")).status === 200;
  await until(isFound, () => lookupd.tail);
  const before = await idle(lookupd, { rssBytes: 0, heapBytes: 0 });
  const untilMs = performance.now() + SECONDS * 1000;
  const thrown = { count: 0 };
  const attack = (index: number): Attack => ({
    random: Random.of(SEED, index),
    recordings,
    untilMs,
    thrown,
    intervalMs: 0,
  });
  const attacks = Array.from({ length: 10 }, (_, index) => {
    const { random } = attack(index);
    const make = index < 6
      ? () => spoiled(random, madeConversation, recordings.conversations)
      : () => spoiled(random, madeRequests, recordings.requests);
    return throwAll(index < 6 ? lookupd.tcpPort : lookupd.httpPort, attack(index), make);
  });
  const [asked] = await Promise.all([healthy(lookupd, untilMs), ...attacks]);
  assert(lookupd.isAlive, `It died:\n${lookupd.tail}`);
  assertEquals(lookupd.latestLines.filter((line) => FAULT_LINE.test(line)), []);
  // What is half is given up on by then.
  await until(
    async () =>
      Number(/kind="tcp"} (\d+)/.exec((await lookupd.ask("GET", "/metrics")).text)?.[1]) === 1,
    () => "connections stay open",
  );
  const limit = {
    rssBytes: before.rssBytes + LEFT_BYTES_MAX / 4,
    heapBytes: before.heapBytes + LEFT_HEAP_BYTES_MAX / 4,
  };
  const after = await idle(lookupd, limit);
  say(
    `fuzz of nsqlookupd: ${thrown.count} thrown, asked ${asked} times; ` +
      `memory ${inMib(before.rssBytes)} -> ${inMib(after.rssBytes)}, ` +
      `heap ${inMib(before.heapBytes)} -> ${inMib(after.heapBytes)}`,
  );
  assert(after.rssBytes - before.rssBytes < LEFT_BYTES_MAX, "memory did not return");
  assert(after.heapBytes - before.heapBytes < LEFT_HEAP_BYTES_MAX, "objects are left");
  peers.order({ ...order, addresses: [], registrations: [] });
  assertEquals(await lookupd.stop("SIGTERM"), 0);
});
