// Who is registered for what, and for how long.

import { assertEquals, assertThrows } from "@std/assert";
import { Producer } from "../../src/lookupd/producer.ts";
import { Registry, RegistryFull, type RegistrySettings } from "../../src/lookupd/registry.ts";

const START = { nowMs: 0, wallMs: 0 };

function newRegistry(settings: Partial<RegistrySettings> = {}): Registry {
  return new Registry({
    inactiveProducerTimeoutMs: 300_000,
    tombstoneLifetimeMs: 45_000,
    entriesMax: 1000,
    ...settings,
  });
}

function addProducer(registry: Registry, name: string): Producer {
  const facts = {
    broadcast_address: name,
    tcp_port: 4150,
    http_port: 4151,
    version: "1.3.0",
    hostname: name,
    topology_zone: "",
    topology_region: "",
  };
  const producer = new Producer(`${name}:50000`, facts, START);
  registry.add(producer);
  return producer;
}

Deno.test("Registry finds the producers of a topic and its channels", () => {
  const registry = newRegistry();
  const one = addProducer(registry, "one");
  const two = addProducer(registry, "two");
  assertEquals(registry.register(one, "t", "c"), { topic: true, channels: ["c"] });
  assertEquals(registry.register(two, "t", ""), { topic: true, channels: [] });
  assertEquals(registry.register(two, "t", "d"), { topic: false, channels: ["d"] });
  assertEquals(registry.lookup("t", 0), { channels: ["c", "d"], producers: [one, two] });
  assertEquals(registry.lookup("other", 0), undefined);
  assertEquals(registry.topics, ["t"]);
});

Deno.test("Registry registers the same thing once", () => {
  const registry = newRegistry();
  const one = addProducer(registry, "one");
  registry.register(one, "t", "c");
  assertEquals(registry.register(one, "t", "c"), { topic: false, channels: [] });
  assertEquals(registry.size, 4);
});

Deno.test("Registry keeps names when a producer goes, ephemeral ones too", () => {
  const registry = newRegistry();
  const one = addProducer(registry, "one");
  registry.register(one, "t#ephemeral", "c");
  registry.remove(one);
  assertEquals(registry.lookup("t#ephemeral", 0), { channels: ["c"], producers: [] });
  assertEquals([...registry.nodes(0)], []);
  assertEquals(registry.size, 2);
});

Deno.test("Registry forgets ephemeral names with their last UNREGISTER", () => {
  const registry = newRegistry();
  const one = addProducer(registry, "one");
  registry.register(one, "t", "c#ephemeral");
  registry.register(one, "e#ephemeral", "c");
  registry.unregister(one, "t", "c#ephemeral");
  registry.unregister(one, "e#ephemeral", "");
  assertEquals(registry.topics, ["t"]);
  assertEquals(registry.channels("t"), []);
  assertEquals(registry.size, 2);
});

Deno.test("Registry takes a producer out of all channels with its topic", () => {
  const registry = newRegistry();
  const one = addProducer(registry, "one");
  registry.register(one, "t", "c");
  registry.register(one, "t", "d");
  assertEquals(registry.unregister(one, "t", ""), { topic: true, channels: ["c", "d"] });
  assertEquals(registry.unregister(one, "t", ""), { topic: false, channels: [] });
  assertEquals(registry.unregister(one, "never", "x"), { topic: false, channels: [] });
  assertEquals(registry.entries().map(({ key }) => key), ["client::"]);
});

Deno.test("Registry leaves out who was silent until it is heard again", () => {
  const registry = newRegistry({ inactiveProducerTimeoutMs: 100 });
  const one = addProducer(registry, "one");
  registry.register(one, "t", "");
  assertEquals(registry.lookup("t", 100)?.producers, [one]);
  assertEquals(registry.lookup("t", 101)?.producers, []);
  assertEquals([...registry.nodes(101)], []);
  one.heard = { nowMs: 101, wallMs: 101 };
  assertEquals(registry.lookup("t", 101)?.producers, [one]);
});

Deno.test("Registry leaves a tombstoned producer out of that topic for a while", () => {
  const registry = newRegistry({ tombstoneLifetimeMs: 100 });
  const one = addProducer(registry, "one");
  registry.register(one, "t", "");
  registry.register(one, "u", "");
  registry.tombstone("t", "one:4151", START);
  registry.tombstone("nowhere", "one:4151", START);
  registry.register(one, "t", "");
  assertEquals(registry.lookup("t", 99)?.producers, []);
  assertEquals(registry.lookup("u", 99)?.producers, [one]);
  assertEquals([...registry.nodes(99)].map(({ topics, tombstones }) => ({ topics, tombstones })), [
    { topics: ["t", "u"], tombstones: [true, false] },
  ]);
  assertEquals(registry.lookup("t", 100)?.producers, [one]);
});

Deno.test("Registry forgets a tombstone with UNREGISTER and REGISTER", () => {
  const registry = newRegistry();
  const one = addProducer(registry, "one");
  registry.register(one, "t", "");
  registry.tombstone("t", "one:4151", START);
  registry.unregister(one, "t", "");
  registry.register(one, "t", "");
  assertEquals(registry.lookup("t", 0)?.producers, [one]);
});

Deno.test("Registry deletes a topic with everybody in it, who may come back", () => {
  const registry = newRegistry();
  const one = addProducer(registry, "one");
  registry.register(one, "t", "c");
  assertEquals(registry.deleteTopic("t"), ["c"]);
  assertEquals(registry.deleteTopic("t"), []);
  assertEquals(registry.size, 0);
  assertEquals([...registry.nodes(0)].map(({ topics }) => topics), [[]]);
  registry.register(one, "t", "c");
  assertEquals(registry.deleteChannel("t", "c"), true);
  assertEquals(registry.deleteChannel("t", "c"), false);
  assertEquals(registry.size, 2);
});

Deno.test("Registry refuses what does not fit, and forgets unused ephemeral names first", () => {
  const registry = newRegistry({ entriesMax: 8 });
  const one = addProducer(registry, "one");
  registry.register(one, "t", "c");
  registry.createTopic("a#ephemeral");
  registry.createChannel("t", "b#ephemeral");
  registry.register(one, "t", "d");
  registry.createTopic("u");
  assertEquals(registry.topics, ["t", "u"]);
  assertEquals(registry.channels("t"), ["c", "d"]);
  registry.createTopic("v");
  assertEquals(registry.size, 8);
  assertThrows(() => registry.createTopic("w"), RegistryFull);
  assertThrows(() => registry.register(one, "w", "c"), RegistryFull);
  assertEquals(registry.register(one, "t", "c"), { topic: false, channels: [] });
  assertEquals(registry.size, 8);
});
