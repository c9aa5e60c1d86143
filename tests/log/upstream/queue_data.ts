/** Content of disk-queue files, written by hand: spelled out here, independently of the code under test. */

import { joinedBytes } from "../../../src/base/joined_bytes.ts";

const encoder = new TextEncoder();

/** Fields of a record that matter to a test. */
export interface RecordFields {
  id?: string;
  attempts?: number;
  timestampNs?: bigint;
}

/** The id of the n-th message. */
export function idOf(number: number): string {
  return number.toString(16).padStart(16, "0");
}

/** A record with its length. */
export function record(body: string | Uint8Array, fields: RecordFields = {}): Uint8Array {
  const bytes = typeof body === "string" ? encoder.encode(body) : body;
  const content = new Uint8Array(30 + bytes.length);
  const view = new DataView(content.buffer);
  view.setInt32(0, 26 + bytes.length);
  view.setBigInt64(4, fields.timestampNs ?? 1_700_000_000_000_000_000n);
  view.setUint16(12, fields.attempts ?? 0);
  content.set(encoder.encode(fields.id ?? idOf(1)), 14);
  content.set(bytes, 30);
  return content;
}

/** The content of a meta file. */
export function meta(depth: number, ...positions: [number, number, number, number]): Uint8Array {
  const [readFile, readPosition, writeFile, writePosition] = positions;
  return text(`${depth}\n${readFile},${readPosition}\n${writeFile},${writePosition}\n`);
}

/** UTF-8. */
export function text(value: string): Uint8Array {
  return encoder.encode(value);
}

/** One after the other. */
export function joined(...parts: Uint8Array[]): Uint8Array {
  return joinedBytes(parts);
}
