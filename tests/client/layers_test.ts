// The client library against a broker of ours, with encryption, compression and a secret.

import { assert, assertEquals, assertRejects } from "@std/assert";
import { createHash } from "node:crypto";
import type { ConnectionOptions } from "../../src/client/connection_options.ts";
import { Consumer } from "../../src/client/consumer.ts";
import { NsqError } from "../../src/client/nsq_error.ts";
import { Producer } from "../../src/client/producer.ts";
import { frame } from "../../src/wire/frames.ts";
import { BrokerHere } from "../command_line/broker_here.ts";
import { TemporaryFolder } from "../daemons/temporary_folder.ts";
import { noise } from "../transport/byte_pipe.ts";
import { AUTHORITY_FILE, SERVING_FLAGS, SHOWING, TRUSTING } from "../transport/certificates.ts";
import { FakeNsqd } from "./fake_nsqd.ts";

const TLS_FLAGS = [...SERVING_FLAGS, `--tls-root-ca-file=${AUTHORITY_FILE}`];

/** Publishes small and large messages and reads them again over the same kind of connection. */
async function assertCarries(broker: BrokerHere, topic: string, options: ConnectionOptions) {
  const bodies = [noise(10), new Uint8Array(300_000), noise(300_000), noise(1)];
  const producer = new Producer({ ...options, address: broker.address });
  await producer.publishAll(topic, bodies);
  await producer.close();
  const consumer = new Consumer({
    ...options,
    topic,
    channel: "c",
    addresses: [broker.address],
    maxInFlight: 4,
  });
  const received: string[] = [];
  for await (const message of consumer) {
    received.push(message.body.toBase64());
    message.finish();
    if (received.length === bodies.length) break;
  }
  await consumer.stop();
  assertEquals(received.sort(), bodies.map((body) => body.toBase64()).sort());
}

Deno.test("Producer and Consumer speak every combination of layers", async () => {
  using folder = new TemporaryFolder();
  await using broker = await BrokerHere.start(folder.path, ...TLS_FLAGS);
  const compressions = [{}, { snappy: true }, { deflate: true, deflateLevel: 1 }];
  for (const [index, compression] of compressions.entries()) {
    await assertCarries(broker, `plain${index}`, compression);
    await assertCarries(broker, `tls${index}`, { ...compression, tls: TRUSTING });
  }
});

Deno.test("Producer shows its certificate, and says in the server's words why it is refused", async () => {
  using folder = new TemporaryFolder();
  const policy = "--tls-client-auth-policy=require-verify";
  await using broker = await BrokerHere.start(folder.path, ...TLS_FLAGS, policy);
  await assertCarries(broker, "t", { tls: SHOWING });
  const text = "E_IDENTIFY_FAILED IDENTIFY failed tls: client didn't provide a certificate";
  await assertFails(broker.address, { tls: TRUSTING }, "E_IDENTIFY_FAILED", text);
});

Deno.test("Producer connects to no server that it does not trust or that offers no TLS", async () => {
  using folder = new TemporaryFolder();
  await using broker = await BrokerHere.start(folder.path, ...TLS_FLAGS);
  await assertFails(broker.address, { tls: {} }, "CONNECT_FAILED", "certificate");
  await assertCarries(broker, "t", { tls: { isInsecure: true } });
  await using plain = new FakeNsqd();
  await assertFails(plain.address, { tls: TRUSTING }, "CONNECT_FAILED", "it offers no TLS");
});

Deno.test("Producer presents its secret where the server asks for one", async () => {
  const asking = '{"max_rdy_count":2500,"auth_required":true}';
  await using server = new FakeNsqd();
  server.reaction = ({ name, bodies }) => {
    if (name === "IDENTIFY") return [frame("response", asking)];
    if (name !== "AUTH") return undefined;
    const isRight = bodies[0] === "open sesame";
    return [isRight ? frame("response", "{}") : frame("error", "E_AUTH_FAILED AUTH failed")];
  };
  const producer = new Producer({ address: server.address, authSecret: "open sesame" });
  await producer.publish("t", "x");
  await producer.close();
  await assertFails(server.address, {}, "E_AUTH_FIRST", "asks for a secret");
  await assertFails(server.address, { authSecret: "x" }, "E_AUTH_FAILED", "AUTH failed");
});

Deno.test("Producer and Consumer are let in by a broker that asks for secrets, inside all layers", async () => {
  using folder = new TemporaryFolder();
  const hash = createHash("sha256").update("open sesame").digest("hex");
  const rule = '[[users.authorizations]]\ntopic = "^t$"\npermissions = ["subscribe", "publish"]\n';
  const users = `[[users]]\nname = "ali"\ntokens = ["sha256:${hash}"]\n${rule}`;
  Deno.writeTextFileSync(`${folder.path}/users.toml`, users);
  const file = `--auth-file=${folder.path}/users.toml`;
  await using broker = await BrokerHere.start(folder.path, ...TLS_FLAGS, file);
  const layers = { tls: TRUSTING, deflate: true };
  await assertCarries(broker, "t", { ...layers, authSecret: "open sesame" });
  await assertFails(broker.address, layers, "E_AUTH_FIRST", "asks for a secret");
  await assertFails(broker.address, { ...layers, authSecret: "x" }, "E_AUTH_FAILED", "AUTH failed");
});

async function assertFails(
  address: string,
  options: ConnectionOptions,
  code: string,
  text: string,
): Promise<void> {
  const producer = new Producer({ ...options, address });
  const error = await assertRejects(() => producer.connect(), NsqError);
  assertEquals(error.code, code);
  assert(error.message.includes(text), error.message);
  await producer.close();
}
