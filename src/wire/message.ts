// A message on the wire (frame type 2):
//
//   offset 0   int32   size = 30 + length of body
//   offset 4   int32   2
//   offset 8   int64   timestamp, nanoseconds since the Unix epoch, when the broker accepted it
//   offset 16  uint16  attempts, 1 at the first delivery; 65535 is followed by 0
//   offset 18  16 bytes id: lower-case hex of 64 bits = node id (11 bits) and message number (53 bits)
//   offset 34  body
//
// The id carries the message's number, so that FIN finds its message by arithmetic instead of by a string.

/** Bytes of a message frame before its body. */
export const MESSAGE_HEADER_BYTES = 34;

/** Bytes of a message id. */
export const MESSAGE_ID_BYTES = 16;

/** Largest attempts count; the next delivery counts 0. */
export const ATTEMPTS_MAX = 0xffff;

const TWO_32 = 2 ** 32;
const HIGH_NUMBER_BITS = 21;

/** Two lower-case hex digits of each byte, as one big-endian 16-bit number. */
const HEX_PAIRS = new Uint16Array(256);
/** The value of each hex digit; 0xff for every other byte. Upper case is not a digit here: ids are lower case. */
const HEX_VALUES = new Uint8Array(256).fill(0xff);
const DIGITS = "0123456789abcdef";
for (let byte = 0; byte < 256; byte++) {
  HEX_PAIRS[byte] = (DIGITS.charCodeAt(byte >> 4) << 8) | DIGITS.charCodeAt(byte & 15);
}
for (let digit = 0; digit < 16; digit++) HEX_VALUES[DIGITS.charCodeAt(digit)] = digit;

/** The upper 32 bits of the id of message `number` of node `nodeId`. */
export function idHigh(nodeId: number, number: number): number {
  return ((nodeId << HIGH_NUMBER_BITS) | Math.floor(number / TWO_32)) >>> 0;
}

/** Writes the id whose upper and lower 32 bits these are, 16 hex digits at `at`. */
export function writeId(view: DataView, at: number, high: number, low: number): void {
  view.setUint16(at, HEX_PAIRS[high >>> 24]!);
  view.setUint16(at + 2, HEX_PAIRS[(high >>> 16) & 0xff]!);
  view.setUint16(at + 4, HEX_PAIRS[(high >>> 8) & 0xff]!);
  view.setUint16(at + 6, HEX_PAIRS[high & 0xff]!);
  view.setUint16(at + 8, HEX_PAIRS[low >>> 24]!);
  view.setUint16(at + 10, HEX_PAIRS[(low >>> 16) & 0xff]!);
  view.setUint16(at + 12, HEX_PAIRS[(low >>> 8) & 0xff]!);
  view.setUint16(at + 14, HEX_PAIRS[low & 0xff]!);
}

/**
 * The message number in the 16-byte id at `at`; -1 when these bytes are no id of this node.
 * `nodeId` is 0 to 1023, the number an integer below 2^53.
 */
export function numberOfId(bytes: Uint8Array, at: number, nodeId: number): number {
  const high = readHex32(bytes, at);
  const low = readHex32(bytes, at + 8);
  if (high < 0 || low < 0 || (high >>> HIGH_NUMBER_BITS) !== nodeId) return -1;
  return (high & ((1 << HIGH_NUMBER_BITS) - 1)) * TWO_32 + low;
}

/** Eight hex digits as an unsigned number; -1 if one of them is none. */
function readHex32(bytes: Uint8Array, at: number): number {
  let high = 0;
  let low = 0;
  let seen = 0;
  for (let index = 0; index < 4; index++) {
    const upper = HEX_VALUES[bytes[at + index]!]!;
    const lower = HEX_VALUES[bytes[at + index + 4]!]!;
    seen |= upper | lower;
    high = (high << 4) | upper;
    low = (low << 4) | lower;
  }
  return seen > 15 ? -1 : ((high << 16) | low) >>> 0;
}
