// Snappy's framing format around a transport. A stream is a row of chunks:
//
//   type 1 │ length 3, little-endian │ payload                       the first: ff 06 00 00 "sNaPpY"
//   00 compressed, 01 as it is: payload = masked CRC-32C of the data 4, little-endian │ data
//   80 to fe are skipped, ff may come again, 02 to 7f are errors
//
// A chunk stands for at most 64 KiB, so that is what the other side can make us hold, whatever lengths it announces.

// @ts-types="./snappyjs.d.ts"
import { compress, uncompress } from "snappyjs";
import { crc32c } from "../base/crc32c.ts";
import { reasonOf } from "../base/system_error.ts";
import { isSoundBlock } from "./snappy_block.ts";
import { type Transport, TransportError, writeWhole } from "./transport.ts";

const COMPRESSED = 0x00;
const UNCOMPRESSED = 0x01;
const SKIPPABLE_FROM = 0x80;
const IDENTIFIER = 0xff;
const IDENTIFIER_CHUNK = Uint8Array.of(
  ...[IDENTIFIER, 6, 0, 0],
  ...new TextEncoder().encode("sNaPpY"),
);

const HEADER_BYTES = 4;
const CHECKSUM_BYTES = 4;
const DATA_BYTES_MAX = 64 * 1024;
const CAPACITY_BYTES_START = 1024;
/** After so many reads in a row that a quarter of the buffer would have held, it is halved. */
const SMALL_READS_MAX = 32;
/** What 64 KiB may become when they cannot be compressed, by the format's own bound. */
const PAYLOAD_BYTES_MAX = CHECKSUM_BYTES + 32 + DATA_BYTES_MAX + Math.floor(DATA_BYTES_MAX / 6);

/** A compressed connection. */
export class SnappyTransport implements Transport {
  readonly #inner: Transport;
  readonly #writer = new SnappyWriter();
  readonly #reader = new SnappyReader();
  #data: Uint8Array = new Uint8Array(0);

  constructor(inner: Transport) {
    this.#inner = inner;
  }

