// How a segment begins: with its header, three times over, so that damage to one or two of them costs nothing. Each is
//
//   offset 0   8 bytes  "NSQLOG1\n"
//   offset 8   u16      1, the version of the form
//   offset 10  u16      node id: the upper bits of the ids of its messages
//   offset 12  u32      CRC-32 of all the other bytes of this copy
//   offset 16  f64      number of the first message it may hold, the same that is in its name
//   offset 24  f64      when it was begun, ms since the Unix epoch
//   offset 32  f64      how long the segment before it was when this one was begun, in bytes; -1 if that is not known
//   offset 40  f64      where the log before this segment ends, the segment: what stands behind that place does not count,
//   offset 48  f64      and the bytes before it in that segment: a sync failed there, and what was not synced is repeated in
//                       this one, or it was refused and could not be taken back; -1 when all of it counts
//   offset 56  u32      salt: random, and known to nobody but this file; the checksums of its records begin with it
//   offset 60  u32      salt of the segment before it, for the day on which that one's header is gone; 0 if it is not known
//
// Big-endian. Without the salt no record can be told from a message that was made to look like one.

import { crc32 } from "node:zlib";
import type { Disk, DiskFile } from "./disk.ts";
import type { Place } from "./pending_messages.ts";
import { cutSegments, listSegments, type SegmentFile } from "./topic_folder.ts";

const COPY_BYTES = 64;
const COPIES = 3;

/** Bytes before the first record. */
export const SEGMENT_HEADER_BYTES = COPY_BYTES * COPIES;

const MAGIC = new TextEncoder().encode("NSQLOG1\n");
const VERSION = 1;
const NODE_ID_MAX = 1023;
const NOTHING = -1;
const UNKNOWN_SALT = 0;

/** What a segment says of itself. */
export interface SegmentHeader {
  nodeId: number;
  /** Number of the first message it may hold. */
  first: number;
  /** When it was begun, ms since the Unix epoch. */
  wallMs: number;
  /** 32 random bits. */
  salt: number;
  /** Where the part of the log before this segment ends that counts; undefined when all of it does. */
  previousEnd?: Place | undefined;
  /** How long the previous segment was, in bytes, where all of it counts; undefined when that is not known. */
  previousSize?: number | undefined;
  /** The previous segment's salt; undefined when that is not known. */
  previousSalt?: number | undefined;
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
  view.setFloat64(32, header.previousSize ?? NOTHING);
  view.setFloat64(40, header.previousEnd?.segment ?? NOTHING);
  view.setFloat64(48, header.previousEnd?.offset ?? NOTHING);
  view.setUint32(56, header.salt);
  view.setUint32(60, header.previousSalt ?? UNKNOWN_SALT);
  view.setUint32(12, checksum(bytes));
  for (let copy = 1; copy < COPIES; copy++) bytes.copyWithin(copy * COPY_BYTES, 0, COPY_BYTES);
  return bytes;
}

/** The header that `bytes` begin with; undefined when no copy of it is whole, or it is of another version. */
export function decodeSegmentHeader(bytes: Uint8Array): SegmentHeader | undefined {
  for (let copy = 0; copy < COPIES; copy++) {
    const header = decodeCopy(bytes.subarray(copy * COPY_BYTES, (copy + 1) * COPY_BYTES));
    if (header !== undefined) return header;
  }
  return undefined;
}

function decodeCopy(bytes: Uint8Array): SegmentHeader | undefined {
  if (bytes.length < COPY_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, COPY_BYTES);
  if (MAGIC.some((byte, index) => bytes[index] !== byte)) return undefined;
  if (view.getUint16(8) !== VERSION || view.getUint32(12) !== checksum(bytes)) return undefined;
  const nodeId = view.getUint16(10);
  const first = view.getFloat64(16);
  const wallMs = view.getFloat64(24);
  const size = view.getFloat64(32);
  const segment = view.getFloat64(40);
  const offset = view.getFloat64(48);
  const salt = view.getUint32(56);
  const previousSalt = view.getUint32(60);
  if (nodeId > NODE_ID_MAX || !isCount(first) || !Number.isFinite(wallMs)) return undefined;
  for (const count of [size, segment, offset]) {
    if (count !== NOTHING && !isCount(count)) return undefined;
  }
  return {
    nodeId,
    first,
    wallMs,
    salt,
    ...(size === NOTHING ? {} : { previousSize: size }),
    ...(previousSalt === UNKNOWN_SALT ? {} : { previousSalt }),
    ...(segment === NOTHING ? {} : { previousEnd: { segment, offset } }),
  };
}

/** Whether `bytes` begin with a header of the segment `first` of which every copy is whole. */
export function isHeaderWhole(bytes: Uint8Array, first: number): boolean {
  for (let copy = 0; copy < COPIES; copy++) {
    const header = decodeCopy(bytes.subarray(copy * COPY_BYTES, (copy + 1) * COPY_BYTES));
    if (header?.first !== first) return false;
  }
  return true;
}

/** The header of a segment; undefined when it is damaged, of another segment, or not there. Throws FileError. */
export function readSegmentHeader(disk: Disk, segment: SegmentFile): SegmentHeader | undefined {
  const file = disk.open(segment.path, "read");
  if (file === undefined) return undefined;
  try {
    const header = headerOf(file);
    return header?.first === segment.first ? header : undefined;
  } finally {
    file.close();
  }
}

/** The segments in a topic's folder, oldest first, and how much of each counts. Throws FileError. */
export function readSegments(
  disk: Disk,
  folder: string,
  listed = listSegments(disk, folder),
): SegmentFile[] {
  let segments: SegmentFile[] = [];
  for (const segment of listed) {
    const header = readSegmentHeader(disk, segment);
    const last = segments.pop();
    if (last !== undefined) {
      segments.push({ ...last, size: header?.previousSize, salt: header?.previousSalt });
    }
    if (header?.previousEnd !== undefined) segments = cutSegments(segments, header.previousEnd);
    segments.push(segment);
  }
  return segments;
}

/** What the checksums in a segment, open as `file`, begin with; undefined when it is lost. Throws FileError. */
export function readSalt(file: DiskFile, segment: SegmentFile): number | undefined {
  return headerOf(file)?.salt ?? segment.salt;
}

/** One that is cut off is none, whatever is left of it: its segment was never begun, and recovery cuts it to nothing. */
function headerOf(file: DiskFile): SegmentHeader | undefined {
  const bytes = new Uint8Array(SEGMENT_HEADER_BYTES);
  return file.readSync(bytes, 0) < bytes.length ? undefined : decodeSegmentHeader(bytes);
}

function isCount(number: number): boolean {
  return Number.isSafeInteger(number) && number >= 0;
}

function checksum(copy: Uint8Array): number {
  const seed = crc32(copy.subarray(0, 12));
  return crc32(copy.subarray(16, COPY_BYTES), seed);
}
