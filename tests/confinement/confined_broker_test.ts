// The real broker in its thread: all that it does, it can do with the permissions that its options give it.

import { createHash } from "node:crypto";
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { Consumer } from "../../src/client/consumer.ts";
import type { ConsumerOptions } from "../../src/client/consumer_options.ts";
import { Producer, type ProducerOptions } from "../../src/client/producer.ts";
import { EVERYTHING, FakePort, goodReply } from "../auth/fake_authority.ts";
import { TemporaryFolder } from "../daemons/temporary_folder.ts";
import { until } from "../daemons/waiting.ts";
import { CERTIFICATES, pem } from "../transport/certificates.ts";
import { ConfinedBroker } from "./confined_broker.ts";

async function publish(
  broker: ConfinedBroker,
  body: string,
  options: Partial<ProducerOptions> = {},
) {
  const producer = new Producer({ ...options, address: await broker.address() });
  try {
    await producer.publish("topic", body);
  } finally {
    await producer.close();
  }
}

async function consumed(
  broker: ConfinedBroker,
  options: Partial<ConsumerOptions> = {},
): Promise<string> {
  const addresses = [await broker.address()];
  const consumer = new Consumer({ ...options, topic: "topic", channel: "channel", addresses });
  try {
    for await (const message of consumer) {
      message.finish();
      return message.text();
    }
    return "";
  } finally {
    await consumer.stop();
  }
}

/** Whether the server refuses, or is refused. */
function isRefused(publishing: Promise<void>): Promise<boolean> {
  return publishing.then(() => false, () => true);
}

Deno.test("A confined broker keeps messages over a restart in every durability", async () => {
  for (const durability of ["memory", "async", "fsync"]) {
    using folder = new TemporaryFolder();
    const flags = [`--durability=${durability}`, "--min-free-space=1"];
    await using first = await ConfinedBroker.start(folder.path, flags);
    await publish(first, durability);
    assertEquals(await first.stop(), { kind: "stopped" });
    await using second = await ConfinedBroker.start(folder.path, flags);
    assertEquals(await consumed(second), durability);
  }
});

Deno.test("A confined broker keeps messages in a data path that is a link, or below one", async () => {
  using folder = new TemporaryFolder();
  Deno.mkdirSync(`${folder.path}/real/data`, { recursive: true });
  Deno.symlinkSync("real", `${folder.path}/above`);
  Deno.symlinkSync("real/data", `${folder.path}/link`);
  for (const dataPath of [`${folder.path}/link`, `${folder.path}/above/data`]) {
    await using first = await ConfinedBroker.start(dataPath);
    await publish(first, dataPath);
    assertEquals(await first.stop(), { kind: "stopped" });
    await using second = await ConfinedBroker.start(dataPath);
    assertEquals(await consumed(second), dataPath);
  }
});

Deno.test("A confined broker says why it cannot start", async () => {
  using folder = new TemporaryFolder();
  await using _first = await ConfinedBroker.start(folder.path);
  await assertRejects(() => ConfinedBroker.start(folder.path), Error, "failed to lock data-path");
});

Deno.test("A confined broker answers over HTTP on a socket, with figures of its memory", async () => {
  using folder = new TemporaryFolder();
  await using broker = await ConfinedBroker.start(folder.path);
  assertEquals(await broker.request("/pub?topic=topic", "POST", "body"), "OK");
  const stats = JSON.parse(await broker.request("/stats?format=json"));
  assertEquals(stats.topics[0].depth, 1);
  assertEquals(stats.memory.heap_in_use_bytes > 0, true);
  assertEquals(await broker.request("/ping"), "OK");
});

Deno.test("A confined broker encrypts and compresses, and reads its certificate again", async () => {
  using folder = new TemporaryFolder();
  const copyPair = (name: string) => {
    Deno.copyFileSync(`${CERTIFICATES}${name}.crt`, `${folder.path}/cert.pem`);
    Deno.copyFileSync(`${CERTIFICATES}${name}.key`, `${folder.path}/key.pem`);
  };
  copyPair("server");
  await using broker = await ConfinedBroker.start(folder.path, [
    `--tls-cert=${folder.path}/cert.pem`,
    `--tls-key=${folder.path}/key.pem`,
    `--https-address=${folder.path}/https.sock`,
  ]);
  const authorities = [pem("ca.crt")];
  for (const compression of [{}, { snappy: true }, { deflate: true }]) {
    await publish(broker, "body", { tls: { authorities }, ...compression });
    assertEquals(await consumed(broker, { tls: { authorities }, ...compression }), "body");
  }
  copyPair("client");
  broker.thread.reload();
  // The order goes to another thread.
  await until(() => isRefused(publish(broker, "body", { tls: { authorities } })));
});

Deno.test("A confined broker reads its users again", async () => {
  using folder = new TemporaryFolder();
  const authFile = `${folder.path}/users.json`;
  const write = (token: string) => {
    const digest = createHash("sha256").update(token).digest("hex");
    const user = { name: "joe", tokens: [`sha256:${digest}`], authorizations: [EVERYTHING] };
    Deno.writeTextFileSync(authFile, JSON.stringify({ users: [user] }));
  };
  write("old");
  await using broker = await ConfinedBroker.start(folder.path, [`--auth-file=${authFile}`]);
  await publish(broker, "body", { authSecret: "old" });
  write("new");
  broker.thread.reload();
  // The order goes to another thread.
  await until(() => isRefused(publish(broker, "body", { authSecret: "old" })));
  await publish(broker, "body", { authSecret: "new" });
});

Deno.test("A confined broker asks auth servers through the main thread", async () => {
  using folder = new TemporaryFolder();
  const authority = new FakePort(goodReply());
  const flags = ["--auth-http-address=127.0.0.1:1"];
  await using broker = await ConfinedBroker.start(folder.path, flags, authority);
  await publish(broker, "body", { authSecret: "secret" });
  assertEquals(authority.asked.map(({ question }) => question.secret), ["secret"]);
  assertMatch(await broker.request("/stats"), /topic/);
});
