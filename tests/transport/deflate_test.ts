// Deflate around a transport: every cut, bombs, garbage.

import { assert, assertEquals, assertRejects } from "@std/assert";
import { constants, deflateRawSync } from "node:zlib";
import { DeflateTransport } from "../../src/transport/deflate.ts";
import { TransportError, withHead, writeWhole } from "../../src/transport/transport.ts";
import { noise, pipePair, readBytes } from "./byte_pipe.ts";

Deno.test("DeflateTransport carries bytes both ways, however they are cut and whatever the level", async () => {
  for (const pieceBytesMax of [1, 7, Infinity]) {
    const [left, right] = pipePair(pieceBytesMax);
    const [client, server] = [new DeflateTransport(left, 9), new DeflateTransport(right, 1)];
    for (const bytes of [noise(10), new Uint8Array(300), noise(3000), new Uint8Array(1)]) {
      await writeWhole(client, bytes);
      assertEquals(await readBytes(server, bytes.length), bytes);
      await writeWhole(server, bytes);
      assertEquals(await readBytes(client, bytes.length), bytes);
    }
    client.close();
    server.close();
  }
});

Deno.test("DeflateTransport.write() sends everything at once, ended by a sync flush, in bounded steps", async () => {
  const [left] = pipePair();
  const transport = new DeflateTransport(left, 6);
  const bytes = noise(200_000);
  assertEquals(await transport.write(bytes), 64 * 1024);
  const sent = left.written.at(-1)!;
  assertEquals([...sent.slice(-4)], [0, 0, 0xff, 0xff]);
  transport.close();
});

Deno.test("DeflateTransport reads one long stream that refers back over its writes", async () => {
  const [left, right] = pipePair(1000);
  const server = new DeflateTransport(right, 6);
  const text = new TextEncoder().encode("the same sentence, again and again. ".repeat(30_000));
  const compressed = deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH });
  void writeWhole(left, compressed);
  assertEquals(await readBytes(server, text.length), text);
  server.close();
});

Deno.test("DeflateTransport holds a bounded amount of what a bomb becomes", async () => {
  const bomb = deflateRawSync(new Uint8Array(256 << 20), { level: 9 });
  const [left, right] = pipePair();
  const server = new DeflateTransport(right, 6);
  void writeWhole(left, bomb);
  const before = Deno.memoryUsage().external;
  assertEquals((await readBytes(server, 1 << 20)).length, 1 << 20);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert(Deno.memoryUsage().external - before < 32 << 20);
  server.close();
});

Deno.test("DeflateTransport.read() refuses garbage, ends with its transport and rejects when closed", async () => {
  const [left, right] = pipePair();
  const garbled = new DeflateTransport(withHead(right, Uint8Array.of(7, 7, 7, 7)), 6);
  await assertRejects(() => garbled.read(new Uint8Array(9)), TransportError, "bad deflate stream");
  garbled.close();
  assert(right.isClosed);
  void left;

  const [sender, receiver] = pipePair();
  const ended = new DeflateTransport(receiver, 6);
  await sender.closeWrite();
  assertEquals(await ended.read(new Uint8Array(9)), null);
  ended.close();

  const closed = new DeflateTransport(pipePair()[0], 6);
  const reading = closed.read(new Uint8Array(9));
  closed.close();
  await assertRejects(() => reading);
});
