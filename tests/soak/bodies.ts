/**
 * Bodies that say which message they are, and whether a byte of them is wrong:
 *
 *   <topic>:<number>:<length>: filler   where the filler follows from the number
 *
 * Invariant: a body has no line break, so that /mpub can take it as a line.
 */

const FILLER_OFFSETS = 4093;
/** No body is longer, bytes. */
export const BODY_BYTES_MAX = 150_000;
/** No header is longer, bytes; a body is never shorter. */
export const HEADER_BYTES_MAX = 32;
const COLON = 58;

const filler = Uint8Array.from(
  { length: FILLER_OFFSETS + BODY_BYTES_MAX },
  (_, index) => 33 + (Math.imul(index, 2654435761) >>> 8) % 90,
);
const encoder = new TextEncoder();

/** The body of message `number` of topic `topic`, `length` bytes in all. */
export function bodyOf(topic: number, number: number, length: number): Uint8Array<ArrayBuffer> {
  const body = new Uint8Array(length);
  const { written } = encoder.encodeInto(`${topic}:${number}:${length}:`, body);
  const from = number % FILLER_OFFSETS;
  body.set(filler.subarray(from, from + length - written), written);
  return body;
}

/** Which message lies in `bytes`, and how long it says it is; undefined when a byte of it is wrong. */
export function readBody(
  bytes: Uint8Array,
  start: number,
  end: number,
): { topic: number; number: number } | undefined {
  const fields: number[] = [];
  let at = start;
  for (let value = 0; fields.length < 3 && at < end; at++) {
    const byte = bytes[at]!;
    if (byte === COLON) {
      fields.push(value);
      value = 0;
    } else value = value * 10 + byte - 48;
  }
  const [topic, number, length] = fields;
  if (topic === undefined || number === undefined || length !== end - start) return undefined;
  for (let index = number % FILLER_OFFSETS; at < end; at++, index++) {
    if (bytes[at] !== filler[index]) return undefined;
  }
  return { topic, number };
}
