// CRC-32C (Castagnoli), the checksum of snappy's framing format among others. Four bytes are taken at a time.

const POLYNOMIAL = 0x82f63b78;
const tables = [0, 1, 2, 3].map(() => new Int32Array(256));
const [last, third, second, first] = tables as [Int32Array, Int32Array, Int32Array, Int32Array];

for (let byte = 0; byte < 256; byte++) {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) {
    value = (value & 1) === 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
  }
  last[byte] = value;
}
for (let byte = 0; byte < 256; byte++) {
  for (let index = 1; index < 4; index++) {
    const before = tables[index - 1]![byte]!;
    tables[index]![byte] = (before >>> 8) ^ last[before & 0xff]!;
  }
}

/** The checksum of the bytes, from 0 to 2^32 - 1. */
export function crc32c(bytes: Uint8Array): number {
  const { length } = bytes;
  let value = -1;
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    value ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    value = first[value & 0xff]! ^ second[(value >>> 8) & 0xff]! ^
      third[(value >>> 16) & 0xff]! ^ last[value >>> 24]!;
  }
  for (; at < length; at++) value = (value >>> 8) ^ last[(value ^ bytes[at]!) & 0xff]!;
  return ~value >>> 0;
}