  /** @throws {TransportError} when what comes is not in the format */
  async read(into: Uint8Array): Promise<number | null> {
    while (this.#data.length === 0) {
      const data = this.#reader.next();
      if (data !== undefined) {
        this.#data = data;
        continue;
      }
      const count = await this.#inner.read(this.#reader.space());
      if (count === null) return null;
      this.#reader.filled(count);
    }
    const count = Math.min(into.length, this.#data.length);
    into.set(this.#data.subarray(0, count));
    this.#data = this.#data.subarray(count);
    return count;
  }

  async write(bytes: Uint8Array): Promise<number> {
    const count = Math.min(bytes.length, DATA_BYTES_MAX);
    await writeWhole(this.#inner, this.#writer.chunk(bytes.subarray(0, count)));
    return count;
  }

  closeWrite(): Promise<void> {
    return this.#inner.closeWrite();
  }

  close(): void {
    this.#inner.close();
  }
}

/** Data to chunks. */
export class SnappyWriter {
  #hasBegun = false;

  /** A chunk with this data, at most 64 KiB; before the first one stands what a stream begins with. */
  chunk(data: Uint8Array): Uint8Array {
    const compressed = compress(plainBytes(data));
    // Less than an eighth saved is not worth the other side's work: upstream's choice.
    const isCompressed = compressed.length < data.length - Math.floor(data.length / 8);
    const payload = isCompressed ? compressed : data;
    const lead = this.#hasBegun ? 0 : IDENTIFIER_CHUNK.length;
    this.#hasBegun = true;
    const chunk = new Uint8Array(lead + HEADER_BYTES + CHECKSUM_BYTES + payload.length);
    if (lead > 0) chunk.set(IDENTIFIER_CHUNK);
    const view = new DataView(chunk.buffer, lead);
    const type = isCompressed ? COMPRESSED : UNCOMPRESSED;
    view.setUint32(0, type | ((CHECKSUM_BYTES + payload.length) << 8), true);
    view.setUint32(HEADER_BYTES, maskedChecksum(data), true);
    chunk.set(payload, lead + HEADER_BYTES + CHECKSUM_BYTES);
    return chunk;
  }
}

/** Chunks to data: bytes are read into `space()`, `filled()` says how many, `next()` gives what they contain. */
export class SnappyReader {
  #bytes = new Uint8Array(CAPACITY_BYTES_START);
  #smallReads = 0;
  #start = 0;
  #end = 0;
  #skipped = 0;
  #hasBegun = false;

  /** Free room to read into, never empty. */
  space(): Uint8Array {
    if (this.#start > 0) {
      this.#bytes.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    const { length } = this.#bytes;
    // Twice as large as what is there at most: memory follows bytes received, not lengths announced.
    if (this.#end === length) this.#resize(length * 2);
    else if (this.#end === 0 && this.#smallReads > SMALL_READS_MAX) this.#resize(length / 2);
    return this.#bytes.subarray(this.#end);
  }

  #resize(length: number): void {
    this.#smallReads = 0;
    if (length < CAPACITY_BYTES_START) return;
    const resized = new Uint8Array(length);
    resized.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = resized;
  }

  /** Says that `count` bytes were read into `space()`. */
  filled(count: number): void {
    this.#smallReads = count * 4 < this.#bytes.length ? this.#smallReads + 1 : 0;
    this.#end += count;
  }

  /**
   * The data of the next whole chunk, perhaps none at all, there until `space` is called; undefined while no chunk is
   * whole.
   * @throws {TransportError} for what is not in the format
   */
  next(): Uint8Array | undefined {
    while (true) {
      this.#passOver();
      if (this.#skipped > 0 || this.#end - this.#start < HEADER_BYTES) return undefined;
      const [type, length] = this.#header();
      const isSkipped = type >= SKIPPABLE_FROM && type < IDENTIFIER;
      if (isSkipped) this.#skipped = HEADER_BYTES + length;
      else if (this.#end - this.#start < HEADER_BYTES + length) return undefined;
      else {
        const from = this.#start + HEADER_BYTES;
        this.#start = from + length;
        const payload = this.#bytes.subarray(from, this.#start);
        if (type !== IDENTIFIER) return dataOf(type, payload);
        checkIdentifier(payload);
        this.#hasBegun = true;
      }
    }
  }

  #passOver(): void {
    const count = Math.min(this.#skipped, this.#end - this.#start);
    this.#skipped -= count;
    this.#start += count;
  }

  #header(): [type: number, length: number] {
    const at = this.#start;
    const bytes = this.#bytes;
    const type = bytes[at]!;
    const length = bytes[at + 1]! | (bytes[at + 2]! << 8) | (bytes[at + 3]! << 16);
    if (!this.#hasBegun && type !== IDENTIFIER) {
      throw new TransportError("bad snappy stream: it does not begin with its identifier");
    }
    if (type > UNCOMPRESSED && type < SKIPPABLE_FROM) {
      throw new TransportError(`bad snappy stream: unknown chunk type ${type}`);
    }
    const isData = type <= UNCOMPRESSED;
    const isPossible = !isData || length >= CHECKSUM_BYTES && length <= PAYLOAD_BYTES_MAX;
    if (!isPossible || type === IDENTIFIER && length !== IDENTIFIER_CHUNK.length - HEADER_BYTES) {
      throw new TransportError(`bad snappy stream: a chunk of type ${type} with ${length} bytes`);
    }
    return [type, length];
  }
}

function checkIdentifier(payload: Uint8Array): void {
  if (payload.every((byte, index) => byte === IDENTIFIER_CHUNK[HEADER_BYTES + index])) return;
  throw new TransportError("bad snappy stream: it does not begin with its identifier");
}

function dataOf(type: number, payload: Uint8Array): Uint8Array {
  const checksum = new DataView(payload.buffer, payload.byteOffset).getUint32(0, true);
  const rest = payload.subarray(CHECKSUM_BYTES);
  const data = type === COMPRESSED ? uncompressed(rest) : rest;
  if (data.length > DATA_BYTES_MAX) {
    throw new TransportError(`bad snappy stream: a chunk stands for ${data.length} bytes`);
  }
  if (maskedChecksum(data) !== checksum) {
    throw new TransportError("bad snappy stream: the checksum of a chunk is wrong");
  }
  return data;
}

function uncompressed(bytes: Uint8Array): Uint8Array {
  if (!isSoundBlock(bytes)) throw new TransportError("bad snappy stream: a block is malformed");
  try {
    return uncompress(bytes, DATA_BYTES_MAX);
  } catch (cause) {
    throw new TransportError(`bad snappy stream: ${reasonOf(cause)}`, { cause });
  }
}

/** The codec answers a `Buffer` with one, whose `slice` shares storage. */
function plainBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** The format rotates checksums, because data may itself contain checksums of such chunks. */
function maskedChecksum(data: Uint8Array): number {
  const value = crc32c(data);
  return (((value >>> 15) | (value << 17)) + 0xa282ead8) >>> 0;
}
