// What kills leave behind: `replaceFile` writes beside the file it replaces, under a name that nobody reads. Only who has
// the data path for itself may clear them away, for whom else one may be a file that is just being written.

import { basename, dirname, join } from "node:path";
import type { Disk } from "./disk.ts";

const ENDING = /^\.\d+\.tmp$/;

/** Whether a file called `name` was to replace the one called `replaced`; see `temporaryPathOf`. */
export function isLeftoverOf(replaced: string, name: string): boolean {
  return name.startsWith(replaced) && ENDING.test(name.slice(replaced.length));
}

/** Removes what was to replace the file at `path`. Throws FileError. */
export function clearLeftovers(disk: Disk, path: string): void {
  const folder = dirname(path);
  for (const { name, isFolder } of disk.list(folder)) {
    if (!isFolder && isLeftoverOf(basename(path), name)) disk.remove(join(folder, name));
  }
}
