/**
 * Spoils bytes: a few small changes of the kinds that parsers stumble over. What comes out depends on the
 * source of chance alone.
 */
import { joinBytes } from "../conformance/vectors.ts";
import type { Random } from "../soak/random.ts";

/** No spoiled thing grows beyond this. */
const BYTES_MAX = 256 * 1024;
const CHANGES_MAX = 6;

/** Where sizes wrap, signs change and limits lie. */
const NUMBERS = [
  0,
  1,
  4,
  5,
  127,
  128,
  16384,
  65535,
  1048576,
  1048577,
  5242880,
  2 ** 31 - 1,
  -1,
  -(2 ** 31),
];
const WORDS = [
  "\n",
  "\r\n",
  "\0",
  " ",
  "  V2",
  "PUB ",
  "MPUB ",
  "DPUB ",
  "SUB ",
  "RDY ",
  "FIN ",
  "REQ ",
  "IDENTIFY\n",
  "AUTH\n",
  "CLS\n",
  "NOP\n",
  "TOUCH ",
  "99999999999999999999",
  "-1",
  "#ephemeral",
  "%zz",
  "%00",
  ";",
  "&",
  "=",
  "+",
  "[[[[",
  "{",
  '"',
  "\u00ff\u00fe",
  "Transfer-Encoding: chunked\r\n",
  "Content-Length: -1\r\n",
  "Content-Length: 5\r\n",
  "Expect: 100-continue\r\n",
  "0\r\n\r\n",
  "ffffffff\r\n",
  "HTTP/1.1\r\n",
  "../",
  "//",
];

type Change = (bytes: Uint8Array, at: number, random: Random) => Uint8Array[];

const insert = (middle: Uint8Array): Change => (bytes, at) => [
  bytes.subarray(0, at),
  middle,
  bytes.subarray(at),
];

function int32(value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(4));
  view.setInt32(0, value);
  return new Uint8Array(view.buffer);
}

/** Bytes of a text whose characters are below 256. */
export function latin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff);
}

const CHANGES: readonly Change[] = [
  (bytes, at, random) => {
    const changed = bytes.slice();
    if (at < changed.length) changed[at]! ^= 1 << random.between(0, 7);
    return [changed];
  },
  (bytes, at, random) => insert(random.bytes(random.between(1, 20)))(bytes, at, random),
  (bytes, at, random) => insert(latin1(random.pick(WORDS)))(bytes, at, random),
  (
    bytes,
    at,
    random,
  ) => [bytes.subarray(0, at), int32(random.pick(NUMBERS)), bytes.subarray(at + 4)],
  (bytes, at, random) => [bytes.subarray(0, at), bytes.subarray(at + random.between(1, 50))],
  (bytes, at) => [bytes.subarray(0, at)],
  (bytes, at, random) => {
    const piece = bytes.subarray(at, at + random.between(1, 200));
    return [bytes.subarray(0, at), ...Array(random.between(2, 40)).fill(piece), bytes.subarray(at)];
  },
];

/** The bytes with some changes in them; `other` may take the place of their end. */
export function mutated(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  let spoiled = bytes;
  if (random.chance(15)) spoiled = joinBytes([cut(bytes, random), cut(other, random)]);
  for (let left = random.between(1, CHANGES_MAX); left > 0; left--) {
    const at = random.between(0, spoiled.length);
    spoiled = joinBytes(random.pick(CHANGES)(spoiled, at, random));
  }
  return spoiled.subarray(0, BYTES_MAX);
}

function cut(bytes: Uint8Array, random: Random): Uint8Array {
  return bytes.subarray(0, random.between(0, bytes.length));
}
