// How a segment begins:
//
//   offset 0   8 bytes  "NSQLOG1\n"
//   offset 8   u16      1, the version of the form
//   offset 10  u16      node id: the upper bits of the ids of its messages
//   offset 12  u32      CRC-32 of all the other bytes of the header
//   offset 16  f64      number of the first message it may hold, the same that is in its name
//   offset 24  f64      when it was begun, ms since the Unix epoch
//   offset 32  f64      from where on the segment before it does not count: a sync failed there, and what stood behind is
//                       repeated in this one; -1 when all of it counts
//
// Big-endian. A damaged header costs no record: what reading them needs is in the file's name.

import { crc32 } from "node:zlib";
import type { Disk } from "./disk.ts";
import type { SegmentFile } from "./topic_folder.ts";

/** Bytes before the first record. */
export const SEGMENT_HEADER_BYTES = 40;

const MAGIC = new TextEncoder().encode("NSQLOG1\n");
const VERSION = 1;
const NODE_ID_MAX = 1023;

/** What a segment says of itself. */
export interface SegmentHeader {
  nodeId: number;
  /** Number of the first message it may hold. */
  first: number;
  /** When it was begun, ms since the Unix epoch. */
  wallMs: number;
  /** The end of the part of the previous segment that counts, in bytes; undefined when all of it does. */
  previousEnd?: number;
}

/** The bytes of a header. */
export function encodeSegmentHeader(header: SegmentHeader): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(SEGMENT_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setUint16(8, VERSION);
  view.setUint16(10, header.nodeId);
  view.setFloat64(16, header.first);
  view.setFloat64(24, header.wallMs);
  view.setFloat64(32, header.previousEnd ?? -1);
  view.setUint32(12, checksum(bytes));
  return bytes;
}

/** The header that `bytes` begin with; undefined when it is damaged, cut off or of another version. */
export function decodeSegmentHeader(bytes: Uint8Array): SegmentHeader | undefined {
  if (bytes.length < SEGMENT_HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, SEGMENT_HEADER_BYTES);
  if (MAGIC.some((byte, index) => bytes[index] !== byte)) return undefined;
  if (view.getUint16(8) !== VERSION || view.getUint32(12) !== checksum(bytes)) return undefined;
  const nodeId = view.getUint16(10);
  const first = view.getFloat64(16);
  const wallMs = view.getFloat64(24);
  const previousEnd = view.getFloat64(32);
  if (nodeId > NODE_ID_MAX || !isCount(first) || !Number.isFinite(wallMs)) return undefined;
  if (previousEnd === -1) return { nodeId, first, wallMs };
  return isCount(previousEnd) ? { nodeId, first, wallMs, previousEnd } : undefined;
}

/** The header of a segment; undefined when it is damaged, of another segment, or not there. Throws FileError. */
export function readSegmentHeader(disk: Disk, segment: SegmentFile): SegmentHeader | undefined {
  const file = disk.open(segment.path, "read");
  if (file === undefined) return undefined;
  try {
    const bytes = new Uint8Array(SEGMENT_HEADER_BYTES);
    const header = decodeSegmentHeader(bytes.subarray(0, file.readSync(bytes, 0)));
    return header?.first === segment.first ? header : undefined;
  } finally {
    file.close();
  }
}

function isCount(number: number): boolean {
  return Number.isSafeInteger(number) && number >= 0;
}

function checksum(bytes: Uint8Array): number {
  const seed = crc32(bytes.subarray(0, 12));
  return crc32(bytes.subarray(16, SEGMENT_HEADER_BYTES), seed);
}
