// Bytes as a client writes them, for tests: texts are byte strings, sizes int32 big-endian.

import { bytesOf } from "../../src/base/byte_string.ts";

/** An int32 as a byte string. */
export function int32(value: number): string {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value);
  return String.fromCharCode(...bytes);
}

/** A body with its size before it, as a byte string. */
export function sized(body: string): string {
  return int32(body.length) + body;
}

/** An MPUB body: size, count, messages. */
export function batchBody(messages: readonly string[]): string {
  const inner = int32(messages.length) + messages.map(sized).join("");
  return int32(inner.length) + inner;
}

/** The bytes of the texts, one after the other. */
export function wireBytes(...texts: string[]): Uint8Array<ArrayBuffer> {
  return bytesOf(texts.join(""));
}

/** Every byte of them on its own. */
export function singleBytes(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (byte) => Uint8Array.of(byte));
}
