// A gzip file that grows by whole members. Each member's header says in an extra field how long the member is, so
// that the last whole one is found without decompressing what comes before it.
// Any program that reads gzip reads these files: members follow one another and extra fields are skipped.

import { gunzipSync, gzipSync } from "node:zlib";
import type { ByteSource } from "./file_tail.ts";

const PLAIN_HEADER_BYTES = 10;
/** The header, the length of the extra field, and one entry: two letters, a length, four bytes. */
const HEADER_BYTES = PLAIN_HEADER_BYTES + 2 + 8;
const HAS_EXTRA = 4;
const FLAGS_OFFSET = 3;
const SIZE_OFFSET = 16;
const ENTRY = [8, 0, 0x4e, 0x51, 4, 0] as const;

/** Packs bytes as one member; `level` from 1 to 9. */
export function gzipMember(content: Uint8Array, level: number): Uint8Array {
  const plain = gzipSync(content, { level });
  const member = new Uint8Array(plain.length + HEADER_BYTES - PLAIN_HEADER_BYTES);
  member.set(plain.subarray(0, PLAIN_HEADER_BYTES));
  member[FLAGS_OFFSET] = HAS_EXTRA;
  member.set(ENTRY, PLAIN_HEADER_BYTES);
  new DataView(member.buffer).setUint32(SIZE_OFFSET, member.length, true);
  member.set(plain.subarray(PLAIN_HEADER_BYTES), HEADER_BYTES);
  return member;
}

/** How many bytes at the start of a file are whole members. */
export async function wholeMembersBytes(file: ByteSource, fileBytes: number): Promise<number> {
  let end = 0;
  let start = 0;
  while (end < fileBytes) {
    const size = memberSize(await file.read(end, HEADER_BYTES));
    if (size === undefined || end + size > fileBytes) break;
    start = end;
    end += size;
  }
  // Only the last one can have been on its way to the disk when the machine went down.
  return end > start && !isReadable(await file.read(start, end - start)) ? start : end;
}

function memberSize(header: Uint8Array): number | undefined {
  const isOurs = header.length === HEADER_BYTES && header[0] === 0x1f && header[1] === 0x8b &&
    header[FLAGS_OFFSET] === HAS_EXTRA &&
    ENTRY.every((byte, index) => header[PLAIN_HEADER_BYTES + index] === byte);
  if (!isOurs) return undefined;
  const size = new DataView(header.buffer, header.byteOffset).getUint32(SIZE_OFFSET, true);
  return size > HEADER_BYTES ? size : undefined;
}

function isReadable(member: Uint8Array): boolean {
  try {
    gunzipSync(member);
    return true;
  } catch {
    return false;
  }
}
