// A compressed block of snappy, looked at before it is given to the codec: that one follows a length beyond 2^31
// backwards, and three kilobytes then keep it busy for a quarter of a minute (found by the fuzzer).
//
//   block     varint length of the data | elements
//   literal   00 in the low bits of the tag; length - 1 above them, or 60 to 63: in 1 to 4 bytes that follow | its bytes
//   copy      01, 10, 11: length in the tag, offset back into the data in 1, 2 or 4 bytes

const LENGTH_BYTES_MAX = 5;
const LITERAL_LENGTH_IN_TAG_MAX = 60;
const OFFSET_BYTES = [0, 1, 2, 4] as const;

/** Whether the elements of a block stay within it, and within the data it announces, which it makes up exactly. */
export function isSoundBlock(bytes: Uint8Array): boolean {
  let at = 0;
  let announced = 0;
  for (; at < LENGTH_BYTES_MAX; at++) {
    const byte = bytes[at];
    if (byte === undefined) return false;
    announced += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) break;
  }
  at++;
  let produced = 0;
  while (at < bytes.length && produced <= announced) {
    const tag = bytes[at]!;
    const kind = tag & 3;
    const length = kind === 0 ? literalLength(bytes, at) : copyLength(tag, kind);
    const offsetBytes = OFFSET_BYTES[kind]!;
    if (kind === 0) at += extraLengthBytes(tag) + length;
    else if (!isWithin(littleEndian(bytes, at + 1, offsetBytes), tag, kind, produced)) return false;
    at += 1 + offsetBytes;
    produced += length;
  }
  return at === bytes.length && produced === announced;
}

function extraLengthBytes(tag: number): number {
  return Math.max(0, (tag >>> 2) + 1 - LITERAL_LENGTH_IN_TAG_MAX);
}

function literalLength(bytes: Uint8Array, at: number): number {
  const extra = extraLengthBytes(bytes[at]!);
  return (extra === 0 ? bytes[at]! >>> 2 : littleEndian(bytes, at + 1, extra)) + 1;
}

function copyLength(tag: number, kind: number): number {
  return kind === 1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1;
}

function isWithin(offset: number, tag: number, kind: number, produced: number): boolean {
  const whole = kind === 1 ? offset + ((tag >>> 5) << 8) : offset;
  return whole > 0 && whole <= produced;
}

/** NaN where bytes are missing. */
function littleEndian(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let index = count - 1; index >= 0; index--) value = value * 256 + bytes[at + index]!;
  return value;
}
