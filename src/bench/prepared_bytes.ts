/**
 * The bytes that load clients send, built once before the clock starts. It knows the shape of NSQ's
 * requests and nothing about sockets or time, so that a running client only writes what lies here.
 * Invariant: one call makes one array; nothing in it is shared with another.
 */
import { joinedBytes } from "../base/joined_bytes.ts";

const encoder = new TextEncoder();

/** The four bytes that open an NSQ connection. */
export function magicBytes(): Uint8Array<ArrayBuffer> {
  return encoder.encode("  V2");
}

/** A message body of `size` bytes: printable and not constant, so that compression has some work. */
export function bodyBytes(size: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: size }, (_, at) => 33 + (at * 31 + (at >> 4) * 7) % 94);
}

/** One `PUB` of `body`. */
export function publishBytes(topic: string, body: Uint8Array): Uint8Array<ArrayBuffer> {
  return joinedBytes([encoder.encode(`PUB ${topic}\n`), sizeBytes(body.length), body]);
}

/** An `MPUB` and where its first body starts; the next one starts `size + 4` bytes further. */
export interface PreparedBatch {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly firstBodyAt: number;
}

/** One `MPUB` holding `count` times the same body. */
export function batchBytes(topic: string, body: Uint8Array, count: number): PreparedBatch {
  const line = encoder.encode(`MPUB ${topic}\n`);
  const entry = joinedBytes([sizeBytes(body.length), body]);
  const entries = Array.from({ length: count }, () => entry);
  const head = joinedBytes([line, sizeBytes(4 + count * entry.length), sizeBytes(count)]);
  return { bytes: joinedBytes([head, ...entries]), firstBodyAt: head.length + 4 };
}

/** `SUB` to a channel. */
export function subscribeBytes(topic: string, channel: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(`SUB ${topic} ${channel}\n`);
}

/** `RDY` with a count. */
export function readyBytes(count: number): Uint8Array<ArrayBuffer> {
  return encoder.encode(`RDY ${count}\n`);
}

/** `POST /pub` as a keep-alive HTTP/1.1 request. */
export function httpPublishBytes(
  host: string,
  topic: string,
  body: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const head = `POST /pub?topic=${topic} HTTP/1.1\r\nHost: ${host}\r\n` +
    `Content-Length: ${body.length}\r\n\r\n`;
  return joinedBytes([encoder.encode(head), body]);
}

function sizeBytes(size: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, size);
  return bytes;
}
