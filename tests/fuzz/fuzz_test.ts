/**
 * Spoiled recordings and made-up garbage against a real broker, for FUZZ_SECONDS (10): it never dies, writes no
 * stack trace, a healthy client beside gets its messages, and memory returns. FUZZ_SEED repeats a run's choices;
 * how they meet in the broker is the network's doing.
 */
import { assert, assertEquals } from "@std/assert";
import { until } from "../daemons/waiting.ts";
import { BrokerProcess, inMib } from "../soak/broker_process.ts";
import { Bystander } from "../soak/bystander.ts";
import { Random, say, sleep } from "../soak/random.ts";
import { SERVING_FLAGS } from "../transport/certificates.ts";
import { type Attack, attackConfig, attackHttp, attackTcp, attackTls } from "./attackers.ts";
import { loadRecordings } from "./recordings.ts";
import { attackStreams } from "./streams.ts";

const SECONDS = Number(Deno.env.get("FUZZ_SECONDS") ?? 10);
const SEED = Number(Deno.env.get("FUZZ_SEED") ?? Math.floor(Math.random() * 2 ** 32));
const MIB = 1024 * 1024;
const WARM_UP_MS = 2000;
/** What may stay: code compiled meanwhile, spare buffers, and holes in the allocator. */
const LEFT_BYTES_MAX = 224 * MIB;
/**
 * Failed TLS handshakes leave more of those than anything else, and ever fewer, in node:https alone, too; with one arena
 * of malloc much of it comes back. However long a run, no more are thrown than fit below the bound.
 */
const HANDSHAKES_MAX = 20_000;
const TLS_ATTACKERS = 2;
/** Objects are all gone. */
const LEFT_HEAP_BYTES_MAX = 24 * MIB;
/**
 * A broker that works for so long while a healthy client waits for one message does not serve it, ms of processor time:
 * machines that run tests stand still at times, and then it does not work either.
 */
const WORK_MS_MAX = 5000;

const FLAGS = [
  ...SERVING_FLAGS,
  "--https-address=127.0.0.1:0",
  "--handshake-timeout=2s",
  "--command-timeout=2s",
  "--min-free-space=0",
];

interface LongestWait {
  /** On the clock, ms. */
  waitMs: number;
  /** The processor time of the broker meanwhile, ms. */
  workMs: number;
}

/** The longest a bystander waits for a round. Rejects when one takes so long that it never comes about. */
async function longestWait(
  broker: BrokerProcess,
  bystander: Bystander,
  untilMs: number,
): Promise<LongestWait> {
  const longest = { waitMs: 0, workMs: 0 };
  while (performance.now() < untilMs) {
    const startMs = performance.now();
    const startWorkMs = broker.processorMs();
    const served = bystander.rounds + 1;
    const isServed = () => bystander.rounds >= served || bystander.trouble !== undefined;
    await until(isServed, () => "a round of the healthy client");
    longest.waitMs = Math.max(longest.waitMs, performance.now() - startMs);
    longest.workMs = Math.max(longest.workMs, broker.processorMs() - startWorkMs);
    assertEquals(bystander.trouble, undefined);
  }
  return longest;
}

function httpsPort(broker: BrokerProcess): number {
  return Number(/HTTPS: listening on .*:(\d+)/.exec(broker.latestLines.join("\n"))?.[1]);
}

/** Topics that the attacks made hold memory by right. */
async function deleteTopics(broker: BrokerProcess): Promise<void> {
  const { topics } = JSON.parse(await broker.get("/stats?format=json&include_clients=false"));
  for (const { topic_name: name } of topics ?? []) {
    if (name !== "bystander") await broker.post(`/topic/delete?topic=${encodeURIComponent(name)}`);
  }
}

Deno.test(`broker bears ${SECONDS} s of garbage on all its ports`, async () => {
  say(`fuzz: FUZZ_SEED=${SEED}`);
  const recordings = loadRecordings();
  await using broker = await BrokerProcess.start(
    FLAGS,
  );
  const tlsPort = httpsPort(broker);
  await using bystander = await Bystander.start(broker.tcpPort);
  await bystander.more(5);
  const thrown = {
    tcp: { count: 0 },
    http: { count: 0 },
    tls: { count: 0 },
    config: { count: 0 },
    streams: { count: 0 },
  };
  let actors = 0;
  const attack = (kind: keyof typeof thrown, untilMs: number): Attack => ({
    random: Random.of(SEED, actors++),
    recordings,
    untilMs,
    thrown: thrown[kind],
    intervalMs: kind === "tls" ? TLS_ATTACKERS * SECONDS * 1000 / HANDSHAKES_MAX : 0,
  });
  const attackers = (untilMs: number) => [
    ...Array.from({ length: 6 }, () => attackTcp(broker.tcpPort, attack("tcp", untilMs))),
    ...Array.from({ length: 4 }, () => attackHttp(broker.httpPort, attack("http", untilMs))),
    attackHttp(tlsPort, attack("tls", untilMs)),
    attackTls(tlsPort, attack("tls", untilMs)),
    attackConfig(attack("config", untilMs)),
    attackStreams(attack("streams", untilMs)),
  ];
  const { rssBytes } = await broker.idleMemory({ rssBytes: 0, heapBytes: 0 }, 3);
  // On the heap, what the first of everything costs, such as compiled code, is no leak.
  await Promise.all(attackers(performance.now() + WARM_UP_MS));
  const { heapBytes } = await broker.idleMemory({ rssBytes: 0, heapBytes: 0 });
  const before = { rssBytes, heapBytes };
  const untilMs = performance.now() + SECONDS * 1000;
  const waiting = longestWait(broker, bystander, untilMs);
  const [{ waitMs, workMs }] = await Promise.all([waiting, ...attackers(untilMs)]);
  assert(broker.isAlive, `It died:\n${broker.latestLines.slice(-30).join("\n")}`);
  assertEquals(broker.faults, []);
  assert(workMs < WORK_MS_MAX, `the broker worked ${workMs} ms while the healthy client waited`);
  await bystander.more(5);
  // Half commands and half handshakes are given up on by now.
  await sleep(2500);
  await deleteTopics(broker);
  const after = await broker.idleMemory({
    ...before,
    rssBytes: before.rssBytes + LEFT_BYTES_MAX / 4,
  });
  const { refusals } = JSON.parse(
    await broker.get("/stats?format=json&include_more=true&topic=none"),
  );
  const counts = Object.entries(thrown).map(([kind, { count }]) => `${count} ${kind}`).join(", ");
  say(
    `fuzz: ${counts}; longest wait ${Math.round(waitMs)} ms, in it ${workMs} ms of work; ` +
      `memory ${inMib(before.rssBytes)} -> ${inMib(after.rssBytes)}, ` +
      `heap ${inMib(before.heapBytes)} -> ${inMib(after.heapBytes)}; ${JSON.stringify(refusals)}`,
  );
  assert(after.rssBytes - before.rssBytes < LEFT_BYTES_MAX, "memory did not return");
  assert(after.heapBytes - before.heapBytes < LEFT_HEAP_BYTES_MAX, "objects are left");
});
