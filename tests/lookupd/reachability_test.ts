// Dialling nsqd's back, with dials that never leave this file.

import { assertEquals } from "@std/assert";
import { Producer } from "../../src/lookupd/producer.ts";
import { type Dial, Reachability } from "../../src/lookupd/reachability.ts";
import { logTo } from "../base/kept_log.ts";
import { until } from "../daemons/waiting.ts";

const SETTINGS = { dialTimeoutMs: 50, retryMs: 1, pauseMs: 0, atOnceMax: 2, perSecondMax: 100_000 };

class Scene {
  readonly lines: string[] = [];
  readonly dialled: string[] = [];
  readonly clock = { nowMs: () => 0 };
  readonly reachability: Reachability;

  constructor(dial: Dial, settings = SETTINGS) {
    const log = logTo((text) => this.lines.push(text));
    this.reachability = new Reachability(settings, this.clock, log, (address, timeoutMs) => {
      this.dialled.push(`${address.hostname}:${address.port}`);
      return dial(address, timeoutMs);
    });
  }
}

function producerAt(hostname: string, remoteAddress = "10.0.0.1:50000", tcpPort = 4150): Producer {
  const facts = {
    broadcast_address: hostname,
    tcp_port: tcpPort,
    http_port: 4151,
    version: "1.3.0",
    hostname: "h",
    topology_zone: "",
    topology_region: "",
  };
  return new Producer(remoteAddress, facts, { nowMs: 0, wallMs: 0 });
}

const refusing: Dial = () => Promise.reject(new Error("connection refused"));

Deno.test("Reachability says nothing of a producer that answers on both ports", async () => {
  const scene = new Scene(() => Promise.resolve("10.0.0.1"));
  const producer = producerAt("node");
  scene.reachability.watch(producer);
  await until(() => scene.dialled.length === 2);
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(scene.dialled, ["node:4150", "node:4151"]);
  assertEquals(producer.unreachable, undefined);
  assertEquals(scene.lines, []);
  scene.reachability.close();
});

Deno.test("Reachability marks a producer after two failures and tells of it once", async () => {
  const scene = new Scene(refusing);
  const producer = producerAt("node");
  scene.reachability.watch(producer);
  await until(() => producer.unreachable !== undefined);
  assertEquals(scene.dialled, ["node:4150", "node:4150"]);
  assertEquals(producer.unreachable, "TCP port 4150: connection refused");
  scene.reachability.forget(producer);
  const again = producerAt("node", "10.0.0.1:50001");
  scene.reachability.watch(again);
  await until(() => again.unreachable !== undefined);
  assertEquals(scene.lines.length, 1);
  scene.reachability.close();
});

Deno.test("Reachability takes the mark back when a PING finds the producer reachable", async () => {
  let isUp = false;
  const scene = new Scene((...call) => isUp ? Promise.resolve("10.0.0.1") : refusing(...call));
  const producer = producerAt("node");
  scene.reachability.watch(producer);
  await until(() => producer.unreachable !== undefined);
  isUp = true;
  scene.reachability.remind(producer);
  await until(() => producer.unreachable === undefined);
  assertEquals(scene.lines[1], "LOOKUP: node:4150 (HTTP port 4151) can be reached now");
  scene.reachability.close();
});

Deno.test("Reachability marks an address that leads back to its own machine", async () => {
  const scene = new Scene(() => Promise.resolve("127.0.0.1"));
  const far = producerAt("localhost");
  const near = producerAt("localhost", "127.0.0.1:50000");
  scene.reachability.watch(near);
  scene.reachability.watch(far);
  await until(() => far.unreachable !== undefined);
  assertEquals(near.unreachable, undefined);
  scene.reachability.close();
});

Deno.test("Reachability dials no port that is none", async () => {
  const scene = new Scene(refusing);
  const producer = producerAt("node", "10.0.0.1:50000", -1);
  scene.reachability.watch(producer);
  await until(() => producer.unreachable !== undefined);
  assertEquals(producer.unreachable, "TCP port -1 is none");
  assertEquals(scene.dialled, []);
  scene.reachability.close();
});

Deno.test("Reachability dials few at once and forgets who has left", async () => {
  const held = Promise.withResolvers<string>();
  const scene = new Scene(() => held.promise);
  const producers = ["a", "b", "c", "d"].map((name) => producerAt(name));
  for (const producer of producers) scene.reachability.watch(producer);
  await until(() => scene.dialled.length === 2);
  scene.reachability.forget(producers[2]!);
  scene.reachability.forget(producers[0]!);
  held.reject(new Error("connection refused"));
  await until(() => producers[1]!.unreachable !== undefined);
  await until(() => producers[3]!.unreachable !== undefined);
  assertEquals(scene.dialled.filter((address) => address.startsWith("c")), []);
  assertEquals(producers[0]!.unreachable, undefined);
  scene.reachability.close();
});
