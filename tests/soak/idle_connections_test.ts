/**
 * Two thousand consumers that have nothing to do: each is asked whether it is there, those who do not
 * answer are let go, the others leave in good order.
 */
import { assert, assertEquals } from "@std/assert";
import { bytesOf } from "../../src/base/byte_string.ts";
import { until } from "../daemons/waiting.ts";
import { BrokerProcess, inMib } from "./broker_process.ts";
import { HostileSocket } from "./hostile_socket.ts";
import { IdleConsumer } from "./idle_consumer.ts";

const COUNT = 2000;
const SILENT_COUNT = 50;
/** So many connections wait for their welcome at a time. */
const AT_ONCE = 100;
/** A tenth of what 10,000 may take would be 40 MiB; garbage of 2,000 beginnings is in it. */
const RSS_GROWTH_BYTES_MAX = 96 * 1024 * 1024;

async function clientCount(broker: BrokerProcess): Promise<number> {
  const { topics } = JSON.parse(await broker.get("/stats?format=json&include_clients=false"));
  return topics[0]?.channels[0]?.client_count ?? 0;
}

Deno.test("broker asks 2,000 idle consumers whether they are there and lets them go", async () => {
  await using broker = await BrokerProcess.start();
  const startBytes = broker.rssBytes();
  const consumers: IdleConsumer[] = [];
  while (consumers.length < COUNT) {
    const opening = Array.from({ length: AT_ONCE }, () => IdleConsumer.open(broker.tcpPort));
    consumers.push(...await Promise.all(opening));
  }
  const silent = await Promise.all(
    Array.from({ length: SILENT_COUNT }, () =>
      HostileSocket.saying(
        broker.tcpPort,
        bytesOf('  V2IDENTIFY\n\0\0\0\x1b{"heartbeat_interval":1000}SUB idle c\nRDY 1\n'),
      )),
  );
  const heard = await Promise.all(silent.map((socket) => socket.readToEnd()));
  for (const socket of silent) socket.close();
  // OK, OK and one or two heartbeats.
  assert(heard.every((bytes) => bytes >= 2 * 10 + 19), `the silent ones heard ${heard} bytes`);
  await Promise.all(consumers.map((consumer) => consumer.heartbeats(2)));
  assertEquals(await clientCount(broker), COUNT);
  const growthBytes = broker.rssBytes() - startBytes;
  assert(growthBytes < RSS_GROWTH_BYTES_MAX, `${COUNT} connections take ${inMib(growthBytes)}`);
  const farewells = await Promise.all(consumers.map((consumer) => consumer.leave()));
  assertEquals(new Set(farewells), new Set(["CLOSE_WAIT"]));
  await until(async () => await clientCount(broker) === 0);
  assertEquals(broker.faults, []);
  assertEquals(await broker.stop(), 0);
});
