// The names of files and folders that are being removed: what a crash leaves under one is removed at the next start.

const REMOVED = /^(.+)\.\d+\.removed$/;
let latest = 0;

/** A name beside `path` that nothing has: an earlier one may still be on its way out. */
export function removedPath(path: string): string {
  return `${path}.${++latest}.removed`;
}

/** What was called so is being removed: the name it had. Undefined for every other name. */
export function nameBeforeRemoval(name: string): string | undefined {
  return REMOVED.exec(name)?.[1];
}
