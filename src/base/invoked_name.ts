/**
 * The name a program was called by, so that one executable can answer to several names by symlink.
 * It refuses to know the names and where the two inputs come from: a launcher script cannot choose
 * the first word of the command line, so it passes the name in the environment instead.
 */

/** The environment variable by which a launcher passes the name. Unset it once it is read. */
export const invokedNameVariable = "NSQD_INVOKED_AS";

/** The environment variable by which a launcher passes its own path, where the process is another program. */
export const executableVariable = "NSQD_EXECUTABLE";

/**
 * The last path segment of `override` when there is one, else of `firstArgument` (the process's
 * `argv[0]`), without an `.exe` at the end. Empty when both say nothing.
 */
export function invokedName(firstArgument: string, override: string | undefined): string {
  const path = override === undefined || override === "" ? firstArgument : override;
  const name = path.split(/[/\\]/).findLast((segment) => segment !== "") ?? "";
  return name.replace(/\.exe$/i, "");
}
