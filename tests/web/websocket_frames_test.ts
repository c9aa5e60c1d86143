// WebSocket frames cut at every byte, and what no client may send.

import { assertEquals, assertThrows } from "@std/assert";
import {
  acceptKey,
  ClientFrames,
  type ClientMessage,
  FrameError,
  opcodes,
  serverFrame,
} from "../../src/web/websocket_frames.ts";

/** As a client sends it: a server's frame with a mask. */
function clientFrame(opcode: number, text: string, isFinal = true): Uint8Array<ArrayBuffer> {
  const plain = serverFrame(opcode, new TextEncoder().encode(text));
  const headBytes = plain[1]! < 126 ? 2 : plain[1] === 126 ? 4 : 10;
  const mask = [7, 11, 13, 17];
  const payload = plain.slice(headBytes).map((byte, at) => byte ^ mask[at & 3]!);
  const frame = new Uint8Array([...plain.slice(0, headBytes), ...mask, ...payload]);
  if (!isFinal) frame[0]! &= 0x7f;
  frame[1]! |= 0x80;
  return frame;
}

function heard(...pieces: Uint8Array[]): ClientMessage[] {
  const frames = new ClientFrames(70_000);
  return pieces.flatMap((piece) => [...frames.take(piece)]);
}

Deno.test("ClientFrames takes frames cut anywhere, whatever their length", () => {
  const texts = ["", "x", "y".repeat(125), "ä".repeat(63), "z".repeat(66_000)];
  for (const text of texts) {
    const frame = clientFrame(opcodes.text, text);
    const cuts = frame.length > 1000 ? [1, 5, 20, 40_000] : frame.keys();
    for (const at of cuts) {
      assertEquals(heard(frame.slice(0, at), frame.slice(at)), [{ kind: "text", text }]);
    }
  }
});

Deno.test("ClientFrames puts the parts of a text together, with control frames in between", () => {
  const messages = heard(
    clientFrame(opcodes.text, "one ", false),
    clientFrame(opcodes.ping, "p"),
    clientFrame(opcodes.continuation, "two"),
    clientFrame(opcodes.close, ""),
  );
  assertEquals(messages.map(({ kind }) => kind), ["ping", "text", "close"]);
  assertEquals(messages[1], { kind: "text", text: "one two" });
});

Deno.test("ClientFrames refuses what no client may send, with the code to close with", () => {
  const unmasked = serverFrame(opcodes.text, new Uint8Array(3));
  const long = clientFrame(opcodes.text, "");
  long[1] = 0xff;
  const bad: [Uint8Array, number][] = [
    [unmasked, 1002],
    [clientFrame(opcodes.binary, "x"), 1003],
    [clientFrame(opcodes.continuation, "x"), 1002],
    [clientFrame(3, "x"), 1002],
    [clientFrame(opcodes.ping, "x".repeat(126)), 1002],
    [clientFrame(opcodes.text, "x".repeat(70_001)).slice(0, 20), 1009],
    [new Uint8Array([...long.slice(0, 2), 255, 255, 255, 255, 255, 255, 255, 255]), 1009],
    [Uint8Array.of(0xf1, 0x80), 1002],
  ];
  for (const [bytes, code] of bad) {
    assertEquals(assertThrows(() => heard(bytes), FrameError).code, code);
  }
  const noText = clientFrame(opcodes.text, "abcd");
  noText[6]! ^= 0x80;
  assertEquals(assertThrows(() => heard(noText), FrameError).code, 1007);
});

Deno.test("acceptKey() answers as the RFC's example", () => {
  assertEquals(acceptKey("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
});
