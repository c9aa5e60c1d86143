// The layers behind IDENTIFY, as a client in memory meets them.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { deflateRawSync } from "node:zlib";
import { joinedBytes } from "../../src/base/joined_bytes.ts";
import { DeflateTransport } from "../../src/transport/deflate.ts";
import { SnappyReader, SnappyTransport, SnappyWriter } from "../../src/transport/snappy_frames.ts";
import { connectTls } from "../../src/transport/tls_client.ts";
import { TlsMaterial } from "../../src/transport/tls_material.ts";
import { type Transport, withHead, writeWhole } from "../../src/transport/transport.ts";
import { pipePair } from "../transport/byte_pipe.ts";
import { AUTHORITY_FILE, SERVING } from "../transport/certificates.ts";
import { sized, wireBytes } from "../wire/wire_bytes.ts";
import { BROKER_DEFAULTS, FakeBroker } from "./fake_broker.ts";
import { FrameReader } from "./frame_reader.ts";

const PUBLISHING = wireBytes("PUB t\n", sized("one"), "PUB t\n", sized("two"));

function identify(asked: Record<string, unknown>): Uint8Array<ArrayBuffer> {
  const document = JSON.stringify({ feature_negotiation: true, ...asked });
  return wireBytes("IDENTIFY\n", sized(document));
}

function tlsMaterial(changes: Partial<Parameters<typeof TlsMaterial.load>[0]> = {}): TlsMaterial {
  const files = {
    ...SERVING,
    tlsRootCaFile: AUTHORITY_FILE,
    tlsClientAuthPolicy: "",
    tlsMinVersion: "",
  };
  return TlsMaterial.load({ ...files, ...changes }, Deno.readTextFileSync)!;
}

/** A broker whose turns go on while a client waits for it. */
class RunningBroker extends FakeBroker {
  /** Resolves as `promise` does; the broker works meanwhile. */
  async during<Value>(promise: Promise<Value>): Promise<Value> {
    let isSettled = false;
    const done = () => {
      isSettled = true;
    };
    promise.then(done, done);
    while (!isSettled) await this.work();
    return await promise;
  }

  /** One round: our turn, and one of the event loop for what node's streams do beside it. */
  async work(): Promise<void> {
    await this.settle();
    await new Promise<void>((resolve) => setImmediate(() => resolve()));
  }

  async end(): Promise<void> {
    this.server.close();
    await this.settle();
  }
}

/** A client that may put layers around its connection. */
class LayeredClient {
  readonly #broker: RunningBroker;
  #transport: Transport;
  #frames = new FrameReader();

  constructor(broker: RunningBroker, pieceBytesMax = Infinity) {
    const [near, far] = pipePair(pieceBytesMax);
    broker.server.adopt(far, "10.0.0.1:1000");
    this.#broker = broker;
    this.#transport = near;
  }

  say(...bytes: Uint8Array[]): Promise<void> {
    return this.#broker.during(writeWhole(this.#transport, joinedBytes(bytes)));
  }

  /** The next frame's text; `closed` when there is none. */
  async hear(): Promise<string> {
    const buffer = new Uint8Array(4096);
    for (let frame = this.#frames.next();; frame = this.#frames.next()) {
      if (frame !== undefined) return frame.text;
      const count = await this.#broker.during(this.#transport.read(buffer).catch(() => null));
      if (count === null) return "closed";
      this.#frames.push(buffer.slice(0, count));
    }
  }

