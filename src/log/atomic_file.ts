// Replacing a small file so that a reader, also one after a power cut, finds the old content or the new, never a mixture.
// The order is what makes it so: write beside it, sync, rename over it, sync the directory that holds the name.

import { dirname } from "node:path";
import { attempt } from "../base/system_error.ts";

const FILE_MODE = 0o600;

/**
 * Puts `content` in the place of the file at `path`, created where there is none, readable by its owner only.
 * Throws FileError; then the old file is still there, except when syncing the directory failed: either may be.
 * A kill in between leaves `<path>.<random decimal>.tmp` behind, which nobody reads; see `leftovers.ts`.
 */
export async function replaceFile(path: string, content: Uint8Array): Promise<void> {
  const temporary = temporaryPathOf(path);
  try {
    await writeSynced(temporary, content);
    await attempt(`rename ${temporary} ${path}`, () => Deno.rename(temporary, path));
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** A name beside `path` that nobody uses: upstream's form, so that its users recognise leftovers. */
export function temporaryPathOf(path: string): string {
  return `${path}.${Math.floor(Math.random() * Number.MAX_SAFE_INTEGER)}.tmp`;
}

/** Makes names created, renamed or removed in a directory survive a power cut. Throws FileError. */
export async function syncDirectory(path: string): Promise<void> {
  using directory = await attempt(`open ${path}`, () => Deno.open(path, { read: true }));
  await attempt(`sync ${path}`, async () => {
    try {
      await directory.sync();
    } catch (error) {
      // Some network file systems know no sync of directories: there is nothing more to be had.
      if (!isUnsupported(error)) throw error;
    }
  });
}

function isUnsupported(error: unknown): boolean {
  if (!(error instanceof Error) || !("code" in error)) return false;
  return error.code === "EINVAL" || error.code === "ENOTSUP" || error.code === "EOPNOTSUPP";
}

async function writeSynced(path: string, content: Uint8Array): Promise<void> {
  const options = { write: true, createNew: true, mode: FILE_MODE };
  using file = await attempt(`open ${path}`, () => Deno.open(path, options));
  await attempt(`write ${path}`, async () => {
    for (let at = 0; at < content.length;) at += await file.write(content.subarray(at));
  });
  await attempt(`sync ${path}`, () => file.sync());
}
