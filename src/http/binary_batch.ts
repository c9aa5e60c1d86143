// A binary body checked in place: it already has the form a topic takes.
//
//   int32 count | count * ( int32 size | size bytes )        big-endian; what follows the last message is ignored

import { HttpError } from "./http_errors.ts";

const SIZE_BYTES = 4;
/** The shortest message: its size and one byte. */
const MESSAGE_BYTES_MIN = 5;

/** The messages of a body: `count` of them, from `start` to `end`. */
export interface BinaryBatch {
  count: number;
  start: number;
  end: number;
}

/** Checks the body from `start` to `end` of `bytes`. Throws HttpError `BAD_BODY`, `BAD_MESSAGE`. */
export function checkBinaryBatch(
  bytes: Uint8Array,
  start: number,
  end: number,
  limits: { maxMsgSize: number; maxBodySize: number },
): BinaryBatch {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = start + SIZE_BYTES <= end ? view.getInt32(start) : 0;
  const countMax = Math.floor((limits.maxBodySize - SIZE_BYTES) / MESSAGE_BYTES_MIN);
  if (count <= 0 || count > countMax) throw new HttpError("BAD_BODY");
  const first = start + SIZE_BYTES;
  let at = first;
  for (let index = 0; index < count; index++) {
    const size = at + SIZE_BYTES <= end ? view.getInt32(at) : 0;
    at += SIZE_BYTES + size;
    if (size <= 0 || size > limits.maxMsgSize || at > end) throw new HttpError("BAD_MESSAGE");
  }
  return { count, start: first, end: at };
}
