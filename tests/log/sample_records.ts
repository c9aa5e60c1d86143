// Records for tests, made by the product's own encoders.

import { joinedBytes } from "../../src/base/joined_bytes.ts";
import { JournalEncoder } from "../../src/log/journal_entries.ts";
import { encodeKept, HEADROOM_BYTES, sealDeferred, sealMessages } from "../../src/log/record.ts";

/** Bodies with their sizes before them. */
export function bodiesOf(...bodies: readonly (string | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  const parts = bodies.flatMap((body) => {
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    const size = new Uint8Array(4);
    new DataView(size.buffer).setInt32(0, bytes.length);
    return [size, bytes];
  });
  return joinedBytes(parts);
}

/** A record of messages. */
export function messagesRecord(
  salt: number,
  first: number,
  bodies: readonly (string | Uint8Array)[],
): Uint8Array<ArrayBuffer> {
  const record = joinedBytes([new Uint8Array(HEADROOM_BYTES), bodiesOf(...bodies)]);
  sealMessages(record, first, 1700.5, bodies.length, salt);
  return record;
}

/** A record of one deferred message. */
export function deferredRecord(
  salt: number,
  number: number,
  dueWallMs: number,
): Uint8Array<ArrayBuffer> {
  const record = joinedBytes([new Uint8Array(HEADROOM_BYTES), bodiesOf("later")]);
  sealDeferred(record, number, 1700, dueWallMs, salt);
  return record;
}

/** A record of a message kept for `channel`, with a foreign id. */
export function keptRecord(
  salt: number,
  number: number,
  channel: string,
  attempts = 3,
  dueWallMs = 0,
): Uint8Array<ArrayBuffer> {
  const id = new TextEncoder().encode("0123456789abcdef");
  const bodies = bodiesOf("kept");
  return encodeKept(
    { number, dueWallMs, timestamp: 17n, id, attempts, channel, bodies },
    salt,
  );
}

/** A record of entries. */
export function journalRecord(
  salt: number,
  write: (encoder: JournalEncoder) => void,
): Uint8Array<ArrayBuffer> {
  const encoder = new JournalEncoder();
  write(encoder);
  return encoder.take(salt)!.slice();
}
