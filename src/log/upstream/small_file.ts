// Small files that are read and replaced as a whole, through a `Disk`. It does not know what they say.

import { dirname } from "node:path";
import type { Disk } from "../disk.ts";

/** The whole of a file of at most `bytesMax`; undefined when there is none, or it is larger. Throws FileError. */
export function readSmallFile(
  disk: Disk,
  path: string,
  bytesMax: number,
): Uint8Array<ArrayBuffer> | undefined {
  const file = disk.open(path, "read");
  if (file === undefined) return undefined;
  try {
    const size = file.size();
    if (size > bytesMax) return undefined;
    const content = new Uint8Array(size);
    return content.subarray(0, file.readSync(content, 0));
  } finally {
    file.close();
  }
}

/**
 * Puts `content` in the place of a file, which may be new: a reader finds the old content or this one, also after a power
 * cut, and this one once it resolves. Rejects with FileError; a kill in between may leave `<path>.tmp`.
 */
export async function replaceSmallFile(
  disk: Disk,
  path: string,
  content: Uint8Array,
): Promise<void> {
  const temporary = `${path}.tmp`;
  disk.remove(temporary);
  const file = disk.open(temporary, "append");
  try {
    file.append(content);
    await file.syncData();
  } finally {
    file.close();
  }
  disk.rename(temporary, path);
  await disk.syncFolder(dirname(path));
}
