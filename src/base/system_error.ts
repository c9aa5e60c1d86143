// Texts for failed operations on files, in the form people know from NSQ's logs: `open /data: permission denied`.
// It decides nothing; it only words.

/** An operation on a file or directory that failed; the message says which, on what, and why. */
export class FileError extends Error {
  override readonly name = "FileError";

  /** `operation` is a verb with its path, as in `open /data`. */
  constructor(operation: string, cause: unknown) {
    super(`${operation}: ${systemErrorText(cause)}`, { cause });
  }
}

/** The operating system's words for an error, lower case and without the runtime's additions. */
export function systemErrorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const reason = /^(.*?) \(os error \d+\)/.exec(error.message)?.[1];
  return reason?.toLowerCase() ?? error.message;
}

/** A caught value as an `Error`: itself when it is one. */
export function errorOf(value: unknown): Error {
  return value instanceof Error ? value : new Error(String(value));
}

/** The words of a caught value, for a sentence to people. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Runs one operation; its failure becomes a `FileError` that names it. */
export async function attempt<Result>(
  operation: string,
  action: () => Promise<Result>,
): Promise<Result> {
  try {
    return await action();
  } catch (error) {
    throw new FileError(operation, error);
  }
}
