// Snappy's framing format: upstream's very bytes, every cut, every kind of nonsense.

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { SnappyReader, SnappyTransport, SnappyWriter } from "../../src/transport/snappy_frames.ts";
import { TransportError, writeWhole } from "../../src/transport/transport.ts";
import { noise, pipePair, readBytes } from "./byte_pipe.ts";

const IDENTIFIER = "ff060000734e61507059";
/** What upstream's nsqd sends as its first OK. */
const OK_STREAM = `${IDENTIFIER}010e000026982bcf00000006000000004f4b`;
const OK_FRAME = Uint8Array.fromHex("00000006000000004f4b");

function readAll(reader: SnappyReader, bytes: Uint8Array): Uint8Array {
  const pieces: number[] = [];
  for (let at = 0; at < bytes.length;) {
    const space = reader.space();
    const count = Math.min(space.length, bytes.length - at);
    space.set(bytes.subarray(at, at + count));
    reader.filled(count);
    at += count;
    for (let data = reader.next(); data !== undefined; data = reader.next()) pieces.push(...data);
  }
  return Uint8Array.from(pieces);
}

Deno.test("SnappyWriter writes the very bytes that upstream writes for OK", () => {
  const writer = new SnappyWriter();
  assertEquals(writer.chunk(OK_FRAME).toHex(), OK_STREAM);
  assertEquals(writer.chunk(OK_FRAME).toHex(), OK_STREAM.slice(IDENTIFIER.length));
});

Deno.test("SnappyWriter compresses what can be compressed and leaves the rest", () => {
  const writer = new SnappyWriter();
  assertEquals(writer.chunk(noise(5000))[10], 0x01);
  assertEquals(writer.chunk(new Uint8Array(5000))[0], 0x00);
});

Deno.test("SnappyTransport carries bytes both ways, however they are cut", async () => {
  for (const pieceBytesMax of [1, 13, 70_000]) {
    const [left, right] = pipePair(pieceBytesMax);
    const [client, server] = [new SnappyTransport(left), new SnappyTransport(right)];
    for (
      const bytes of [noise(10), new Uint8Array(200_000), noise(pieceBytesMax * 100 % 200_001)]
    ) {
      await writeWhole(client, bytes);
      assertEquals(await readBytes(server, bytes.length), bytes);
      await writeWhole(server, bytes);
      assertEquals(await readBytes(client, bytes.length), bytes);
    }
    client.close();
    assert(left.isClosed);
    server.close();
  }
});

Deno.test("SnappyReader passes over chunks to be skipped, empty ones, and a second identifier", () => {
  const skipped = `80030000aabbcc`;
  const longer = `fe000002${"00".repeat(0x20000)}`;
  const empty = "01040000d8ea82a2";
  const stream = `${IDENTIFIER}${skipped}${empty}${longer}${OK_STREAM}${skipped}`;
  assertEquals(readAll(new SnappyReader(), Uint8Array.fromHex(stream)), OK_FRAME);
});

Deno.test("SnappyReader holds no more than a chunk, whatever length is announced", () => {
  const reader = new SnappyReader();
  readAll(reader, Uint8Array.fromHex(`${IDENTIFIER}feffffff`));
  for (let megabyte = 0; megabyte < 15; megabyte++) readAll(reader, new Uint8Array(1 << 20));
  assert(reader.space().length <= 256 * 1024);
});

Deno.test("SnappyReader refuses what is not in the format", () => {
  const cases: [string, string][] = [
    ["5055422074", "does not begin with its identifier"],
    ["ff060000734e61507058", "does not begin with its identifier"],
    ["ff070000734e6150705900", "a chunk of type 255 with 7 bytes"],
    [`${IDENTIFIER}02040000aaaaaaaa`, "unknown chunk type 2"],
    [`${IDENTIFIER}7f040000aaaaaaaa`, "unknown chunk type 127"],
    [`${IDENTIFIER}01030000aaaaaa`, "a chunk of type 1 with 3 bytes"],
    [`${IDENTIFIER}00ffff0f`, "a chunk of type 0 with 1048575 bytes"],
    [`${IDENTIFIER}010e000026982bce00000006000000004f4b`, "checksum"],
    [`${IDENTIFIER}00080000000000008080080000`, "bad snappy stream"],
    [`${IDENTIFIER}00090000000000008180800800`, "malformed"],
    [`${IDENTIFIER}0009000000000000ffffffff0f`, "bad snappy stream"],
    [`${IDENTIFIER}000500000000000080`, "malformed"],
    [`${IDENTIFIER}01050001${"00".repeat(65541)}`, "stands for 65537 bytes"],
  ];
  for (const [stream, reason] of cases) {
    const bytes = Uint8Array.fromHex(stream);
    const error = assertThrows(() => readAll(new SnappyReader(), bytes), TransportError, reason);
    assert(error.message.startsWith("bad snappy stream"), stream);
  }
});

Deno.test("SnappyReader survives any change of a byte", () => {
  const stream = new SnappyWriter().chunk(new TextEncoder().encode("abcabcabcabc".repeat(20)));
  for (let at = 0; at < stream.length; at++) {
    for (const flip of [1, 0x80, 0xff]) {
      const changed = stream.slice();
      changed[at]! ^= flip;
      try {
        readAll(new SnappyReader(), changed);
      } catch (error) {
        assert(error instanceof TransportError, String(error));
      }
    }
  }
});

Deno.test("SnappyTransport.read() rejects when the stream is broken and ends with its transport", async () => {
  const [left, right] = pipePair();
  await left.write(new TextEncoder().encode("no such stream"));
  await assertRejects(() => new SnappyTransport(right).read(new Uint8Array(5)), TransportError);
  const [sender, receiver] = pipePair();
  await sender.closeWrite();
  assertEquals(await new SnappyTransport(receiver).read(new Uint8Array(5)), null);
});
