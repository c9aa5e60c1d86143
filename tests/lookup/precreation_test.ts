// A confined broker, which may not connect to anybody, and a fake nsqlookupd: registering through the main thread, and the
// channels that a new topic begins with.

import { assertEquals } from "@std/assert";
import { ConfinedBroker } from "../confinement/confined_broker.ts";
import { FakeLookupd } from "./fake_lookupd.ts";
import { TemporaryFolder } from "../daemons/temporary_folder.ts";

/** One life of a broker after the other, with the same data path. */
async function started(
  server: FakeLookupd,
  ...lives: ((broker: ConfinedBroker) => Promise<void>)[]
): Promise<void> {
  using temporary = new TemporaryFolder();
  const dataPath = temporary.path;
  for (const live of lives) {
    await using broker = await ConfinedBroker.start(dataPath, [
      `--lookupd-tcp-address=${server.address}`,
      "--broadcast-address=mine.test",
      "--broadcast-http-port=99",
    ]);
    await live(broker);
  }
}

async function channelDepths(broker: ConfinedBroker): Promise<Record<string, number>> {
  const stats = JSON.parse(await broker.request("/stats?format=json&topic=t"));
  const channels: { channel_name: string; depth: number }[] = stats.topics[0].channels;
  return Object.fromEntries(channels.map(({ channel_name, depth }) => [channel_name, depth]));
}

Deno.test("Broker gives a new topic's first messages to all channels it has elsewhere", async () => {
  await using server = new FakeLookupd();
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Response>();
  server.serve = () => {
    asked.resolve();
    return answer.promise;
  };
  await started(server, async (broker) => {
    const [, introduction] = await server.take(2);
    const { json } = introduction as { json: Record<string, unknown> };
    assertEquals([json["broadcast_address"], json["http_port"]], ["mine.test", 99]);
    assertEquals(await broker.request("/pub?topic=t", "POST", "one"), "OK");
    await asked.promise;
    assertEquals(await broker.request("/pub?topic=t", "POST", "two"), "OK");
    const created = broker.request("/channel/create?topic=t&channel=later", "POST");
    assertEquals(await channelDepths(broker), {});
    answer.resolve(Response.json({ channels: ["a", "b"] }));
    await created;
    assertEquals(await channelDepths(broker), { a: 2, b: 2, later: 0 });
    const heard = ["REGISTER t", "REGISTER t a", "REGISTER t b", "REGISTER t later"];
    assertEquals(await server.commands(4), heard);
  }, async (broker) => {
    assertEquals(await channelDepths(broker), { a: 2, b: 2, later: 0 });
  });
});

Deno.test("Broker changes its servers while it runs", async () => {
  await using first = new FakeLookupd();
  await using second = new FakeLookupd();
  await started(first, async (broker) => {
    assertEquals((await first.take(2)).length, 2);
    await broker.request("/topic/create?topic=t", "POST");
    assertEquals(await first.commands(1), ["REGISTER t"]);
    const addresses = JSON.stringify([second.address]);
    const option = "/config/nsqlookupd_tcp_addresses";
    assertEquals(await broker.request(option, "PUT", addresses), addresses);
    assertEquals(await first.take(1), [{ end: "nsqd closed" }]);
    assertEquals(await second.commands(3), ["IDENTIFY", "REGISTER t"]);
    assertEquals(await broker.request(option, "PUT", "[]"), "[]");
    assertEquals(await second.take(1), [{ end: "nsqd closed" }]);
    await broker.request("/topic/create?topic=u", "POST");
    assertEquals(second.entries.length, 4);
  });
});