  async wrap(layer: (inner: Transport) => Transport | Promise<Transport>): Promise<void> {
    assertEquals(this.#frames.restBytes, 0);
    this.#transport = await this.#broker.during(Promise.resolve(layer(this.#transport)));
  }

  /** Bytes that arrived behind the latest frame belong to the next layer. */
  async wrapWithRest(layer: (inner: Transport) => Transport): Promise<void> {
    const rest = this.#frames.takeRest();
    await this.wrap((inner) => layer(withHead(inner, rest)));
  }

  close(): void {
    this.#transport.close();
  }
}

Deno.test("Session loses no byte pipelined behind IDENTIFY, wherever the stream is cut", async () => {
  const writer = new SnappyWriter();
  const spoken = joinedBytes([
    wireBytes("  V2"),
    identify({ snappy: true }),
    writer.chunk(PUBLISHING.subarray(0, 9)),
    writer.chunk(PUBLISHING.subarray(9)),
  ]);
  for (let cut = 1; cut < spoken.length; cut++) {
    const broker = new FakeBroker();
    const connection = broker.connect();
    connection.say(spoken.slice(0, cut));
    await broker.settle();
    connection.say(spoken.slice(cut));
    for (let round = 0; round < 4; round++) await broker.settle();
    assertEquals(broker.topics.get("t")?.depth, 2, `cut at ${cut}`);
    assertEquals(layeredTexts(connection.take()), ["OK", "OK", "OK"], `cut at ${cut}`);
    broker.server.close();
    await broker.settle();
  }
});

/** The frames behind the reply to IDENTIFY, which is plain. */
function layeredTexts(output: Uint8Array): string[] {
  const frames = new FrameReader();
  const plainBytes = 4 + new DataView(output.buffer, output.byteOffset).getInt32(0);
  const reader = new SnappyReader();
  reader.space().set(output.subarray(plainBytes));
  reader.filled(output.length - plainBytes);
  for (let data = reader.next(); data; data = reader.next()) frames.push(data.slice());
  const texts: string[] = [];
  for (let next = frames.next(); next; next = frames.next()) texts.push(next.text);
  return texts;
}

for (const pieceBytesMax of [1, 7, Infinity]) {
  Deno.test(`Session compresses with deflate, bytes coming in pieces of ${pieceBytesMax}`, async () => {
    const broker = new RunningBroker();
    const client = new LayeredClient(broker, pieceBytesMax);
    const compressed = deflateRawSync(PUBLISHING, { finishFlush: 2 });
    await client.say(wireBytes("  V2"), identify({ deflate: true, deflate_level: 3 }), compressed);
    assertStringIncludes(await client.hear(), '"deflate":true,"deflate_level":3');
    await client.wrapWithRest((inner) => new DeflateTransport(inner, 6));
    assertEquals([await client.hear(), await client.hear(), await client.hear()], [
      "OK",
      "OK",
      "OK",
    ]);
    client.close();
    await broker.end();
  });
}

Deno.test("Session puts compression inside TLS, an OK behind each, and shows both", async () => {
  const broker = new RunningBroker(BROKER_DEFAULTS, undefined, tlsMaterial());
  const client = new LayeredClient(broker);
  await client.say(wireBytes("  V2"), identify({ tls_v1: true, snappy: true }));
  assertStringIncludes(await client.hear(), '"tls_v1":true');
  await client.wrap((inner) => connectTls(inner, "localhost", { isInsecure: true }, 5000));
  assertEquals(await client.hear(), "OK");
  await client.wrapWithRest((inner) => new SnappyTransport(inner));
  assertEquals(await client.hear(), "OK");
  await client.say(PUBLISHING, wireBytes("SUB t c\nRDY 2\n"));
  const heard = [];
  for (let index = 0; index < 5; index++) heard.push(await client.hear());
  assertEquals(heard.sort(), ["OK", "OK", "OK", "message 1 one", "message 1 two"]);
  const [stats] = broker.server.producers();
  assertEquals([stats?.tls, stats?.tls_version, stats?.snappy, stats?.deflate], [
    true,
    "TLS1.3",
    true,
    false,
  ]);
  client.close();
  await broker.end();
});

Deno.test("Session puts no layer around twice", async () => {
  const broker = new RunningBroker();
  const client = new LayeredClient(broker);
  await client.say(wireBytes("  V2"), identify({ snappy: true }));
  await client.hear();
  await client.wrapWithRest((inner) => new SnappyTransport(inner));
  assertEquals(await client.hear(), "OK");
  await client.say(identify({ snappy: true, output_buffer_size: 4096 }), PUBLISHING);
  assertStringIncludes(await client.hear(), '"snappy":false');
  assertEquals([await client.hear(), await client.hear()], ["OK", "OK"]);
  assertEquals([...broker.server.producers()][0]?.snappy, true);
  client.close();
  await broker.end();
});

Deno.test("Session answers a failed handshake in plain text and ends that connection only", async () => {
  const tls = tlsMaterial({ tlsClientAuthPolicy: "require-verify" });
  const broker = new RunningBroker(BROKER_DEFAULTS, undefined, tls);
  const bystander = new LayeredClient(broker);
  const client = new LayeredClient(broker);
  await client.say(wireBytes("  V2"), identify({ tls_v1: true }));
  await client.hear();
  await client.say(wireBytes("this is no handshake"));
  assertEquals(
    await client.hear(),
    "error E_IDENTIFY_FAILED IDENTIFY failed tls: first record does not look like a TLS handshake",
  );
  assertEquals(await client.hear(), "closed");
  assertEquals(broker.refusals.counts, { tls_handshake: 1 });
  await bystander.say(wireBytes("  V2"), PUBLISHING);
  assertEquals(await bystander.hear(), "OK");
  bystander.close();
  client.close();
  await broker.end();
});

Deno.test("Session takes nothing but IDENTIFY without TLS where it is required", async () => {
  for (const word of ["PUB", "NOP", "RUBBISH", "AUTH"]) {
    const broker = new RunningBroker(BROKER_DEFAULTS, undefined, tlsMaterial(), true);
    const client = new LayeredClient(broker);
    await client.say(wireBytes("  V2"), identify({}), wireBytes(`${word}\n`));
    await client.hear();
    const text = `error E_INVALID cannot ${word} in current state (TLS required)`;
    assertEquals([await client.hear(), await client.hear()], [text, "closed"]);
    assertEquals(broker.refusals.counts, { tls_required: 1 });
    client.close();
    await broker.end();
  }
});

Deno.test("Session ends a connection whose compressed stream is malformed, without a word", async () => {
  for (const kind of ["snappy", "deflate"]) {
    const broker = new RunningBroker();
    const client = new LayeredClient(broker);
    await client.say(wireBytes("  V2"), identify({ [kind]: true }));
    await client.hear();
    await client.say(Uint8Array.of(7, 7, 7, 7, 7, 7));
    await broker.work();
    assertEquals(broker.refusals.counts, { bad_stream: 1 }, kind);
    client.close();
    await broker.end();
  }
});

Deno.test("Session stops a decompression bomb at the limit of a message", async () => {
  const large = new Uint8Array(64 << 20);
  large.set(wireBytes("PUB t\n", "\x00\x10\x00\x01"));
  const bomb = deflateRawSync(large);
  assert(bomb.length < 100_000);
  const broker = new RunningBroker();
  const client = new LayeredClient(broker);
  await client.say(wireBytes("  V2"), identify({ deflate: true }), bomb);
  await client.hear();
  await client.wrapWithRest((inner) => new DeflateTransport(inner, 6));
  assertEquals(await client.hear(), "OK");
  assertStringIncludes(await client.hear(), "error E_BAD_MESSAGE PUB message too big");
  client.close();
  await broker.end();
});
